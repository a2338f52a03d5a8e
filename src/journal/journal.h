// SPDX-License-Identifier: Apache-2.0
// Records kept on disk, in order, until the next one in a chain has them for good: appended at the
// end, read by position, forgotten from the beginning. A folder of segment files of bounded size,
// each named by the position of its first record; see segment.h.
//
// What has been appended was handed to the kernel: it outlives the process however that dies, and
// not the machine; nothing here waits for a disk. A record that was being written is cut off at the
// next start. A segment that is damaged is moved aside as FILE.damaged, with a line in the log, and
// what is whole before the damage stays.
//
// Blocking, for one thread. The folder belongs to one process; whoever opens it sees to that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "base/log.h"
#include "base/result.h"

namespace seine::journal {

struct Limits {
  std::size_t record;   // octets of one
  std::size_t segment;  // a segment of so many octets is followed by another
  std::size_t total;    // of all segments
};

class Journal {
 public:
  // Makes the folder (0700) if there is none, and takes over what it keeps. The log outlives it.
  // Error kInvalidConfig.
  static Result<std::unique_ptr<Journal>> open(std::string folder, Limits limits, const Log& log);

  // False: there is no segment yet; begin() comes first.
  bool has_begun() const { return !segments_.empty(); }
  // Records of the end have been lost, so that positions may stand for others than they did.
  bool has_lost_its_end() const { return has_lost_its_end_; }
  // Begins a segment with this note, which all that follow will have. Error kUnavailable.
  Result<void> begin(std::string note);
  // What the segments that follow will have: the owner's state before the record that comes next.
  void set_note(std::string note) { note_ = std::move(note); }
  // Of the newest segment, as it was begun.
  const std::string& note() const { return newest_note_; }

  // Where the oldest record is; next() where there is none.
  std::uint64_t first() const;
  // The position of the record that is appended next; positions ascend from 1.
  std::uint64_t next() const;
  // Of the newest segment, whose note() tells what was before.
  std::uint64_t newest_first() const { return segments_.empty() ? 1 : segments_.rbegin()->first; }
  std::size_t octets() const { return octets_; }
  const Limits& limits() const { return limits_; }
  bool has_room(std::size_t content) const;

  // Its position. Errors: kLimit for one that is too long or for which there is no room;
  // kUnavailable, with the errno. Nothing has changed then.
  Result<std::uint64_t> append(std::string_view content);
  // Takes the last append back, which nobody may have read. Once.
  void undo();
  // All up to there is with the next one: segments that hold nothing else go.
  void forget(std::uint64_t up_to);
  // Drops the oldest segment, whatever it holds, and says how many records those were.
  std::uint64_t drop_oldest();

 private:
  friend class Cursor;
  struct Segment {
    std::uint64_t next = 0;
    std::size_t header = 0;
    std::size_t size = 0;
  };
  using Segments = std::map<std::uint64_t, Segment>;  // by their first positions

  Journal(std::string folder, Limits limits, const Log& log)
      : folder_(std::move(folder)), limits_(limits), log_(log) {}
  Result<void> load();
  Result<void> load_segment(std::uint64_t first, bool is_last);
  // Moves a segment aside; what is whole of it is `octets`.
  Result<void> set_aside(std::uint64_t first, std::string_view octets, std::string_view why) const;
  Result<void> make_segment(std::uint64_t first);
  void remove(Segments::iterator segment);
  std::string path_of(std::uint64_t first) const;

  const std::string folder_;
  const Limits limits_;
  const Log& log_;
  Segments segments_;
  std::size_t octets_ = 0;
  Descriptor newest_;  // for writing
  std::string newest_note_;
  std::string note_;
  std::size_t undo_size_ = 0;  // of the newest segment before the last append; 0: none to undo
  bool has_lost_its_end_ = false;
  bool is_broken_ = false;  // what is behind the end could not be cut off
};

// Reads a journal from a position on, holding one record at most. Dies before the journal.
class Cursor {
 public:
  Cursor(const Journal& journal, std::uint64_t from) : journal_(journal), position_(from) {}

  struct Entry {
    std::uint64_t position = 0;
    std::string content;
    std::string note;  // of its segment
  };
  // The next record; nothing at the end, for now. Positions that have been forgotten or lost are
  // passed over. Error kProtocol for one that cannot be read: it is passed over the next time.
  Result<std::optional<Entry>> next();
  // What next() will look for.
  std::uint64_t position() const { return position_; }
  void skip_to(std::uint64_t position);

 private:
  // At position_, or the first one after it that there is; false at the end.
  Result<bool> find();
  Result<void> enter(std::uint64_t first, const Journal::Segment& segment);
  std::unexpected<Error> unreadable();

  const Journal& journal_;
  std::uint64_t position_;
  std::uint64_t segment_ = 0;  // whose file is open; 0: none
  Descriptor file_;
  std::string note_;
  std::uint64_t at_ = 0;  // the position of what is at offset_
  std::size_t offset_ = 0;
};

}  // namespace seine::journal
