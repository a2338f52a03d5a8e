// SPDX-License-Identifier: Apache-2.0
// The proxy's side of the control plane, on the control loop: three channels, the certifier, and
// the hubs from which workers are fed.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "proxy/courier.h"
#include "proxy/worker.h"

namespace seine::grpc {
class Channel;
}

namespace seine::proxy {

// What it works with. Borrowed; outlives it.
struct ControlPlaneContext {
  runtime::EventLoop& loop;
  const Log& log;
  const Config& config;
  const crypto::TrustAnchors& anchors;
  Telemetry& telemetry;
  std::size_t core;  // index of this loop's cells in the metrics
};

class ControlPlane {
 public:
  // References outlive it.
  ControlPlane(const ControlPlaneContext& context, TlsState::Context anonymous_tls, TlsState& tls,
               FastRandom& random);
  ControlPlane(const ControlPlane&) = delete;
  ControlPlane& operator=(const ControlPlane&) = delete;
  ~ControlPlane();

  // Where hubs deliver to; before anything subscribes. Workers are borrowed and outlive the loop's
  // run.
  void serve(const std::vector<Worker*>& workers);
  // What worker `index` needs to ask for keys: errands to this loop.
  static WorkerSubscriptions subscriptions(Courier& to_control, ControlPlane*& plane,
                                           std::size_t index);
  // For seine.telemetry.v1; null unless the configuration names a receiver.
  const grpc::Channel* telemetry() const;
  // For the collector of traces; null unless the configuration names one.
  const grpc::Channel* traces() const;
  // `on_certified` is called on this loop with each certificate.
  void start(std::function<void(TlsState::Context)> on_certified);

 private:
  struct Parts;

  const std::unique_ptr<Parts> parts_;
};

}  // namespace seine::proxy
