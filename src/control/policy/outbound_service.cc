// SPDX-License-Identifier: Apache-2.0
#include "control/policy/outbound_service.h"

#include <optional>
#include <utility>

#include "control/destination/endpoints.h"
#include "control/encode_outbound.h"
#include "control/encode_values.h"
#include "control/policy/outbound.h"
#include "io/linkerd/proxy/outbound.pb.h"
#include "model/client_policy.h"

namespace seine::control {
namespace {

// One loop. All outlives it.
class OutboundPolicyService final : public RpcService {
 public:
  explicit OutboundPolicyService(const CallEnvironment& env) : env_(env) {}
  void serve(grpc::Methods& methods) override;

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

}  // namespace

std::unique_ptr<RpcService> make_outbound_policy_service(const CallEnvironment& env) {
  return std::make_unique<OutboundPolicyService>(env);
}

}  // namespace seine::control
