// SPDX-License-Identifier: Apache-2.0
// Any text: no crash, and what was read is written and read back the same.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "crypto/pem.h"
#include "crypto/trust_anchors.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seine::crypto;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto blocks = parse_pem(text, "fuzz")) {
    for (const PemBlock& block : *blocks) {
      const auto again = parse_pem(to_pem(block.label, block.octets.view()), "fuzz");
      SEINE_CHECK(again && again->size() == 1, "what was read can be written and read");
      SEINE_CHECK(again->front().octets.view() == block.octets.view(), "nothing is lost");
    }
  }
  if (const auto anchors = TrustAnchors::from_pem(text)) {
    const auto again = TrustAnchors::from_pem(anchors->to_pem());
    SEINE_CHECK(again && *again == *anchors, "anchors compare by their DER");
  }
  return 0;
}
