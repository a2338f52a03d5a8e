// SPDX-License-Identifier: Apache-2.0
#include "dive/database_watch.h"

#include "runtime/combine.h"

namespace seine::dive {

runtime::Task<void> DatabaseWatch::run() {
  for (;;) {
    co_await runtime::sleep_for(loop_, kLook);
    const TimePoint asked = loop_.now();
    const auto answer =
        co_await runtime::with_deadline(loop_, kPatience, ErrorCode::kTimeout,
                                        "the database does not answer", watched_.ask_database());
    take(answer, asked);
  }
}

void DatabaseWatch::take(const Result<void>& answer, TimePoint asked) {
  if (answer) {
    failing_since_.reset();
    if (is_there_) return;
    is_there_ = true;
    log_info(log_, "the database is there again");
    watched_.tell_database(true);
    return;
  }
  if (!failing_since_) failing_since_ = asked;
  if (!is_there_ || loop_.now() - *failing_since_ < kPatience) return;
  is_there_ = false;
  log_error(log_, "the database is away; agents keep what they have to tell",
            {{"reason", answer.error().to_string()}});
  watched_.tell_database(false);
}

}  // namespace seine::dive
