// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

#include "base/check.h"
#include "proxy/detect.h"

// A decision never changes as bytes arrive, and one is always made within the limit.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using seine::proxy::Detected;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Detected before = Detected::kNeedMore;
  for (std::size_t n = 0; n <= bytes.size() && n <= 2048; ++n) {
    const Detected now = seine::proxy::detect_http(bytes.substr(0, n));
    SEINE_CHECK(before == Detected::kNeedMore || before == now, "a decision changed");
    SEINE_CHECK(n < seine::proxy::kMaxDetectBytes || now != Detected::kNeedMore, "undecided");
    before = now;
  }
  return 0;
}
