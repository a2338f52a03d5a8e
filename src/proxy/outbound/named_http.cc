// SPDX-License-Identifier: Apache-2.0
#include "proxy/outbound/named_http.h"

#include <utility>

namespace seine::proxy {

using runtime::Task;

Result<std::shared_ptr<NamedHttp>> NamedHttp::find(WorkerContext& context, OverrideTargets& targets,
                                                   Backends& backends,
                                                   const model::Authority& service,
                                                   const SocketAddr& at, const SocketAddr& client) {
  Result<OutboundTargets::Lease> lease = targets.find(service.to_string());
  if (!lease) return fail(std::move(lease.error()));
  return std::shared_ptr<NamedHttp>(
      new NamedHttp(context, backends, std::move(*lease), service, at, client));
}

NamedHttp::NamedHttp(WorkerContext& context, Backends& backends, OutboundTargets::Lease lease,
                     const model::Authority& service, const SocketAddr& at,
                     const SocketAddr& client)
    : context_(context),
      name_(service.to_string()),
      lease_(std::move(lease)),
      // Counted under the service's port: that of the address may be a pod's.
      service_(context, backends, lease_, {at.ip, service.port_or(0)}, client, name_) {}

[[clang::coro_wrapper]] Task<Result<std::shared_ptr<const OutboundTarget>>> NamedHttp::known() {
  return first_target(context_.loop, lease_, context_.config.outbound.failfast_timeout, name_);
}

[[clang::coro_wrapper]] Task<Result<http::Response>> NamedHttp::call(http::Request request) {
  return service_.call(std::move(request));
}

}  // namespace seine::proxy
