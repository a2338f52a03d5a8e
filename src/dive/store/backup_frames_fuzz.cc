// SPDX-License-Identifier: Apache-2.0
// A part of a backup that somebody else wrote: either it is refused, or what is written of it is
// read as the same. The first octet says how many columns the rows have.
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.h"
#include "dive/store/backup_frames.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seine::dive;
  if (size == 0) return 0;
  const std::size_t columns = data[0] % 8;
  const auto content = decode_content(std::as_bytes(std::span(data, size)).subspan(1), columns);
  if (!content) return 0;
  const seine::sql::Blob bytes = encode_content(*content);
  const auto again = decode_content(bytes, columns);
  // Octets, for a double may be one that equals nothing.
  SEINE_CHECK(again && encode_content(*again) == bytes, "a part is read as it was written");
  return 0;
}
