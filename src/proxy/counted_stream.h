// SPDX-License-Identifier: Apache-2.0
// A borrowed stream whose bytes are counted in a telemetry row: the peer's side of a connection
// that is forwarded as it is.
#pragma once

#include "runtime/wrapped_stream.h"
#include "telemetry/recorder.h"

namespace seine::proxy {

class CountedStream final : public runtime::WrappedStream {
 public:
  // Both outlive it. `connection` null: nothing is counted.
  CountedStream(runtime::Stream& inner, telemetry::TcpConnection* connection)
      : WrappedStream(inner), connection_(connection) {}

  runtime::IoResult try_read(std::span<std::byte> into) override {
    const runtime::IoResult result = WrappedStream::try_read(into);
    if (connection_ != nullptr && result.bytes > 0) connection_->read(result.bytes);
    return result;
  }
  runtime::IoResult try_write(std::span<const iovec> pieces) override {
    const runtime::IoResult result = WrappedStream::try_write(pieces);
    if (connection_ != nullptr && result.bytes > 0) connection_->written(result.bytes);
    return result;
  }

 private:
  telemetry::TcpConnection* const connection_;
};

}  // namespace seine::proxy
