// SPDX-License-Identifier: Apache-2.0
// The first byte chooses where the rest is cut in two.
#include <cstddef>
#include <cstdint>

#include "proxy/response_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using seine::bench::ResponseReader;
  if (size < 2) return 0;
  static const std::string expected = seine::bench::pattern_body(30);
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t cut = data[0] % bytes.size();
  ResponseReader reader(&expected);
  if (reader.feed(bytes.substr(0, cut)) == ResponseReader::Outcome::kMore)
    reader.feed(bytes.substr(cut));
  return 0;
}
