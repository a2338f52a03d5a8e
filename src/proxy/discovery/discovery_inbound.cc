// SPDX-License-Identifier: Apache-2.0
// InboundServerPolicies.WatchPort.
#include <utility>

#include "io/linkerd/proxy/inbound.pb.h"
#include "model/server_policy.h"
#include "proxy/discovery/decode_inbound.h"
#include "proxy/discovery/discovery.h"

namespace seine::proxy {

namespace inbound_api = io::linkerd::proxy::inbound;
using runtime::Task;

namespace {

constexpr char kWatchPort[] = "/io.linkerd.proxy.inbound.InboundServerPolicies/WatchPort";

}  // namespace

Task<void> Discovery::watch(std::uint16_t port, Publisher<model::ServerPolicy>& publisher) {
  inbound_api::PortSpec request;
  request.set_workload(context_.config.policy_workload);
  request.set_port(port);
  const Error refused = co_await follow_stream<inbound_api::Server>(
      context_, policy_, kWatchPort, request, refuses_argument,
      [&](const inbound_api::Server& message, bool) {
        Result<model::ServerPolicy> policy = decode_inbound(message);
        if (!policy) {
          log_warn(context_.log, "an inbound policy cannot be used; the last one stays",
                   {{"port", std::to_string(port)}, {"error", policy.error().to_string()}});
          return;
        }
        publisher.publish(std::make_shared<const model::ServerPolicy>(std::move(*policy)));
      });
  log_warn(context_.log, "the control plane refuses a port; the default policy stays",
           {{"port", std::to_string(port)}, {"error", refused.to_string()}});
}

}  // namespace seine::proxy
