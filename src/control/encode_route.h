// SPDX-License-Identifier: Apache-2.0
// What routes of outbound and inbound policy have in common: hosts, matches and filters.
#pragma once

#include "io/linkerd/proxy/grpc_route.pb.h"
#include "io/linkerd/proxy/http_route.pb.h"
#include "io/linkerd/proxy/http_types.pb.h"
#include "model/filter.h"
#include "model/request_match.h"

namespace seine::control {

void encode_method(std::string_view method, io::linkerd::proxy::http_types::HttpMethod& out);
void encode_match(const model::HttpMatch& match,
                  io::linkerd::proxy::http_route::HttpRouteMatch& out);
void encode_match(const model::GrpcMatch& match,
                  io::linkerd::proxy::grpc_route::GrpcRouteMatch& out);
void encode_filter(const model::FailureInjector& injector,
                   io::linkerd::proxy::http_route::HttpFailureInjector& out);
void encode_filter(const model::FailureInjector& injector,
                   io::linkerd::proxy::grpc_route::GrpcFailureInjector& out);
void encode_filter(const model::RequestHeaderModifier& modifier,
                   io::linkerd::proxy::http_route::RequestHeaderModifier& out);
void encode_filter(const model::ResponseHeaderModifier& modifier,
                   io::linkerd::proxy::http_route::ResponseHeaderModifier& out);
void encode_filter(const model::Redirect& redirect,
                   io::linkerd::proxy::http_route::RequestRedirect& out);

// `Message` is a HostMatch or an SniMatch.
template <class Message>
void encode_host(const model::HostMatch& host, Message& out) {
  if (host.kind == model::HostMatch::Kind::kExact) {
    out.set_exact(host.name);
    return;
  }
  auto& suffix = *out.mutable_suffix();
  for (std::size_t end = host.name.size();;) {
    const std::size_t dot = end == 0 ? std::string::npos : host.name.rfind('.', end - 1);
    const std::size_t from = dot == std::string::npos ? 0 : dot + 1;
    suffix.add_reverse_labels(host.name.substr(from, end - from));
    if (dot == std::string::npos) return;
    end = dot;
  }
}

}  // namespace seine::control
