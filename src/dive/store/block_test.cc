// SPDX-License-Identifier: Apache-2.0
#include "dive/store/block.h"

#include "gtest/gtest.h"

namespace seine::dive {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kSpan = 1795348800 / 3600;
constexpr std::int64_t kFirst = kSpan * 360 + 1;

Counts http(std::uint64_t requests, Duration latency) {
  Counts counts{.sums = {requests, requests * 1000}};
  counts.latency.add(telemetry::latency_bucket(latency), requests);
  return counts;
}

SlotCounts some_slots() {
  SlotCounts slots;
  slots[kFirst] = http(3, milliseconds(2));
  slots[kFirst].add(http(1, milliseconds(700)));
  slots[kFirst + 7] = http(std::uint64_t{1} << 40, milliseconds(1));
  slots[kFirst + 359] = http(1, milliseconds(0));
  return slots;
}

TEST(BlockTest, slots_come_back_as_they_went_in) {
  const SlotCounts slots = some_slots();
  const sql::Blob bytes = encode_block(SeriesKind::kHttp, Resolution::kTenSeconds, kSpan, slots);
  const auto read = decode_block(SeriesKind::kHttp, Resolution::kTenSeconds, kSpan, bytes);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(*read, slots);
}

TEST(BlockTest, only_wanted_slots_are_added_to_what_is_there) {
  const SlotCounts slots = some_slots();
  const sql::Blob bytes = encode_block(SeriesKind::kHttp, Resolution::kTenSeconds, kSpan, slots);
  SlotCounts out = {{kFirst + 7, http(2, milliseconds(9))}};
  WantedSlots wanted{.first = kFirst + 7, .last = kFirst + 358};
  ASSERT_TRUE(add_block(SeriesKind::kHttp, Resolution::kTenSeconds, kSpan, bytes, wanted, out));
  Counts both = slots.at(kFirst + 7);
  both.add(http(2, milliseconds(9)));
  EXPECT_EQ(out, (SlotCounts{{kFirst + 7, both}}));
}

TEST(BlockTest, wanted_slots_are_added_up) {
  const SlotCounts slots = some_slots();
  const sql::Blob bytes = encode_block(SeriesKind::kHttp, Resolution::kTenSeconds, kSpan, slots);
  SlotCounts out;
  WantedSlots wanted{.first = kFirst, .last = kFirst + 8, .sum_at = 0};
  ASSERT_TRUE(add_block(SeriesKind::kHttp, Resolution::kTenSeconds, kSpan, bytes, wanted, out));
  Counts sum = slots.at(kFirst);
  sum.add(slots.at(kFirst + 7));
  EXPECT_EQ(out, (SlotCounts{{0, sum}}));
  // None of them: nothing, and no empty slot.
  out.clear();
  wanted = {.first = kFirst + 1, .last = kFirst + 6, .sum_at = 0};
  ASSERT_TRUE(add_block(SeriesKind::kHttp, Resolution::kTenSeconds, kSpan, bytes, wanted, out));
  EXPECT_TRUE(out.empty());
}

TEST(BlockTest, counts_of_connections_come_back_as_they_went_in) {
  SlotCounts slots;
  slots[kFirst + 1] = {.sums = {1, 2, std::uint64_t{1} << 50, 4}};
  const sql::Blob bytes = encode_block(SeriesKind::kTcp, Resolution::kTenSeconds, kSpan, slots);
  const auto read = decode_block(SeriesKind::kTcp, Resolution::kTenSeconds, kSpan, bytes);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(*read, slots);
}

TEST(BlockTest, a_block_that_was_cut_or_changed_or_is_of_another_kind_is_refused) {
  const sql::Blob bytes =
      encode_block(SeriesKind::kHttp, Resolution::kTenSeconds, kSpan, some_slots());
  const auto refused = [](SeriesKind kind, std::span<const std::byte> some) {
    const auto read = decode_block(kind, Resolution::kTenSeconds, kSpan, some);
    return !read && read.error().code == ErrorCode::kDatabaseCorrupt;
  };
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_TRUE(refused(SeriesKind::kHttp, std::span(bytes).first(size))) << size;
  }
  EXPECT_TRUE(refused(SeriesKind::kTcp, bytes));
  sql::Blob longer = bytes;
  longer.push_back(std::byte{0});
  EXPECT_TRUE(refused(SeriesKind::kHttp, longer));
}

TEST(BlockTest, a_slot_of_another_span_is_refused) {
  SlotCounts slots;
  slots[kFirst + 360] = http(1, milliseconds(1));
  const sql::Blob bytes = encode_block(SeriesKind::kHttp, Resolution::kTenSeconds, kSpan, slots);
  EXPECT_FALSE(decode_block(SeriesKind::kHttp, Resolution::kTenSeconds, kSpan, bytes).has_value());
}

TEST(BlockTest, pending_counts_in_pieces_add_up_to_what_they_were) {
  Pending pending;
  for (std::int64_t id = 1; id <= 50; ++id) pending[id * id].slots = some_slots();
  pending[7] = {.kind = SeriesKind::kCoverage, .slots = {{kFirst, {.sums = {10'000, 0}}}}};
  const std::vector<sql::Blob> pieces = encode_pending(pending, 100);
  EXPECT_GT(pieces.size(), 3U);
  Pending read;
  for (const sql::Blob& piece : pieces) ASSERT_TRUE(decode_pending(piece, read).has_value());
  ASSERT_EQ(read.size(), pending.size());
  for (const auto& [id, series] : pending) {
    EXPECT_EQ(read.at(id).kind, series.kind);
    EXPECT_EQ(read.at(id).slots, series.slots);
  }
  // Once more, and all is there twice.
  for (const sql::Blob& piece : pieces) ASSERT_TRUE(decode_pending(piece, read).has_value());
  EXPECT_EQ(read.at(9).slots.at(kFirst).sums[kRequests], 8U);
}

TEST(BlockTest, counts_stand_still_before_they_would_wrap) {
  Counts counts{.sums = {kMaxSum - 1, 0}};
  counts.add(http(5, milliseconds(1)));
  EXPECT_EQ(counts.sums[kRequests], kMaxSum);
  counts.add(http(5, milliseconds(1)));
  EXPECT_EQ(counts.sums[kRequests], kMaxSum);
  EXPECT_LE(counts.latency.total(), counts.sums[kRequests]);
}

}  // namespace
}  // namespace seine::dive
