// SPDX-License-Identifier: Apache-2.0
// A segment that was written by somebody else: what is said to be whole of it is read as the same
// records, and what is written of them is what was read.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "journal/segment.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seine::journal;
  constexpr std::size_t kMaxRecord = 1000;
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  const auto scan = scan_segment(octets, kMaxRecord);
  if (!scan) return 0;
  SEINE_CHECK(scan->size <= size && scan->size >= scan->header.size(), "it is within the file");
  std::string written = encode_header(scan->header);
  std::string_view rest = octets.substr(scan->header.size());
  for (std::uint64_t position = scan->header.first; position != scan->next; ++position) {
    const RecordHead head = decode_record_head(rest);
    const std::string_view content = rest.substr(kRecordOctets, head.length);
    SEINE_CHECK(head.length <= kMaxRecord && is_whole(head, position, content), "a whole record");
    written += encode_record(position, content);
    rest.remove_prefix(kRecordOctets + head.length);
  }
  SEINE_CHECK(written == octets.substr(0, scan->size), "written again it is the same");
  return 0;
}
