// SPDX-License-Identifier: Apache-2.0
#include "journal/journal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "base/file.h"
#include "journal/segment.h"

namespace seine::journal {
namespace {

constexpr std::string_view kSuffix = ".seg";
constexpr std::string_view kTemporary = ".tmp";
constexpr std::size_t kDigits = 20;
constexpr unsigned kPrivate = 0600;

bool write_at(int fd, std::string_view octets, std::size_t offset) {
  while (!octets.empty()) {
    const ssize_t written = ::pwrite(fd, octets.data(), octets.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    octets.remove_prefix(static_cast<std::size_t>(written));
    offset += static_cast<std::size_t>(written);
  }
  return true;
}

// All of it or nothing under that name.
Result<Descriptor> make_file(const std::string& path, std::string_view octets) {
  const std::string temporary = path + std::string(kTemporary);
  constexpr int kFlags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC;
  Descriptor file(::open(temporary.c_str(), kFlags, kPrivate));
  if (file && write_at(file.get(), octets, 0) &&
      std::rename(temporary.c_str(), path.c_str()) == 0) {
    return file;
  }
  const int error = errno;
  ::unlink(temporary.c_str());
  return fail_errno(ErrorCode::kUnavailable, error, path + " cannot be made");
}

// Nothing for what is no segment's name.
std::optional<std::uint64_t> parse_name(std::string_view name) {
  if (name.size() != kDigits + kSuffix.size() || !name.ends_with(kSuffix)) return std::nullopt;
  std::uint64_t first = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + kDigits, first);
  if (error != std::errc() || end != name.data() + kDigits || first == 0) return std::nullopt;
  return first;
}

}  // namespace

Result<std::unique_ptr<Journal>> Journal::open(std::string folder, Limits limits, const Log& log) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return fail_errno(ErrorCode::kInvalidConfig, errno, folder + " cannot be made");
  }
  std::unique_ptr<Journal> journal(new Journal(std::move(folder), limits, log));
  auto loaded = journal->load();
  if (!loaded) return fail(std::move(loaded.error()));
  return journal;
}

Result<void> Journal::load() {
  std::error_code failed;
  std::set<std::uint64_t> found;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, failed)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(kTemporary)) ::unlink(entry.path().c_str());
    if (const auto first = parse_name(name)) found.insert(*first);
  }
  if (failed) {
    return fail_errno(ErrorCode::kInvalidConfig, failed.value(), folder_ + " cannot be read");
  }
  for (const std::uint64_t first : found) {
    auto loaded = load_segment(first, first == *found.rbegin());
    if (!loaded) return loaded;
  }
  if (segments_.empty()) return {};
  newest_.reset(::open(path_of(segments_.rbegin()->first).c_str(), O_WRONLY | O_CLOEXEC));
  const Segment& newest = segments_.rbegin()->second;
  // What was being written is not there.
  if (!newest_ || ::ftruncate(newest_.get(), static_cast<off_t>(newest.size)) != 0) {
    return fail_errno(ErrorCode::kInvalidConfig, errno, folder_ + " cannot be written");
  }
  return {};
}

Result<void> Journal::load_segment(std::uint64_t first, bool is_last) {
  const std::string path = path_of(first);
  const auto file = read_file(path, limits_.segment + limits_.record + kMaxNote + kHeaderOctets);
  if (!file && file.error().code != ErrorCode::kLimit) return fail(file.error());
  auto scan = file ? scan_segment(*file, limits_.record) : std::nullopt;
  // Its positions are its own.
  const bool is_header_whole = scan && scan->header.first == first;
  const bool is_torn = is_header_whole && is_last && scan->end == Scan::End::kTorn;
  if (!is_header_whole || (scan->end != Scan::End::kClean && !is_torn)) {
    has_lost_its_end_ = has_lost_its_end_ || is_last;
    const std::string_view whole =
        is_header_whole ? std::string_view(*file).substr(0, scan->size) : std::string_view();
    auto moved = set_aside(first, whole, is_header_whole ? "a record" : "the header");
    if (!moved) return moved;
  }
  if (!is_header_whole) return {};
  if (is_torn) {
    log_info(log_, "a record that was being written at a death is cut off",
             {{"file", path}, {"octets", std::to_string(file->size() - scan->size)}});
  }
  // What the one before has from there on was taken back, and could not be cut off.
  if (first < next()) segments_.rbegin()->second.next = first;
  segments_[first] = {.next = scan->next, .header = scan->header.size(), .size = scan->size};
  octets_ += scan->size;
  newest_note_ = scan->header.note;
  note_ = newest_note_;
  return {};
}

Result<void> Journal::set_aside(std::uint64_t first, std::string_view octets,
                                std::string_view why) const {
  const std::string path = path_of(first);
  const std::string aside = path + ".damaged";
  if (std::rename(path.c_str(), aside.c_str()) != 0) {
    return fail_errno(ErrorCode::kInvalidConfig, errno, path + " is damaged and cannot be moved");
  }
  log_error(log_, "a journal is damaged: the file was moved aside, and part of it is lost",
            {{"file", path}, {"now", aside}, {"damaged", std::string(why)}});
  if (octets.empty()) return {};
  auto made = make_file(path, octets);
  if (!made) return fail(std::move(made.error()));
  return {};
}

Result<void> Journal::begin(std::string note) {
  note_ = std::move(note);
  auto made = make_segment(next());
  if (made) has_lost_its_end_ = false;
  return made;
}

Result<void> Journal::make_segment(std::uint64_t first) {
  const SegmentHeader header{.first = first, .note = note_};
  auto file = make_file(path_of(first), encode_header(header));
  if (!file) return fail(std::move(file.error()));
  // One without records has the same name, and has just been replaced.
  if (const auto same = segments_.find(first); same != segments_.end()) {
    octets_ -= same->second.size;
  }
  newest_ = *std::move(file);
  newest_note_ = note_;
  segments_[first] = {.next = first, .header = header.size(), .size = header.size()};
  octets_ += header.size();
  undo_size_ = 0;
  is_broken_ = false;
  return {};
}

std::uint64_t Journal::first() const {
  for (const auto& [first, segment] : segments_) {
    if (segment.next > first) return first;
  }
  return next();
}

std::uint64_t Journal::next() const {
  return segments_.empty() ? 1 : segments_.rbegin()->second.next;
}

bool Journal::has_room(std::size_t content) const {
  return octets_ + kRecordOctets + content <= limits_.total;
}

Result<std::uint64_t> Journal::append(std::string_view content) {
  SEINE_CHECK(has_begun(), "a journal is begun before it is written");
  if (content.size() > limits_.record) {
    return fail(ErrorCode::kLimit,
                "a record is over " + std::to_string(limits_.record) + " octets: " + folder_);
  }
  if (!has_room(content.size())) {
    return fail(ErrorCode::kLimit,
                folder_ + " holds " + std::to_string(octets_) + " octets and has no room");
  }
  if (is_broken_ || segments_.rbegin()->second.size >= limits_.segment) {
    auto made = make_segment(next());
    if (!made) return fail(std::move(made.error()));
  }
  Segment& segment = segments_.rbegin()->second;
  const std::string record = encode_record(segment.next, content);
  if (!write_at(newest_.get(), record, segment.size)) {
    const int error = errno;
    is_broken_ = ::ftruncate(newest_.get(), static_cast<off_t>(segment.size)) != 0;
    return fail_errno(ErrorCode::kUnavailable, error, folder_ + " cannot be written");
  }
  undo_size_ = segment.size;
  segment.size += record.size();
  octets_ += record.size();
  return segment.next++;
}

void Journal::undo() {
  SEINE_CHECK(undo_size_ != 0, "there is no append to undo");
  Segment& segment = segments_.rbegin()->second;
  octets_ -= segment.size - undo_size_;
  segment.size = std::exchange(undo_size_, 0);
  --segment.next;
  is_broken_ = ::ftruncate(newest_.get(), static_cast<off_t>(segment.size)) != 0;
}

void Journal::forget(std::uint64_t up_to) {
  up_to = std::min(up_to, next() - 1);
  while (segments_.size() > 1 && segments_.begin()->second.next <= up_to + 1) {
    remove(segments_.begin());
  }
  if (segments_.size() != 1) return;
  // The last one goes as well where that is worth another file.
  const auto only = segments_.begin();
  const bool is_done = only->second.next <= up_to + 1 && only->second.next > only->first;
  if (is_done && only->second.size >= limits_.segment / 4 && make_segment(next())) remove(only);
}

std::uint64_t Journal::drop_oldest() {
  const auto oldest = segments_.begin();
  if (oldest == segments_.end()) return 0;
  if (segments_.size() == 1 && !make_segment(next())) return 0;
  const std::uint64_t records = oldest->second.next - oldest->first;
  if (segments_.size() > 1) remove(oldest);
  return records;
}

void Journal::remove(Segments::iterator segment) {
  ::unlink(path_of(segment->first).c_str());
  octets_ -= segment->second.size;
  segments_.erase(segment);
}

std::string Journal::path_of(std::uint64_t first) const {
  const std::string number = std::to_string(first);
  return folder_ + "/" + std::string(kDigits - number.size(), '0') + number + std::string(kSuffix);
}

}  // namespace seine::journal
