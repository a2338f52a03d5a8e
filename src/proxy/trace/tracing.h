// SPDX-License-Identifier: Apache-2.0
// Tracing of this process, wired: where spans wait, and who sends them. Exists only where the
// environment names a collector.
#pragma once

#include <optional>

#include "proxy/config.h"
#include "proxy/trace/span_exporter.h"

namespace seine::proxy {

class Tracing {
 public:
  // On the control loop; outlives the workers, which post to its box. References outlive it. CHECKs
  // that the configuration asks for it.
  Tracing(runtime::EventLoop& loop, const Log& log, const Config& config);

  SpanBox& box() { return box_; }
  // The channel lives until close().
  void start(const grpc::Channel& channel);
  runtime::Task<void> finish();
  void close() { exporter_.reset(); }
  void write(metrics::TextWriter& writer) const;

 private:
  runtime::EventLoop& loop_;
  const Log& log_;
  const TraceConfig& config_;
  SpanBox box_;
  std::optional<SpanExporter> exporter_;
};

}  // namespace seine::proxy
