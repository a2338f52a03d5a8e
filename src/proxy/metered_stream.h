// SPDX-License-Identifier: Apache-2.0
// A stream that counts: connections open, bytes each way, and how it closed. Goes around the stream
// that carries the application's bytes (inside TLS), as Linkerd's transport metrics do.
#pragma once

#include <cstdint>
#include <memory>

#include "proxy/telemetry.h"
#include "runtime/wrapped_stream.h"

namespace seine::telemetry {
class TcpConnection;
}

namespace seine::proxy {

// The series of one label set (reference: proxy API 4.4).
struct TransportSeries {
  metrics::Counter open_total;
  metrics::Gauge open_connections;
  metrics::Counter read_bytes;
  metrics::Counter write_bytes;
  metrics::Counter clean_close;
  // For a close with an errno, which is rare: the labels are built then.
  metrics::Family<metrics::Counter>& close_total;
  std::shared_ptr<const EndpointLabels> endpoint;
  std::string_view peer;  // static text
  std::size_t core;
};
TransportSeries transport_series(Telemetry& telemetry, std::size_t core,
                                 const TransportLabels& labels);

class MeteredStream final : public runtime::WrappedStream {
 public:
  // `row`, which outlives it, counts the bytes as well; null: there is none.
  MeteredStream(std::unique_ptr<runtime::Stream> inner, TransportSeries series,
                telemetry::TcpConnection* row = nullptr);
  ~MeteredStream() override;

  runtime::IoResult try_read(std::span<std::byte> into) override;
  runtime::IoResult try_write(std::span<const iovec> pieces) override;

 private:
  runtime::IoResult seen(runtime::IoResult result);

  const std::unique_ptr<runtime::Stream> inner_;
  TransportSeries series_;
  telemetry::TcpConnection* const row_;
  std::int32_t errno_ = 0;  // of the first failure
};

}  // namespace seine::proxy
