// SPDX-License-Identifier: Apache-2.0
// What routes of outbound and inbound policy have in common: hosts, matches and filters.
#pragma once

#include "base/result.h"
#include "io/linkerd/proxy/grpc_route.pb.h"
#include "io/linkerd/proxy/http_route.pb.h"
#include "io/linkerd/proxy/http_types.pb.h"
#include "model/filter.h"
#include "model/request_match.h"

namespace seine::proxy {

Result<std::string> decode_method(const io::linkerd::proxy::http_types::HttpMethod& message);
Result<model::HttpMatch> decode_match(
    const io::linkerd::proxy::http_route::HttpRouteMatch& message);
Result<model::GrpcMatch> decode_match(
    const io::linkerd::proxy::grpc_route::GrpcRouteMatch& message);

Result<model::FailureInjector> decode_filter(
    const io::linkerd::proxy::http_route::HttpFailureInjector& message);
Result<model::FailureInjector> decode_filter(
    const io::linkerd::proxy::grpc_route::GrpcFailureInjector& message);
Result<model::Redirect> decode_filter(
    const io::linkerd::proxy::http_route::RequestRedirect& message);
Result<model::RequestHeaderModifier> decode_filter(
    const io::linkerd::proxy::http_route::RequestHeaderModifier& message);
Result<model::ResponseHeaderModifier> decode_filter(
    const io::linkerd::proxy::http_route::ResponseHeaderModifier& message);

// `message` is a HostMatch or an SniMatch: an exact name, or the reversed labels of a suffix.
template <class Message>
Result<model::HostMatch> decode_host(const Message& message);

std::string ascii_lower(std::string_view text);

}  // namespace seine::proxy
