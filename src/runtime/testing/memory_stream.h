// SPDX-License-Identifier: Apache-2.0
// Two streams joined in memory, for tests: what one writes the other reads, in pieces as small as
// the test asks for. One loop.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "runtime/stream.h"

namespace seine::runtime::testing {

class MemoryStream final : public Stream {
 public:
  // Shared by both ends; each direction is a string with its state.
  struct Pipe {
    std::string bytes;
    bool finished = false;  // the writer has shut down
    bool reset = false;
    WakeSlot reader;
    WakeSlot writer;
    WakeSlot reader_hangup;
    WakeSlot reader_finished;
  };

  // At most this many bytes per call and in flight; 0: no limit.
  std::size_t max_read = 0;
  std::size_t max_write = 0;
  std::size_t capacity = 0;
  std::size_t reads = 0;   // calls of try_read
  std::size_t writes = 0;  // calls of try_write that took something

  static std::pair<std::unique_ptr<MemoryStream>, std::unique_ptr<MemoryStream>> make_pair();
  ~MemoryStream() override;

  IoResult try_read(std::span<std::byte> into) override;
  IoResult try_write(std::span<const iovec> pieces) override;
  void arm_read(Wakeable& who) override;
  void arm_write(Wakeable& who) override;
  void arm_hangup(Wakeable& who) override;
  bool hung_up() const override { return in_->reset; }
  void arm_peer_finished(Wakeable& who) override;
  void shutdown_write() override;
  void abort() override;
  Error error() const override;

  // What the other end has written and this one has not read.
  std::string& unread() { return in_->bytes; }
  bool peer_finished() const { return in_->finished; }

 private:
  MemoryStream(std::shared_ptr<Pipe> in, std::shared_ptr<Pipe> out)
      : in_(std::move(in)), out_(std::move(out)) {}
  std::shared_ptr<Pipe> in_;
  std::shared_ptr<Pipe> out_;
};

}  // namespace seine::runtime::testing
