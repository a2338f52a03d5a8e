// SPDX-License-Identifier: Apache-2.0
#include "runtime/stream_writer.h"

#include <array>

namespace seine::runtime {

namespace {
constexpr std::size_t kMaxPieces = 64;
// Fills of one source in one turn, of kHighWater bytes each: then the others have theirs.
constexpr int kMaxFills = 4;
}  // namespace

void StreamWriter::on_turn_end() {
  // Woken by the stream or by a write: either way the stream decides whether it is still blocked.
  blocked_ = false;
  if (given_up_ && !failed_) fail_now();
  int fills = 0;
  do {
    filling_ = true;
    source_has_more_ = source_ != nullptr && !failed_ && source_->fill();
    filling_ = false;
    if (queue_.empty()) break;
    send();
  } while (source_has_more_ && !blocked_ && !failed_ && ++fills < kMaxFills);
  if (source_has_more_ && fills == kMaxFills) touch();
  shut_down_if_done();
  tell_waiters();
}

void StreamWriter::flush() {
  send();
  shut_down_if_done();
  tell_waiters();
}

void StreamWriter::shut_down_if_done() {
  if (!finishing_ || finished_ || failed_ || !queue_.empty() || source_has_more_) return;
  finished_ = true;
  stream_.shutdown_write();
}

void StreamWriter::send() {
  while (!queue_.empty() && !failed_ && !blocked_) {
    std::array<iovec, kMaxPieces> pieces;
    const std::size_t n = queue_.gather(pieces);
    const IoResult result = stream_.try_write({pieces.data(), n});
    switch (result.status) {
      case IoResult::Status::kOk:
        queue_.consume(result.bytes);
        sent_ += result.bytes;
        break;
      case IoResult::Status::kWouldBlock:
        blocked_ = true;
        stream_.arm_write(*this);
        if (!look_.linked()) {
          sent_at_look_ = sent_;
          loop_.add_timer(look_, kLook);
        }
        break;
      case IoResult::Status::kEof:
      case IoResult::Status::kError: fail_now(); break;
    }
  }
}

void StreamWriter::fail_now() {
  failed_ = true;
  source_has_more_ = false;
  queue_.clear();
  failure_.wake();
}

// Only notes: the end of the turn acts on it.
void StreamWriter::look() {
  if (queue_.empty() || failed_ || given_up_) return;
  if (loop_.pool().is_over_budget() && sent_ - sent_at_look_ < kLeastTaken) {
    given_up_ = true;
    loop_.pool().budget()->count(ByteBudget::Shed::kReader);
    touch();
    return;
  }
  sent_at_look_ = sent_;
  loop_.add_timer(look_, kLook);
}

Error StreamWriter::error() const {
  if (given_up_) return make_error(ErrorCode::kMemory, "the peer took nothing of what waited");
  return stream_.error();
}

void StreamWriter::tell_waiters() {
  if (failed_ || queue_.size() < kLowWater) drained_.wake();
  if (failed_ || idle()) idle_.wake();
}

void StreamWriter::arm_drained(Wakeable& who) {
  drained_.arm(who);
  if (failed_ || queue_.size() < kLowWater) drained_.wake();
}

void StreamWriter::arm_idle(Wakeable& who) {
  idle_.arm(who);
  if (failed_ || idle()) idle_.wake();
}

void StreamWriter::arm_failed(Wakeable& who) {
  failure_.arm(who);
  if (failed_) failure_.wake();
}

}  // namespace seine::runtime
