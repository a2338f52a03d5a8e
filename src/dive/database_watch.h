// SPDX-License-Identifier: Apache-2.0
// Whether the database answers: it is asked every so often, and is taken for away once it has
// failed for a while, and for back at its next answer. Each change leaves a line in the log.
//
// One loop. Everything it is given outlives it.
#pragma once

#include <optional>

#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"

namespace seine::dive {

class DatabaseWatch {
 public:
  static constexpr Duration kLook = std::chrono::seconds(2);
  // Longer than a restart of the database, or a lock that somebody holds, takes as a rule.
  static constexpr Duration kPatience = std::chrono::seconds(10);

  class Watched {
   public:
    // Fails where the database does not do its work.
    virtual runtime::Task<Result<void>> ask_database() = 0;
    // Hears of each change; it is there at first.
    virtual void tell_database(bool is_there) = 0;

   protected:
    ~Watched() = default;
  };
  DatabaseWatch(runtime::EventLoop& loop, const Log& log, Watched& watched)
      : loop_(loop), log_(log), watched_(watched) {}

  bool is_there() const { return is_there_; }
  // For ever.
  runtime::Task<void> run();

 private:
  void take(const Result<void>& answer, TimePoint asked);

  runtime::EventLoop& loop_;
  const Log& log_;
  Watched& watched_;
  bool is_there_ = true;
  std::optional<TimePoint> failing_since_;
};

}  // namespace seine::dive
