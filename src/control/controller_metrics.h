// SPDX-License-Identifier: Apache-2.0
// What the controller counts. Recorded on its one loop.
#pragma once

#include <string_view>

#include "grpc/status.h"
#include "metrics/registry.h"

namespace seine::control {

class ControllerMetrics {
 public:
  // `registry` outlives it.
  explicit ControllerMetrics(metrics::Registry& registry);

  // seine_controller_connections_total{port, outcome}: "served", "tls handshake",
  // "no client certificate", "too many connections".
  void count_connection(std::string_view port, std::string_view outcome);
  // seine_controller_calls_total{method, status}
  void count_call(std::string_view method, grpc::StatusCode status);
  // seine_controller_open_calls{method}
  metrics::Gauge open_calls(std::string_view method);
  // seine_controller_issuer_expiration_timestamp_seconds
  metrics::Gauge issuer_expiry();

 private:
  metrics::Family<metrics::Counter>& connections_;
  metrics::Family<metrics::Counter>& calls_;
  metrics::Family<metrics::Gauge>& open_calls_;
  metrics::Family<metrics::Gauge>& issuer_expiry_;
};

// One call from its beginning to its status; one that is dropped before counts as cancelled, since
// then the caller went away.
class CountedCall {
 public:
  CountedCall(ControllerMetrics& metrics, std::string_view method)
      : metrics_(metrics), method_(method), open_(metrics.open_calls(method)) {
    open_.add();
  }
  ~CountedCall() {
    open_.sub();
    metrics_.count_call(method_, status_);
  }
  CountedCall(const CountedCall&) = delete;
  CountedCall& operator=(const CountedCall&) = delete;

  grpc::Status end(grpc::Status status) {
    status_ = status.code;
    return status;
  }

 private:
  ControllerMetrics& metrics_;
  const std::string_view method_;
  const metrics::Gauge open_;
  grpc::StatusCode status_ = grpc::StatusCode::kCancelled;
};

}  // namespace seine::control
