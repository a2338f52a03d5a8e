// SPDX-License-Identifier: Apache-2.0
#include "control/policy/inbound_service.h"

#include <string>
#include <utility>

#include "control/encode_inbound.h"
#include "control/encode_values.h"
#include "control/policy/inbound.h"
#include "io/linkerd/proxy/inbound.pb.h"

namespace seine::control {
namespace {

// One loop. All outlives it.
class InboundPolicyService final : public RpcService {
 public:
  InboundPolicyService(const CallEnvironment& env, model::ServerPolicy fallback)
      : env_(env), fallback_(std::move(fallback)) {}
  void serve(grpc::Methods& methods) override;

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
  std::string sent;
  do {
    Policy message;
    encode_inbound(find(*port), message);
    std::string bytes = deterministic_bytes(message);
    if (sent == bytes) continue;
    co_await out.write(message);
    sent = std::move(bytes);
  } while (co_await source.changed());
  co_return counted.end({});
}

}  // namespace

std::unique_ptr<RpcService> make_inbound_policy_service(const CallEnvironment& env,
                                                        model::ServerPolicy fallback) {
  return std::make_unique<InboundPolicyService>(env, std::move(fallback));
}

}  // namespace seine::control
