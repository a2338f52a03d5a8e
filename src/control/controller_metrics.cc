// SPDX-License-Identifier: Apache-2.0
#include "control/controller_metrics.h"

namespace seine::control {
namespace {

constexpr std::size_t kCore = 0;

struct ConnectionLabels {
  std::string_view port;
  std::string_view outcome;
  void write(metrics::LabelWriter& out) const { out.add("port", port).add("outcome", outcome); }
};

struct CallLabels {
  std::string_view method;
  std::string_view status;
  void write(metrics::LabelWriter& out) const { out.add("method", method).add("status", status); }
};

struct MethodLabels {
  std::string_view method;
  void write(metrics::LabelWriter& out) const { out.add("method", method); }
};

}  // namespace

ControllerMetrics::ControllerMetrics(metrics::Registry& registry)
    : connections_(registry.counter({.description = {.name = "seine_controller_connections",
                                                     .help = "Connections by how they began."}})),
      calls_(registry.counter({.description = {.name = "seine_controller_calls",
                                               .help = "Calls that ended, by their status."}})),
      open_calls_(registry.gauge(
          {.description = {.name = "seine_controller_open_calls", .help = "Calls under way."}})),
      issuer_expiry_(registry.gauge(
          {.description = {.name = "seine_controller_issuer_expiration_timestamp",
                           .help = "When the issuer of workloads' certificates expires.",
                           .unit = metrics::Unit::kSeconds}})) {}

void ControllerMetrics::count_connection(std::string_view port, std::string_view outcome) {
  connections_.get(kCore, ConnectionLabels{port, outcome}).add();
}

void ControllerMetrics::count_call(std::string_view method, grpc::StatusCode status) {
  calls_.get(kCore, CallLabels{method, grpc::status_name(status)}).add();
}

metrics::Gauge ControllerMetrics::open_calls(std::string_view method) {
  return open_calls_.get(kCore, MethodLabels{method});
}

metrics::Gauge ControllerMetrics::issuer_expiry() {
  return issuer_expiry_.get(kCore);
}

}  // namespace seine::control
