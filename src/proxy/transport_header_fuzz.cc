// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

#include "base/check.h"
#include "proxy/transport_header.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using seine::proxy::decode_transport_header;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto decoded = decode_transport_header(bytes);
  if (decoded && *decoded) {
    const auto again = decode_transport_header(encode((*decoded)->header));
    SEINE_CHECK(again && *again && (*again)->header == (*decoded)->header,
                "a header does not come back from its own encoding");
  }
  return 0;
}
