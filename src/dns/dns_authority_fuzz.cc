// SPDX-License-Identifier: Apache-2.0
// Any bytes from a client get either nothing or an answer that parses, is to that query, keeps to
// the client's limit, and never claims a name outside our zones unless a service stands there. The
// first byte says who asks, and whether the server forwards.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "dns/authority.h"
#include "dns/testing/shop_zone.h"

namespace {

using namespace seine::dns;

void check_response(std::span<const std::uint8_t> query, const Decision& decision,
                    const Zone& zone) {
  const std::size_t limit = udp_limit(decision.query);
  const BuiltMessage built = build_message(decision.response, limit);
  SEINE_CHECK(built.bytes.size() <= limit, "a client's limit holds");
  const auto response = parse_message(built.bytes);
  SEINE_CHECK(response.has_value(), "an answer parses");
  SEINE_CHECK(response->is_response, "an answer is a response");
  SEINE_CHECK(response->id == (query[0] << 8 | query[1]), "an answer has its query's id");
  SEINE_CHECK(build_message(decision.response).complete, "by TCP every answer fits");
  for (const Question& question : response->questions) {
    SEINE_CHECK(question.name.wire() == decision.query.questions.at(0).name.wire(),
                "the question comes back as it was, case included");
    const bool is_ours = zone.authority_over(question.name) != nullptr;
    SEINE_CHECK(is_ours || response->answers.empty() || question.name.label_count() <= 3,
                "answers are of our zones, or of names that stand for a service");
  }
  for (const Record& answer : response->answers) {
    SEINE_CHECK(answer.name == response->questions.at(0).name, "answers are to the question");
  }
  SEINE_CHECK(!decision.response.answers.empty() == (decision.outcome == Outcome::kAnswered),
              "what is answered has answers");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto zone = testing::shop_zone();
  if (size == 0) return 0;
  const std::span query(data + 1, size - 1);
  const bool forwards = (data[0] & 1) != 0;
  const Decision decision = decide(query, (data[0] & 2) != 0 ? "shop" : "", *zone, forwards);
  if (decision.outcome == Outcome::kIgnored) return 0;
  SEINE_CHECK(forwards || decision.outcome != Outcome::kForward, "nothing is forwarded unasked");
  check_response(query, decision, *zone);
  return 0;
}
