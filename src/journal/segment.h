// SPDX-License-Identifier: Apache-2.0
// One file of a journal as octets. Pure. Numbers are little-endian.
//
//   Header | Record | Record | ...
//
//   Header   magic[8]  first position u64  length of the note u32  CRC-32C u32  note
//   Record   length u32  CRC-32C u32  content
//
// A header's checksum is over all else of it; a record's over its position and its content, so that
// a record in the wrong place is none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace seine::journal {

inline constexpr std::size_t kHeaderOctets = 24;  // without the note
inline constexpr std::size_t kRecordOctets = 8;   // without the content
inline constexpr std::size_t kMaxNote = 4096;

// Castagnoli's CRC of 32 bits; `before` is that of what stands before `octets`.
std::uint32_t crc32c(std::string_view octets, std::uint32_t before = 0);

struct SegmentHeader {
  std::uint64_t first = 0;  // the position of the first record
  std::string note;         // the owner's
  std::size_t size() const { return kHeaderOctets + note.size(); }
};
// CHECKs that the note is within kMaxNote.
std::string encode_header(const SegmentHeader& header);
// Nothing for a damaged one.
std::optional<SegmentHeader> decode_header(std::string_view octets);

std::string encode_record(std::uint64_t position, std::string_view content);
struct RecordHead {
  std::uint32_t length = 0;
  std::uint32_t checksum = 0;
};
// `octets` are kRecordOctets.
RecordHead decode_record_head(std::string_view octets);
bool is_whole(const RecordHead& head, std::uint64_t position, std::string_view content);

// What is whole of a segment, from its beginning on.
struct Scan {
  enum class End : std::uint8_t {
    kClean,
    kTorn,     // the last record was being written
    kDamaged,  // a record is not what was written
  };
  SegmentHeader header;
  std::uint64_t next = 0;  // the position after the last whole record
  std::size_t size = 0;    // octets up to its end
  End end = End::kClean;
};
// Nothing where the header is damaged.
std::optional<Scan> scan_segment(std::string_view octets, std::size_t max_record);

}  // namespace seine::journal
