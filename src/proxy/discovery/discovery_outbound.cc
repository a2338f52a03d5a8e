// SPDX-License-Identifier: Apache-2.0
// OutboundPolicies.Watch.
#include <utility>

#include "io/linkerd/proxy/outbound.pb.h"
#include "proxy/discovery/decode_outbound.h"
#include "proxy/discovery/decode_values.h"
#include "proxy/discovery/discovery.h"
#include "proxy/discovery/target_join.h"

namespace seine::proxy {

namespace outbound_api = io::linkerd::proxy::outbound;
using runtime::Task;

namespace {

constexpr char kWatch[] = "/io.linkerd.proxy.outbound.OutboundPolicies/Watch";

}  // namespace

Task<Result<void>> Discovery::follow_policy(TargetKey key, TargetJoin& joined) {
  outbound_api::TrafficSpec request;
  request.set_source_workload(context_.config.policy_workload);
  if (const auto* addr = std::get_if<SocketAddr>(&key)) {
    encode_addr(*addr, *request.mutable_addr());
  } else {
    request.set_authority(target_path(key));
  }
  const Error refused = co_await follow_stream<outbound_api::OutboundPolicy>(
      context_, policy_, kWatch, request, refuses_or_lacks,
      [&](const outbound_api::OutboundPolicy& message, bool) {
        Result<model::ClientPolicy> policy = decode_outbound(message);
        if (!policy) {
          log_warn(context_.log, "an outbound policy cannot be used; its traffic fails",
                   {{"dst", target_path(key)}, {"error", policy.error().to_string()}});
        }
        joined.set_policy(std::move(policy));
      });
  const grpc::StatusCode code = grpc::status_code(refused);
  if (code == grpc::StatusCode::kNotFound || code == grpc::StatusCode::kUnimplemented) {
    joined.set_no_policy();
  } else {
    Error error = refused;
    error.code = ErrorCode::kInvalidPolicy;
    joined.set_policy(fail(std::move(error).from(ErrorOrigin::kControlPlane)));
  }
  co_return Result<void>();
}

}  // namespace seine::proxy
