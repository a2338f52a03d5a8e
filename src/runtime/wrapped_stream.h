// SPDX-License-Identifier: Apache-2.0
// A stream that looks on, or steps in, where another one reads and writes.
#pragma once

#include "runtime/stream.h"

namespace seine::runtime {

// Hands everything on to a stream that outlives it.
class WrappedStream : public Stream {
 public:
  IoResult try_read(std::span<std::byte> into) override { return inner_.try_read(into); }
  IoResult try_write(std::span<const iovec> pieces) override { return inner_.try_write(pieces); }
  void arm_read(Wakeable& who) override { inner_.arm_read(who); }
  void arm_write(Wakeable& who) override { inner_.arm_write(who); }
  void arm_hangup(Wakeable& who) override { inner_.arm_hangup(who); }
  bool hung_up() const override { return inner_.hung_up(); }
  void arm_peer_finished(Wakeable& who) override { inner_.arm_peer_finished(who); }
  void shutdown_write() override { inner_.shutdown_write(); }
  void abort() override { inner_.abort(); }
  Error error() const override { return inner_.error(); }

 protected:
  explicit WrappedStream(Stream& inner) : inner_(inner) {}

 private:
  Stream& inner_;
};

}  // namespace seine::runtime
