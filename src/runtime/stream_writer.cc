// SPDX-License-Identifier: Apache-2.0
#include "runtime/stream_writer.h"

#include <array>

namespace seine::runtime {

namespace {
constexpr std::size_t kMaxPieces = 64;
}

void StreamWriter::on_turn_end() {
  // Woken by the socket or by a write: either way the socket decides whether it is still blocked.
  blocked_ = false;
  bool more = false;
  do {
    more = source_ != nullptr && !failed_ && source_->fill();
    flush();
  } while (more && !blocked_ && !failed_);
}

void StreamWriter::flush() {
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
        break;
      case IoResult::Status::kEof:
      case IoResult::Status::kError:
        failed_ = true;
        queue_.clear();
        failure_.wake();
        break;
    }
  }
  if (queue_.empty() && finishing_ && !finished_ && !failed_) {
    finished_ = true;
    stream_.shutdown_write();
  }
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
