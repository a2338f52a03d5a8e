// SPDX-License-Identifier: Apache-2.0
#include "proxy/outbound/ingress_http.h"

#include <utility>

namespace seine::proxy {

using runtime::Task;

namespace {

// On one connection; beyond it they are looked up anew.
constexpr std::size_t kMaxNamed = 64;

}  // namespace

Result<std::shared_ptr<NamedHttp>> IngressHttp::find(const http::Headers& headers) {
  const Result<model::Authority> authority =
      override_name(headers, context_.config.profile_suffixes);
  if (!authority) return fail(authority.error());
  const std::string name = authority->to_string();
  if (const auto found = named_.find(name); found != named_.end()) return found->second;
  Result<std::shared_ptr<NamedHttp>> named =
      NamedHttp::find(context_, targets_, backends_, *authority, orig_dst_, client_);
  if (!named) return named;
  if (named_.size() >= kMaxNamed) named_.clear();
  named_.emplace(name, *named);
  return named;
}

Task<Result<http::Response>> IngressHttp::call(http::Request request) {
  if (!request.head.headers.contains(kDstOverride)) {
    co_return co_await direct_.call(std::move(request));
  }
  Result<std::shared_ptr<NamedHttp>> named = find(request.head.headers);
  if (!named) co_return direct_.refuse(request.head, named.error());
  // Held here as well: others of the connection's requests may push it out.
  const std::shared_ptr<NamedHttp> held = *named;
  request.head.headers.remove(kDstOverride);
  co_return co_await held->call(std::move(request));
}

}  // namespace seine::proxy
