// SPDX-License-Identifier: Apache-2.0
#include "control/call_environment.h"

#include <utility>

namespace seine::control {

Result<void> limit_rate(const CallEnvironment& env, const grpc::Context& call) {
  if (env.limiter.allow(call.peer_ip, env.loop.now())) return {};
  return fail(ErrorCode::kRateLimited,
              call.peer_ip.to_string() + " calls more often than this service allows");
}

Result<CallerContext> admit(const CallEnvironment& env, const grpc::Context& call,
                            std::string_view workload) {
  auto limited = limit_rate(env, call);
  if (!limited) return fail(std::move(limited.error()));
  auto context = parse_caller_context(workload);
  if (!context || call.peer_identity.empty()) return context;
  const auto peer = model::Identity::parse(call.peer_identity);
  if (!peer) return fail(ErrorCode::kUnauthorized, "the caller's certificate names nobody");
  auto authorized = authorize_caller(env.names, *env.source.current(), *context, *peer);
  if (!authorized) return fail(std::move(authorized.error()));
  return context;
}

runtime::Task<bool> SourceWatch::changed() {
  if (!env_.drain.fired()) co_await waker_.wait();
  env_.source.changes().arm(change_, waker_);
  co_return !env_.drain.fired();
}

}  // namespace seine::control
