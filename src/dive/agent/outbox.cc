// SPDX-License-Identifier: Apache-2.0
#include "dive/agent/outbox.h"

#include <algorithm>
#include <utility>

#include "crypto/random.h"
#include "dive/agent/wire_time.h"

namespace seine::dive {

namespace wire = ::dive::v1;

namespace {

constexpr std::size_t kEpochOctets = 16;

FeedPosition decode_source(const wire::SourcePosition& source) {
  return {.feed = source.feed(), .position = source.position()};
}

void encode_source(const FeedPosition& source, wire::SourcePosition& out) {
  out.set_feed(source.feed);
  out.set_position(source.position);
}

// What a segment's note says; of a damaged one nothing.
wire::OutboxState read_note(const std::string& note) {
  wire::OutboxState state;
  if (!state.ParseFromString(note)) state.Clear();
  return state;
}

}  // namespace

Result<std::unique_ptr<Outbox>> Outbox::open(std::string folder, journal::Limits limits,
                                             const Log& log) {
  auto journal = journal::Journal::open(std::move(folder), limits, log);
  if (!journal) return fail(std::move(journal.error()));
  std::unique_ptr<Outbox> outbox(new Outbox(*std::move(journal), log));
  outbox->resume();
  return outbox;
}

void Outbox::resume() {
  acknowledged_ = journal_->first() - 1;
  source_ = decode_source(read_note(journal_->note()).source());
  journal::Cursor cursor(*journal_, journal_->newest_first());
  for (;;) {
    const auto entry = cursor.next();
    if (!entry) continue;
    if (!*entry) break;
    wire::KeptMessage kept;
    if (kept.ParseFromString((*entry)->content) && kept.has_source()) {
      source_ = decode_source(kept.source());
    }
  }
  epoch_ = crypto::random_octets(kEpochOctets);
  before_first_ = last();
}

wire::OutboxState Outbox::state() const {
  wire::OutboxState state;
  state.set_epoch(epoch_);
  state.set_before_first(before_first_);
  encode_source(source_, *state.mutable_source());
  return state;
}

Result<std::uint64_t> Outbox::put(const google::protobuf::MessageLite& message,
                                  const std::optional<FeedPosition>& source) {
  // Not at the start: a full disk does not keep what is left from being told.
  if (!has_begun_) {
    auto begun = journal_->begin(state().SerializeAsString());
    if (!begun) return fail(std::move(begun.error()));
    has_begun_ = true;
  }
  wire::KeptMessage kept;
  kept.set_message(message.SerializeAsString());
  if (source) encode_source(*source, *kept.mutable_source());
  std::uint64_t dropped = 0;
  std::string record = kept.SerializeAsString();
  constexpr std::size_t kDroppedOctets = 11;  // of that field
  while (record.size() <= journal_->limits().record &&
         !journal_->has_room(record.size() + kDroppedOctets)) {
    if (journal_->drop_oldest() == 0) break;
    const std::uint64_t gone = std::max(acknowledged_, journal_->first() - 1);
    dropped += gone - acknowledged_;
    acknowledged_ = gone;
  }
  if (dropped > 0) {
    kept.set_dropped(dropped);
    record = kept.SerializeAsString();
    dropped_ += dropped;
    log_warn(log_, "the outbox was full: the oldest messages were dropped",
             {{"dropped", std::to_string(dropped)}});
  }
  journal_->set_note(state().SerializeAsString());
  const auto put = journal_->append(record);
  if (!put) return fail(put.error());
  if (source) source_ = *source;
  added_.wake();
  return dropped;
}

void Outbox::acknowledge(std::uint64_t position) {
  if (position <= acknowledged_) return;
  acknowledged_ = std::min(position, last());
  // Where nothing is left, the note is all that says how far the source was read.
  journal_->set_note(state().SerializeAsString());
  journal_->forget(acknowledged_);
  room_.wake();
  acknowledgement_.wake();
}

std::optional<Outbox::Entry> Outbox::Reader::next() {
  for (;;) {
    auto read = cursor_.next();
    if (read && !*read) return std::nullopt;
    wire::KeptMessage kept;
    if (read && kept.ParseFromString((*read)->content)) {
      const wire::OutboxState state = read_note((*read)->note);
      return Entry{.position = (*read)->position,
                   .epoch = state.epoch(),
                   .before_first = state.before_first(),
                   .dropped = kept.dropped(),
                   .message = std::move(*kept.mutable_message())};
    }
    log_error(log_, "messages of the outbox are lost",
              {{"reason", read ? "one does not parse" : read.error().message}});
  }
}

std::string with_envelope(const Outbox::Entry& entry, WallTime now) {
  // The bytes of two messages in a row are those of both merged.
  wire::AddEventRequest envelope;
  envelope.mutable_envelope()->set_epoch(entry.epoch);
  envelope.mutable_envelope()->set_sequence(entry.position - entry.before_first);
  encode_time(now, *envelope.mutable_envelope()->mutable_sent_at());
  envelope.mutable_envelope()->set_dropped(entry.dropped);
  return envelope.SerializeAsString() + entry.message;
}

}  // namespace seine::dive
