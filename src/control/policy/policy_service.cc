// SPDX-License-Identifier: Apache-2.0
#include "control/policy/policy_service.h"

#include <utility>

#include "control/encode_inbound.h"
#include "control/encode_outbound.h"
#include "control/encode_values.h"
#include "control/policy/inbound.h"
#include "control/policy/outbound.h"

namespace seine::control {

void OutboundPolicyService::serve(grpc::Methods& methods) {
  methods.unary("/io.linkerd.proxy.outbound.OutboundPolicies/Get", *this,
                &OutboundPolicyService::get);
  methods.stream("/io.linkerd.proxy.outbound.OutboundPolicies/Watch", *this,
                 &OutboundPolicyService::watch);
}

Result<Target> OutboundPolicyService::accept(const grpc::Context& call,
                                             const Request& request) const {
  const auto caller = admit(env_, call, request.source_workload());
  if (!caller) return fail(caller.error());
  if (request.has_authority()) return parse_target(env_.names, request.authority());
  const auto addr = decode_addr(request.addr());
  if (!addr) return fail(ErrorCode::kInvalidArgument, "the request names no destination");
  return SocketAddr{addr->ip.unmapped(), addr->port};
}

Result<model::ClientPolicy> OutboundPolicyService::find(const Target& target) const {
  auto policy = find_outbound_policy(env_.names, *env_.source.current(), target);
  if (!policy) return fail(ErrorCode::kNotFound, "no service or pod has this destination");
  return *std::move(policy);
}

runtime::Task<grpc::Status> OutboundPolicyService::get(const grpc::Context& call,
                                                       const Request& request, Policy& response) {
  CountedCall counted(env_.metrics, "OutboundPolicies/Get");
  const auto target = accept(call, request);
  if (!target) co_return counted.end(grpc::to_status(target.error()));
  const auto policy = find(*target);
  if (!policy) co_return counted.end(grpc::to_status(policy.error()));
  encode_outbound(*policy, response);
  co_return counted.end({});
}

runtime::Task<grpc::Status> OutboundPolicyService::watch(const grpc::Context& call,
                                                         const Request& request,
                                                         grpc::Writer<Policy>& out) {
  CountedCall counted(env_.metrics, "OutboundPolicies/Watch");
  const auto target = accept(call, request);
  if (!target) co_return counted.end(grpc::to_status(target.error()));
  SourceWatch source(env_);
  std::optional<model::ClientPolicy> sent;
  do {
    auto found = find(*target);
    if (!found) co_return counted.end(grpc::to_status(found.error()));
    if (sent == *found) continue;
    Policy message;
    encode_outbound(*found, message);
    co_await out.write(message);
    sent = *std::move(found);
  } while (co_await source.changed());
  co_return counted.end({});
}

void InboundPolicyService::serve(grpc::Methods& methods) {
  methods.unary("/io.linkerd.proxy.inbound.InboundServerPolicies/GetPort", *this,
                &InboundPolicyService::get);
  methods.stream("/io.linkerd.proxy.inbound.InboundServerPolicies/WatchPort", *this,
                 &InboundPolicyService::watch);
}

Result<InboundPolicyService::Port> InboundPolicyService::accept(const grpc::Context& call,
                                                                const Request& request) const {
  auto caller = admit(env_, call, request.workload());
  if (!caller) return fail(std::move(caller.error()));
  if (request.port() == 0 || request.port() > 65535) {
    return fail(ErrorCode::kInvalidArgument, "the port must be from 1 to 65535");
  }
  return Port{*std::move(caller), static_cast<std::uint16_t>(request.port())};
}

model::ServerPolicy InboundPolicyService::find(const Port& port) const {
  const std::shared_ptr<const Snapshot> snapshot = env_.source.current();
  const PodRef ref = snapshot->find_pod(port.workload.ns, port.workload.pod);
  return find_inbound_policy(*snapshot, fallback_, ref, port.number);
}

runtime::Task<grpc::Status> InboundPolicyService::get(const grpc::Context& call,
                                                      const Request& request, Policy& response) {
  CountedCall counted(env_.metrics, "InboundServerPolicies/GetPort");
  const auto port = accept(call, request);
  if (!port) co_return counted.end(grpc::to_status(port.error()));
  encode_inbound(find(*port), response);
  co_return counted.end({});
}

runtime::Task<grpc::Status> InboundPolicyService::watch(const grpc::Context& call,
                                                        const Request& request,
                                                        grpc::Writer<Policy>& out) {
  CountedCall counted(env_.metrics, "InboundServerPolicies/WatchPort");
  const auto port = accept(call, request);
  if (!port) co_return counted.end(grpc::to_status(port.error()));
  SourceWatch source(env_);
  std::optional<model::ServerPolicy> sent;
  do {
    model::ServerPolicy found = find(*port);
    if (sent == found) continue;
    Policy message;
    encode_inbound(found, message);
    co_await out.write(message);
    sent = std::move(found);
  } while (co_await source.changed());
  co_return counted.end({});
}

}  // namespace seine::control
