// SPDX-License-Identifier: Apache-2.0
// io.linkerd.proxy.outbound.OutboundPolicies and io.linkerd.proxy.inbound.InboundServerPolicies.
// Streams last until the caller goes or the process drains.
#pragma once

#include <optional>

#include "control/call_environment.h"
#include "control/destination/endpoints.h"
#include "grpc/server.h"
#include "io/linkerd/proxy/inbound.pb.h"
#include "io/linkerd/proxy/outbound.pb.h"
#include "model/client_policy.h"
#include "model/server_policy.h"

namespace seine::control {

// One loop. All outlives it.
class OutboundPolicyService {
 public:
  explicit OutboundPolicyService(const CallEnvironment& env) : env_(env) {}
  void serve(grpc::Methods& methods);

 private:
  using Request = io::linkerd::proxy::outbound::TrafficSpec;
  using Policy = io::linkerd::proxy::outbound::OutboundPolicy;

  runtime::Task<grpc::Status> get(const grpc::Context& call, const Request& request,
                                  Policy& response);
  runtime::Task<grpc::Status> watch(const grpc::Context& call, const Request& request,
                                    grpc::Writer<Policy>& out);
  Result<Target> accept(const grpc::Context& call, const Request& request) const;
  // Error kNotFound: the proxy makes a policy of its own.
  Result<model::ClientPolicy> find(const Target& target) const;

  const CallEnvironment env_;
};

// One loop. All outlives it.
class InboundPolicyService {
 public:
  // `fallback`: see make_sent_default_policy.
  InboundPolicyService(const CallEnvironment& env, model::ServerPolicy fallback)
      : env_(env), fallback_(std::move(fallback)) {}
  void serve(grpc::Methods& methods);

 private:
  using Request = io::linkerd::proxy::inbound::PortSpec;
  using Policy = io::linkerd::proxy::inbound::Server;
  struct Port {
    CallerContext workload;
    std::uint16_t number;
  };

  runtime::Task<grpc::Status> get(const grpc::Context& call, const Request& request,
                                  Policy& response);
  runtime::Task<grpc::Status> watch(const grpc::Context& call, const Request& request,
                                    grpc::Writer<Policy>& out);
  Result<Port> accept(const grpc::Context& call, const Request& request) const;
  model::ServerPolicy find(const Port& port) const;

  const CallEnvironment env_;
  const model::ServerPolicy fallback_;
};

}  // namespace seine::control
