// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "journal/journal.h"
#include "journal/segment.h"

namespace seine::journal {
namespace {

// Shorter than `size` at the end of the file.
std::string read_at(int fd, std::size_t offset, std::size_t size) {
  std::string out(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    const ssize_t got =
        ::pread(fd, out.data() + have, size - have, static_cast<off_t>(offset + have));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    have += static_cast<std::size_t>(got);
  }
  out.resize(have);
  return out;
}

}  // namespace

Result<std::optional<Cursor::Entry>> Cursor::next() {
  const auto found = find();
  if (!found) return fail(found.error());
  if (!*found) return std::nullopt;
  const std::string octets = read_at(file_.get(), offset_, kRecordOctets);
  if (octets.size() < kRecordOctets) return unreadable();
  const RecordHead head = decode_record_head(octets);
  if (head.length > journal_.limits_.record) return unreadable();
  Entry entry{.position = position_,
              .content = read_at(file_.get(), offset_ + kRecordOctets, head.length),
              .note = note_};
  if (!is_whole(head, position_, entry.content)) return unreadable();
  at_ = ++position_;
  offset_ += kRecordOctets + head.length;
  return entry;
}

void Cursor::skip_to(std::uint64_t position) {
  if (position < position_) segment_ = 0;
  position_ = position;
}

Result<bool> Cursor::find() {
  const auto& segments = journal_.segments_;
  if (position_ >= journal_.next()) return false;
  auto segment = segments.find(segment_);
  if (segment == segments.end() || position_ >= segment->second.next) {
    // The last that begins at or before the position; or, past its end, the one that follows.
    segment = segments.upper_bound(position_);
    if (segment != segments.begin()) --segment;
    while (segment != segments.end() && segment->second.next <= position_) ++segment;
    if (segment == segments.end()) return false;
    if (position_ < segment->first) position_ = segment->first;
    auto entered = enter(segment->first, segment->second);
    if (!entered) return fail(std::move(entered.error()));
  }
  while (at_ < position_) {
    const std::string octets = read_at(file_.get(), offset_, kRecordOctets);
    if (octets.size() < kRecordOctets) return unreadable();
    offset_ += kRecordOctets + decode_record_head(octets).length;
    ++at_;
  }
  return true;
}

Result<void> Cursor::enter(std::uint64_t first, const Journal::Segment& segment) {
  file_.reset(::open(journal_.path_of(first).c_str(), O_RDONLY | O_CLOEXEC));
  const auto header = file_ ? decode_header(read_at(file_.get(), 0, segment.header)) : std::nullopt;
  segment_ = first;
  if (!header) return unreadable();
  note_ = header->note;
  at_ = first;
  offset_ = segment.header;
  return {};
}

// Lengths are part of what cannot be trusted: the rest of the segment is passed over.
std::unexpected<Error> Cursor::unreadable() {
  const auto segment = journal_.segments_.find(segment_);
  const std::string path = journal_.path_of(segment_);
  const std::string lost = std::to_string(position_);
  if (segment != journal_.segments_.end()) position_ = segment->second.next;
  segment_ = 0;
  return fail(ErrorCode::kProtocol,
              path + " cannot be read from position " + lost + " on: it is damaged");
}

}  // namespace seine::journal
