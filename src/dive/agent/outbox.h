// SPDX-License-Identifier: Apache-2.0
// Messages of one method that Dive has not acknowledged, on disk. Each has a sequence within an
// epoch, by which Dive knows one that comes again, and may carry how far its source had been read,
// so that both are kept or neither. What has been put in outlives the process (see
// journal/journal.h).
//
// Each start begins an epoch: what is on disk may lack messages that Dive has, after damage, a
// death of the machine or in an old copy that was put back, and their sequences would be given to
// others. What is left of former epochs is sent first, and keeps its epoch and its sequences.
//
// One loop. Everything it is given outlives it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "google/protobuf/message_lite.h"

#include "base/log.h"
#include "base/result.h"
#include "dive/agent/sources.h"
#include "dive/v1/outbox.pb.h"
#include "journal/journal.h"
#include "runtime/wake.h"

namespace seine::dive {

class Outbox {
 public:
  // Error kInvalidConfig.
  static Result<std::unique_ptr<Outbox>> open(std::string folder, journal::Limits limits,
                                              const Log& log);

  // Whether there is room for the longest message.
  bool has_room() const { return journal_->has_room(journal_->limits().record); }
  // How far the source had been read when the last message with a position was put in.
  const FeedPosition& source() const { return source_; }

  // Errors: kLimit for a message that is too long; kUnavailable while it cannot be written. Where
  // there is no room the oldest are dropped. How many those were.
  Result<std::uint64_t> put(const google::protobuf::MessageLite& message,
                            const std::optional<FeedPosition>& source = std::nullopt);

  struct Entry {
    std::uint64_t position = 0;
    std::string epoch;
    std::uint64_t before_first = 0;  // of the epoch: the sequence is the position less this
    std::uint64_t dropped = 0;
    std::string message;
  };
  // Reads what is not acknowledged, and holds one message at most. Dies before the outbox.
  class Reader {
   public:
    explicit Reader(const Outbox& outbox)
        : cursor_(*outbox.journal_, outbox.acknowledged_ + 1), log_(outbox.log_) {}
    // Nothing at the end, for now. What cannot be read is passed over, and said.
    std::optional<Entry> next();
    // The position of the last that next() has passed.
    std::uint64_t after() const { return cursor_.position() - 1; }

   private:
    journal::Cursor cursor_;
    const Log& log_;
  };

  // Everything up to a position is with Dive for good.
  void acknowledge(std::uint64_t position);
  std::uint64_t acknowledged() const { return acknowledged_; }
  std::uint64_t last() const { return journal_->next() - 1; }
  // Messages that are not acknowledged.
  std::uint64_t waiting() const { return last() - acknowledged_; }
  std::size_t octets() const { return journal_->octets(); }
  std::uint64_t dropped() const { return dropped_; }  // since the start

  // Wakes `who` at the next message. One waiter each.
  void arm_added(runtime::Wakeable& who) { added_.arm(who); }
  // Wake `who` at the next acknowledgement: one who waits for room, one who waits for itself.
  void arm_room(runtime::Wakeable& who) { room_.arm(who); }
  void arm_acknowledged(runtime::Wakeable& who) { acknowledgement_.arm(who); }

 private:
  Outbox(std::unique_ptr<journal::Journal> journal, const Log& log)
      : journal_(std::move(journal)), log_(log) {}
  void resume();
  ::dive::v1::OutboxState state() const;

  const std::unique_ptr<journal::Journal> journal_;
  const Log& log_;
  std::string epoch_;
  std::uint64_t before_first_ = 0;
  bool has_begun_ = false;  // the epoch is on disk
  FeedPosition source_;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t dropped_ = 0;
  runtime::WakeSlot added_;
  runtime::WakeSlot room_;
  runtime::WakeSlot acknowledgement_;
};

// A message as it is sent: any of those that have an envelope have it as their first field.
std::string with_envelope(const Outbox::Entry& entry, WallTime now);

}  // namespace seine::dive
