// SPDX-License-Identifier: Apache-2.0
// A block or pending counts that somebody else wrote: either they are refused, or what is written
// of them is read as the same. The first octet says which.
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.h"
#include "dive/store/block.h"

namespace {

using namespace seine::dive;

void try_block(SeriesKind kind, Resolution resolution, std::span<const std::byte> bytes) {
  constexpr std::int64_t kSpan = 20'000;
  const auto slots = decode_block(kind, resolution, kSpan, bytes);
  if (!slots) return;
  const auto again =
      decode_block(kind, resolution, kSpan, encode_block(kind, resolution, kSpan, *slots));
  SEINE_CHECK(again && *again == *slots, "a block is read as it was written");
}

void try_pending(std::span<const std::byte> bytes) {
  Pending pending;
  if (!decode_pending(bytes, pending)) return;
  Pending again;
  for (const auto& piece : encode_pending(pending, 64)) {
    SEINE_CHECK(decode_pending(piece, again).has_value(), "pending counts are read as written");
  }
  SEINE_CHECK(again.size() == pending.size(), "no series is lost");
  for (const auto& [id, series] : pending) {
    SEINE_CHECK(again.at(id).slots == series.slots, "no count is lost");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto bytes = std::as_bytes(std::span(data, size)).subspan(1);
  if (data[0] % 10 == 9) {
    try_pending(bytes);
  } else {
    try_block(static_cast<SeriesKind>(1 + data[0] % 3), static_cast<Resolution>(data[0] / 3 % 3),
              bytes);
  }
  return 0;
}
