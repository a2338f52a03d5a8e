// SPDX-License-Identifier: Apache-2.0
// A borrowed stream whose bytes are counted in a telemetry row: the peer's side of a connection
// that is forwarded as it is.
#pragma once

#include "runtime/stream.h"
#include "telemetry/recorder.h"

namespace seine::proxy {

class CountedStream final : public runtime::Stream {
 public:
  // Both outlive it. `connection` null: nothing is counted.
  CountedStream(runtime::Stream& inner, telemetry::TcpConnection* connection)
      : inner_(inner), connection_(connection) {}

  runtime::IoResult try_read(std::span<std::byte> into) override {
    const runtime::IoResult result = inner_.try_read(into);
    if (connection_ != nullptr && result.bytes > 0) connection_->read(result.bytes);
    return result;
  }
  runtime::IoResult try_write(std::span<const iovec> pieces) override {
    const runtime::IoResult result = inner_.try_write(pieces);
    if (connection_ != nullptr && result.bytes > 0) connection_->written(result.bytes);
    return result;
  }
  void arm_read(runtime::Wakeable& who) override { inner_.arm_read(who); }
  void arm_write(runtime::Wakeable& who) override { inner_.arm_write(who); }
  void arm_hangup(runtime::Wakeable& who) override { inner_.arm_hangup(who); }
  bool hung_up() const override { return inner_.hung_up(); }
  void arm_peer_finished(runtime::Wakeable& who) override { inner_.arm_peer_finished(who); }
  void shutdown_write() override { inner_.shutdown_write(); }
  void abort() override { inner_.abort(); }
  Error error() const override { return inner_.error(); }

 private:
  runtime::Stream& inner_;
  telemetry::TcpConnection* const connection_;
};

}  // namespace seine::proxy
