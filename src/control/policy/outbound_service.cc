// SPDX-License-Identifier: Apache-2.0
#include "control/policy/outbound_service.h"

#include <string>
#include <utility>

#include "control/destination/endpoints.h"
#include "control/encode_outbound.h"
#include "control/encode_values.h"
#include "control/policy/outbound.h"
#include "io/linkerd/proxy/outbound.pb.h"

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
  // Fills `message`. Error kNotFound: the proxy makes a policy of its own.
  Result<void> find(const Target& target, Policy& message) const;

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

Result<void> OutboundPolicyService::find(const Target& target, Policy& message) const {
  const auto policy = find_outbound_policy(env_.names, *env_.source.current(), target);
  if (!policy) return fail(ErrorCode::kNotFound, "no service or pod has this destination");
  encode_outbound(*policy, message);
  return {};
}

runtime::Task<grpc::Status> OutboundPolicyService::get(const grpc::Context& call,
                                                       const Request& request, Policy& response) {
  CountedCall counted(env_.metrics, "OutboundPolicies/Get");
  const auto target = accept(call, request);
  if (!target) co_return counted.end(grpc::to_status(target.error()));
  const auto found = find(*target, response);
  if (!found) co_return counted.end(grpc::to_status(found.error()));
  co_return counted.end({});
}

runtime::Task<grpc::Status> OutboundPolicyService::watch(const grpc::Context& call,
                                                         const Request& request,
                                                         grpc::Writer<Policy>& out) {
  CountedCall counted(env_.metrics, "OutboundPolicies/Watch");
  const auto target = accept(call, request);
  if (!target) co_return counted.end(grpc::to_status(target.error()));
  SourceWatch source(env_);
  std::string sent;
  do {
    Policy message;
    const auto found = find(*target, message);
    if (!found) co_return counted.end(grpc::to_status(found.error()));
    std::string bytes = deterministic_bytes(message);
    if (sent == bytes) continue;
    co_await out.write(message);
    sent = std::move(bytes);
  } while (co_await source.changed());
  co_return counted.end({});
}

}  // namespace

std::unique_ptr<RpcService> make_outbound_policy_service(const CallEnvironment& env) {
  return std::make_unique<OutboundPolicyService>(env);
}

}  // namespace seine::control
