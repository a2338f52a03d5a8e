// SPDX-License-Identifier: Apache-2.0
#include "journal/segment.h"

#include <gtest/gtest.h>

namespace seine::journal {
namespace {

constexpr std::size_t kMaxRecord = 100;

std::string make_octets() {
  return encode_header({.first = 7, .note = "note"}) + encode_record(7, "seven") +
         encode_record(8, "") + encode_record(9, "nine");
}

TEST(Segment, has_castagnolis_checksum) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
  EXPECT_EQ(crc32c("6789", crc32c("12345")), 0xe3069283U);
}

TEST(Segment, is_read_as_it_was_written) {
  const std::string octets = make_octets();
  const auto scan = scan_segment(octets, kMaxRecord);
  ASSERT_TRUE(scan);
  EXPECT_EQ(scan->header.first, 7u);
  EXPECT_EQ(scan->header.note, "note");
  EXPECT_EQ(scan->next, 10u);
  EXPECT_EQ(scan->size, octets.size());
  EXPECT_EQ(scan->end, Scan::End::kClean);
}

TEST(Segment, that_was_cut_anywhere_is_whole_up_to_a_record) {
  const std::string octets = make_octets();
  const std::size_t header = encode_header({.first = 7, .note = "note"}).size();
  for (std::size_t size = 0; size <= octets.size(); ++size) {
    const auto scan = scan_segment(octets.substr(0, size), kMaxRecord);
    ASSERT_EQ(scan.has_value(), size >= header) << size;
    if (!scan) continue;
    EXPECT_LE(scan->size, size);
    EXPECT_EQ(scan->end, scan->size == size ? Scan::End::kClean : Scan::End::kTorn) << size;
  }
}

TEST(Segment, knows_every_changed_octet) {
  const std::string octets = make_octets();
  for (std::size_t i = 0; i < octets.size(); ++i) {
    std::string changed = octets;
    changed[i] = static_cast<char>(changed[i] ^ 0x20);
    const auto scan = scan_segment(changed, kMaxRecord);
    EXPECT_TRUE(!scan || scan->next < 10) << i;
  }
}

TEST(Segment, takes_no_record_from_another_place) {
  const std::string octets = encode_header({.first = 7, .note = ""}) + encode_record(8, "eight");
  const auto scan = scan_segment(octets, kMaxRecord);
  ASSERT_TRUE(scan);
  EXPECT_EQ(scan->next, 7u);
  EXPECT_EQ(scan->end, Scan::End::kDamaged);
}

TEST(Segment, takes_a_record_beyond_the_limit_for_damage) {
  const std::string octets =
      encode_header({.first = 1, .note = ""}) + encode_record(1, std::string(101, 'x'));
  EXPECT_EQ(scan_segment(octets, kMaxRecord)->end, Scan::End::kDamaged);
  EXPECT_EQ(scan_segment(octets, 101)->end, Scan::End::kClean);
}

}  // namespace
}  // namespace seine::journal
