// SPDX-License-Identifier: Apache-2.0
#include "base/check.h"
#include "netns/egress_header.h"

// Whatever parses is within the limit, takes no more than there is, and can be written again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto request = seine::netns::parse_egress_request(bytes); request && *request) {
    SEINE_CHECK((*request)->size <= size, "the line is part of what was given");
    SEINE_CHECK((*request)->size <= seine::netns::kMaxEgressRequest, "the limit holds");
    const std::string again = seine::netns::write_egress_request((*request)->to);
    const auto second = seine::netns::parse_egress_request(again);
    SEINE_CHECK(second && *second && (*second)->to == (*request)->to, "a request survives");
  } else if (request) {
    SEINE_CHECK(size < seine::netns::kMaxEgressRequest, "nobody waits beyond the limit");
  }
  if (const auto answer = seine::netns::parse_egress_answer(bytes); answer && *answer) {
    SEINE_CHECK((*answer)->size <= seine::netns::kMaxEgressAnswer, "the limit holds");
    if ((*answer)->refusal) {
      const std::string again = seine::netns::write_egress_refusal(*(*answer)->refusal);
      const auto second = seine::netns::parse_egress_answer(again);
      SEINE_CHECK(second && *second && (*second)->refusal, "a refusal survives");
      SEINE_CHECK((*second)->refusal->code == (*answer)->refusal->code, "and keeps its code");
    }
  } else if (answer) {
    SEINE_CHECK(size < seine::netns::kMaxEgressAnswer, "nobody waits beyond the limit");
  }
  return 0;
}
