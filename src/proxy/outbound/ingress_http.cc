// SPDX-License-Identifier: Apache-2.0
#include "proxy/outbound/ingress_http.h"

#include <utility>

namespace seine::proxy {

using runtime::Task;

namespace {

// On one connection; beyond it they are looked up anew.
constexpr std::size_t kMaxNamed = 64;

}  // namespace

IngressHttp::Named::Named(IngressHttp& owner, OutboundTargets::Lease held,
                          const model::Authority& authority)
    : name(authority.to_string()),
      lease(std::move(held)),
      // Counted under the service's port: that of the address may be a pod's.
      service(owner.context_, owner.backends_, lease,
              {owner.orig_dst_.ip, authority.port.value_or(0)}, owner.client_) {}

Result<std::shared_ptr<IngressHttp::Named>> IngressHttp::find(const http::Headers& headers) {
  const Result<model::Authority> authority =
      override_name(headers, context_.config.profile_suffixes);
  if (!authority) return fail(authority.error());
  const std::string name = authority->to_string();
  if (const auto found = named_.find(name); found != named_.end()) return found->second;
  Result<OutboundTargets::Lease> lease = targets_.find(name);
  if (!lease) return fail(std::move(lease.error()));
  if (named_.size() >= kMaxNamed) named_.clear();
  auto named = std::make_shared<Named>(*this, std::move(*lease), *authority);
  named_.emplace(name, named);
  return named;
}

Task<Result<http::Response>> IngressHttp::call(http::Request request) {
  if (!request.head.headers.contains(kDstOverride)) {
    co_return co_await direct_.call(std::move(request));
  }
  Result<std::shared_ptr<Named>> named = find(request.head.headers);
  if (!named) co_return direct_.refuse(request.head, named.error());
  // Held here as well: others of the connection's requests may push it out.
  const std::shared_ptr<Named> held = *named;
  request.head.headers.remove(kDstOverride);
  if (auto known = co_await targets_.wait(held->name, held->lease); !known) {
    co_return direct_.refuse(request.head, known.error());
  }
  co_return co_await held->service.call(std::move(request));
}

}  // namespace seine::proxy
