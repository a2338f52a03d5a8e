// SPDX-License-Identifier: Apache-2.0
#include "journal/segment.h"

#include <array>

#include "base/check.h"

namespace seine::journal {
namespace {

constexpr std::string_view kMagic = "SEINEJ1\n";

constexpr std::array<std::uint32_t, 256> make_table() {
  constexpr std::uint32_t kPolynomial = 0x82f63b78;  // reflected
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) * kPolynomial);
    table[i] = value;
  }
  return table;
}
constexpr std::array<std::uint32_t, 256> kTable = make_table();

template <class Number>
void append_number(Number number, std::string& out) {
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    out.push_back(static_cast<char>(number >> (8 * i) & 0xff));
  }
}

template <class Number>
Number read_number(std::string_view octets) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    number |= static_cast<Number>(static_cast<unsigned char>(octets[i])) << (8 * i);
  }
  return number;
}

std::uint32_t checksum_of(std::uint64_t position, std::string_view content) {
  std::string number;
  append_number(position, number);
  return crc32c(content, crc32c(number));
}

}  // namespace

std::uint32_t crc32c(std::string_view octets, std::uint32_t before) {
  std::uint32_t value = ~before;
  for (const char c : octets) {
    value = kTable[(value ^ static_cast<unsigned char>(c)) & 0xff] ^ (value >> 8);
  }
  return ~value;
}

std::string encode_header(const SegmentHeader& header) {
  SEINE_CHECK(header.note.size() <= kMaxNote, "a segment's note is short");
  std::string out(kMagic);
  append_number(header.first, out);
  append_number(static_cast<std::uint32_t>(header.note.size()), out);
  append_number(crc32c(header.note, crc32c(out)), out);
  return out + header.note;
}

std::optional<SegmentHeader> decode_header(std::string_view octets) {
  if (octets.size() < kHeaderOctets || !octets.starts_with(kMagic)) return std::nullopt;
  const auto length = read_number<std::uint32_t>(octets.substr(16));
  if (length > kMaxNote || octets.size() - kHeaderOctets < length) return std::nullopt;
  SegmentHeader header{.first = read_number<std::uint64_t>(octets.substr(8)),
                       .note = std::string(octets.substr(kHeaderOctets, length))};
  const auto checksum = read_number<std::uint32_t>(octets.substr(20));
  if (header.first == 0 || checksum != crc32c(header.note, crc32c(octets.substr(0, 20)))) {
    return std::nullopt;
  }
  return header;
}

std::string encode_record(std::uint64_t position, std::string_view content) {
  std::string out;
  out.reserve(kRecordOctets + content.size());
  append_number(static_cast<std::uint32_t>(content.size()), out);
  append_number(checksum_of(position, content), out);
  return out.append(content);
}

RecordHead decode_record_head(std::string_view octets) {
  return {.length = read_number<std::uint32_t>(octets),
          .checksum = read_number<std::uint32_t>(octets.substr(4))};
}

bool is_whole(const RecordHead& head, std::uint64_t position, std::string_view content) {
  return head.length == content.size() && head.checksum == checksum_of(position, content);
}

std::optional<Scan> scan_segment(std::string_view octets, std::size_t max_record) {
  auto header = decode_header(octets);
  if (!header) return std::nullopt;
  Scan scan{.header = *std::move(header)};
  scan.next = scan.header.first;
  scan.size = scan.header.size();
  while (scan.size < octets.size()) {
    const std::string_view rest = octets.substr(scan.size);
    if (rest.size() < kRecordOctets) {
      scan.end = Scan::End::kTorn;
      break;
    }
    const RecordHead head = decode_record_head(rest);
    const bool fits = head.length <= max_record;
    if (fits && rest.size() - kRecordOctets < head.length) {
      scan.end = Scan::End::kTorn;
      break;
    }
    if (!fits || !is_whole(head, scan.next, rest.substr(kRecordOctets, head.length))) {
      scan.end = Scan::End::kDamaged;
      break;
    }
    scan.size += kRecordOctets + head.length;
    ++scan.next;
  }
  return scan;
}

}  // namespace seine::journal
