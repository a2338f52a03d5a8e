// SPDX-License-Identifier: Apache-2.0
#include "runtime/testing/memory_stream.h"

#include <errno.h>
#include <string.h>

#include <algorithm>

namespace seine::runtime::testing {

std::pair<std::unique_ptr<MemoryStream>, std::unique_ptr<MemoryStream>> MemoryStream::make_pair() {
  auto forth = std::make_shared<Pipe>();
  auto back = std::make_shared<Pipe>();
  return {std::unique_ptr<MemoryStream>(new MemoryStream(back, forth)),
          std::unique_ptr<MemoryStream>(new MemoryStream(forth, back))};
}

MemoryStream::~MemoryStream() {
  shutdown_write();
  in_->reset = true;
  in_->writer.wake();
}

IoResult MemoryStream::try_read(std::span<std::byte> into) {
  ++reads;
  if (in_->reset) return IoResult::error();
  if (in_->bytes.empty()) return in_->finished ? IoResult::eof() : IoResult::would_block();
  std::size_t n = std::min(into.size(), in_->bytes.size());
  if (max_read > 0) n = std::min(n, max_read);
  memcpy(into.data(), in_->bytes.data(), n);
  in_->bytes.erase(0, n);
  in_->writer.wake();
  return IoResult::ok(n);
}

IoResult MemoryStream::try_write(std::span<const iovec> pieces) {
  if (out_->reset || out_->finished) return IoResult::error();
  std::size_t room = static_cast<std::size_t>(-1);
  if (max_write > 0) room = max_write;
  if (capacity > 0) {
    room = std::min(room, capacity - std::min(capacity, out_->bytes.size()));
  }
  std::size_t taken = 0;
  for (const iovec& piece : pieces) {
    const std::size_t n = std::min(piece.iov_len, room - taken);
    out_->bytes.append(static_cast<const char*>(piece.iov_base), n);
    taken += n;
  }
  if (taken == 0) return IoResult::would_block();
  ++writes;
  out_->reader.wake();
  return IoResult::ok(taken);
}

void MemoryStream::arm_read(Wakeable& who) {
  in_->reader.arm(who);
  if (!in_->bytes.empty() || in_->finished || in_->reset) in_->reader.wake();
}

void MemoryStream::arm_write(Wakeable& who) {
  out_->writer.arm(who);
  if (capacity == 0 || out_->bytes.size() < capacity || out_->reset) out_->writer.wake();
}

void MemoryStream::arm_hangup(Wakeable& who) {
  in_->reader_hangup.arm(who);
  if (in_->reset) in_->reader_hangup.wake();
}

void MemoryStream::arm_peer_finished(Wakeable& who) {
  in_->reader_finished.arm(who);
  if (in_->finished || in_->reset) in_->reader_finished.wake();
}

void MemoryStream::shutdown_write() {
  out_->finished = true;
  out_->reader.wake();
  out_->reader_finished.wake();
}

void MemoryStream::abort() {
  for (Pipe* pipe : {in_.get(), out_.get()}) {
    pipe->reset = true;
    pipe->reader.wake();
    pipe->writer.wake();
    pipe->reader_hangup.wake();
    pipe->reader_finished.wake();
  }
}

Error MemoryStream::error() const {
  return errno_error(in_->reset ? ErrorCode::kRead : ErrorCode::kWrite, ECONNRESET,
                     "the other end is gone");
}

}  // namespace seine::runtime::testing
