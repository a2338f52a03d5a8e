// SPDX-License-Identifier: Apache-2.0
#include "proxy/metered_stream.h"

#include <utility>

#include "telemetry/recorder.h"

namespace seine::proxy {

namespace {

// Label text that is finished already, with the errno behind it.
struct CloseLabels {
  const TransportLabels& labels;
  std::int32_t err;
  void write(metrics::LabelWriter& writer) const {
    labels.write(writer);
    writer.add("errno", err == 0 ? std::string_view() : errno_name(err));
  }
};

}  // namespace

TransportSeries transport_series(Telemetry& telemetry, std::size_t core,
                                 const TransportLabels& labels) {
  return {.open_total = telemetry.tcp_open_total.get(core, labels),
          .open_connections = telemetry.tcp_open_connections.get(core, labels),
          .read_bytes = telemetry.tcp_read_bytes_total.get(core, labels),
          .write_bytes = telemetry.tcp_write_bytes_total.get(core, labels),
          .clean_close = telemetry.tcp_close_total.get(core, CloseLabels{labels, 0}),
          .close_total = telemetry.tcp_close_total,
          .endpoint = std::make_shared<const EndpointLabels>(labels.endpoint),
          .peer = labels.peer,
          .core = core};
}

MeteredStream::MeteredStream(std::unique_ptr<runtime::Stream> inner, TransportSeries series,
                             telemetry::TcpConnection* row)
    : WrappedStream(*inner), inner_(std::move(inner)), series_(std::move(series)), row_(row) {
  series_.open_total.add();
  series_.open_connections.add();
}

MeteredStream::~MeteredStream() {
  series_.open_connections.sub();
  if (errno_ == 0) {
    series_.clean_close.add();
    return;
  }
  const TransportLabels labels{*series_.endpoint, series_.peer};
  series_.close_total.get(series_.core, CloseLabels{labels, errno_}).add();
}

runtime::IoResult MeteredStream::seen(runtime::IoResult result) {
  if (result.status == runtime::IoResult::Status::kError && errno_ == 0) {
    const Error error = inner_->error();
    if (error.cause == Error::Cause::kErrno) errno_ = error.cause_code;
  }
  return result;
}

runtime::IoResult MeteredStream::try_read(std::span<std::byte> into) {
  const runtime::IoResult result = inner_->try_read(into);
  if (result.bytes > 0) {
    series_.read_bytes.add(result.bytes);
    if (row_ != nullptr) row_->read(result.bytes);
    return result;
  }
  return seen(result);
}

runtime::IoResult MeteredStream::try_write(std::span<const iovec> pieces) {
  const runtime::IoResult result = inner_->try_write(pieces);
  if (result.bytes > 0) {
    series_.write_bytes.add(result.bytes);
    if (row_ != nullptr) row_->written(result.bytes);
    return result;
  }
  return seen(result);
}

}  // namespace seine::proxy
