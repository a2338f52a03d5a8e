// SPDX-License-Identifier: Apache-2.0
// What parses is built into bytes that parse to the same value, unless it did not fit.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "dns/message.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seine;
  const auto message = dns::parse_message({data, size});
  if (!message) return 0;
  const auto built = dns::build_message(*message);
  const auto again = dns::parse_message(built.bytes);
  SEINE_CHECK(again.has_value(), "a built message parses");
  if (built.complete) SEINE_CHECK(*again == *message, "a complete message survives the round trip");
  const auto small = dns::build_message(*message, dns::kMaxPlainUdpBytes);
  SEINE_CHECK(small.bytes.size() <= dns::kMaxPlainUdpBytes, "a limit holds");
  SEINE_CHECK(dns::parse_message(small.bytes).has_value(), "a cut message parses");
  return 0;
}
