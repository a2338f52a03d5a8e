// SPDX-License-Identifier: Apache-2.0
#include "proxy/inbound/gateway_http.h"

#include <utility>

#include "proxy/inbound/forwarded.h"
#include "proxy/inbound/service_profiles.h"
#include "proxy/outbound/outbound.h"

namespace seine::proxy {

using runtime::Task;

Result<model::Authority> gateway_service(const TransportHeader& header) {
  Result<model::Authority> service = model::Authority::parse(header.name);
  // What came is not repeated: it may be anything.
  if (!service || service->port || service->ip()) {
    return fail(make_error(ErrorCode::kProtocol, "the transport header names no service")
                    .from(ErrorOrigin::kDownstream));
  }
  service->port = header.port;
  return service;
}

Result<void> check_gateway_name(const Config& config, const model::Authority& service) {
  if (is_under(service.host, config.gateway_suffixes)) return {};
  return fail(
      make_error(ErrorCode::kGatewayDomain,
                 service.to_string() + " is not under LINKERD2_PROXY_INBOUND_GATEWAY_SUFFIXES")
          .from(ErrorOrigin::kDownstream));
}

Result<void> GatewayHttp::check(const http::RequestHead& head) const {
  const std::string& own = context_.config.identity.local_id;
  if (was_forwarded_by(head.headers, own)) {
    return fail(
        make_error(ErrorCode::kGatewayLoop, "the request has passed " + own + " on its way here"));
  }
  return check_gateway_name(context_.config, service_);
}

Task<Result<std::shared_ptr<NamedHttp>>> GatewayHttp::find() {
  if (named_ == nullptr) {
    auto found = outbound_.named_http(service_, facts_.target, facts_.client);
    if (!found) co_return fail(std::move(found.error()));
    named_ = std::move(*found);
  }
  const std::shared_ptr<NamedHttp> named = named_;
  auto target = co_await named->known();
  if (target && (*target)->is_known) co_return named;
  // What is not known is not kept for as long as the connection lasts: names are bounded.
  named_.reset();
  if (!target) co_return fail(std::move(target.error()));
  co_return fail(unknown_service(service_.to_string()));
}

Task<Result<http::Response>> GatewayHttp::call(http::Request request) {
  if (auto passes = check(request.head); !passes) co_return fail(std::move(passes.error()));
  Result<std::shared_ptr<NamedHttp>> named = co_await find();
  if (!named) co_return fail(std::move(named.error()));
  const std::shared_ptr<NamedHttp> held = *named;
  // From here on the client is this proxy; who it was is told to whoever reads the other header.
  request.head.headers.remove(kClientId);
  request.head.headers.add(kForwarded,
                           forwarded_value({.by = context_.config.identity.local_id,
                                            .client = facts_.tls.peer_id,
                                            .authority = request.head.effective_authority()}));
  co_return co_await held->call(std::move(request));
}

}  // namespace seine::proxy
