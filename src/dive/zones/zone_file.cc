// SPDX-License-Identifier: Apache-2.0
#include "dive/zones/zone_file.h"

#include <algorithm>
#include <cstdint>

namespace seine::dive {
namespace {

using std::chrono::seconds;

constexpr std::size_t kHeader = 44;
constexpr std::size_t kCounts = 20;  // where the header's six counts begin
constexpr std::int64_t kDaySeconds = 86'400;
// What nanoseconds of 64 bits can tell; some zones begin with the Big Bang.
constexpr std::int64_t kFarPast = -9'000'000'000;
constexpr std::int64_t kFarFuture = 9'000'000'000;

// Of `octets`, all within their size.
std::int64_t big_endian(std::string_view octets) {
  const auto first = static_cast<unsigned char>(octets.front());
  std::uint64_t value = (first & 0x80) != 0 ? ~std::uint64_t{0} : 0;
  for (const char c : octets) value = (value << 8) | static_cast<unsigned char>(c);
  return static_cast<std::int64_t>(value);
}

std::unexpected<Error> damaged(std::string_view why) {
  return fail(ErrorCode::kInvalidArgument, "this is no file of a time zone: " + std::string(why));
}

// A header and how long what follows it is.
struct Block {
  std::size_t changes = 0;
  std::size_t types = 0;
  std::size_t size = 0;  // of its data, the header left out
};

Result<Block> read_header(std::string_view octets, std::size_t time_size) {
  if (octets.size() < kHeader || !octets.starts_with("TZif")) return damaged("it has no header");
  if (octets[4] < '2') return damaged("it is of version 1, which ends in 2037");
  const auto count = [&](std::size_t i) {
    return static_cast<std::size_t>(big_endian(octets.substr(kCounts + 4 * i, 4)) & 0xffff'ffff);
  };
  const std::size_t is_utc = count(0);
  const std::size_t is_standard = count(1);
  const std::size_t leaps = count(2);
  const std::size_t names = count(5);
  Block block{.changes = count(3), .types = count(4)};
  for (const std::size_t each : {is_utc, is_standard, leaps, names, block.changes, block.types}) {
    if (each > octets.size()) return damaged("it ends too early");
  }
  block.size = block.changes * (time_size + 1) + block.types * 6 + names + leaps * (time_size + 4) +
               is_standard + is_utc;
  if (block.size > octets.size() - kHeader) return damaged("it ends too early");
  if (block.types == 0) return damaged("it has no offsets");
  return block;
}

}  // namespace

Result<ZoneFile> ZoneFile::parse(std::string_view octets) {
  if (octets.size() > kMaxZoneFile) return damaged("it is too large");
  // The first block is for readers of 1985.
  const auto old = read_header(octets, 4);
  if (!old) return fail(old.error());
  octets.remove_prefix(kHeader + old->size);
  const auto block = read_header(octets, 8);
  if (!block) return fail(block.error());
  const std::string_view times = octets.substr(kHeader);
  const std::string_view indices = times.substr(block->changes * 8);
  const std::string_view types = indices.substr(block->changes);

  std::vector<Duration> offsets;
  for (std::size_t i = 0; i < block->types; ++i) {
    const std::int64_t offset = big_endian(types.substr(i * 6, 4));
    if (offset <= -kDaySeconds || offset >= kDaySeconds)
      return damaged("an offset is beyond a day");
    offsets.emplace_back(seconds(offset));
  }
  ZoneFile zone;
  zone.first_ = offsets.front();
  for (std::size_t i = 0; i < block->changes; ++i) {
    const std::int64_t at = std::clamp(big_endian(times.substr(i * 8, 8)), kFarPast, kFarFuture);
    const auto type = static_cast<unsigned char>(indices[i]);
    const WallTime when{seconds(at)};
    if (type >= offsets.size()) return damaged("a change is to an offset that it does not have");
    if (!zone.changes_.empty() && when < zone.changes_.back().when) {
      return damaged("its changes are not in order");
    }
    zone.changes_.push_back({when, offsets[type]});
  }
  std::string_view footer = octets.substr(kHeader + block->size);
  if (footer.size() < 2 || footer.front() != '\n' || footer.back() != '\n') {
    return damaged("its last line is missing");
  }
  footer = footer.substr(1, footer.size() - 2);
  if (!footer.empty()) {
    zone.rule_ = ZoneRule::parse(footer);
    if (!zone.rule_) return damaged("its last line is no rule");
  }
  return zone;
}

Duration ZoneFile::offset_at(WallTime time) const {
  const auto next = std::ranges::upper_bound(changes_, time, {}, &Change::when);
  if (next == changes_.end() && rule_) return rule_->offset_at(time);
  return next == changes_.begin() ? first_ : std::prev(next)->offset;
}

}  // namespace seine::dive
