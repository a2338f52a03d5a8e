// SPDX-License-Identifier: Apache-2.0
#include "control/encode_route.h"

#include <algorithm>
#include <iterator>

namespace seine::control {

namespace wire = io::linkerd::proxy;

namespace {

template <class Message>
void encode_value(const model::ValueMatch& match, Message& out) {
  out.set_name(match.name);
  if (const auto* exact = std::get_if<std::string>(&match.value)) {
    out.set_exact(*exact);
  } else {
    out.set_regex(std::get<model::Regex>(match.value).pattern());
  }
}

void encode_path(const model::PathMatch& match, wire::http_route::PathMatch& out) {
  if (const auto* exact = std::get_if<model::PathMatch::Exact>(&match.kind)) {
    out.set_exact(exact->path);
  } else if (const auto* prefix = std::get_if<model::PathMatch::Prefix>(&match.kind)) {
    out.set_prefix(prefix->path);
  } else {
    out.set_regex(std::get<model::Regex>(match.kind).pattern());
  }
}

template <class Message>
void encode_modifier(const model::HeaderModifier& modifier, Message& out) {
  const auto put = [](const auto& fields, wire::http_types::Headers& headers) {
    for (const auto& [name, value] : fields) {
      wire::http_types::Headers::Header& header = *headers.add_headers();
      header.set_name(name);
      header.set_value(value);
    }
  };
  put(modifier.add, *out.mutable_add());
  put(modifier.set, *out.mutable_set());
  for (const std::string& name : modifier.remove) out.add_remove(name);
}

void encode_ratio(const model::FailureInjector& injector, wire::http_route::Ratio& out) {
  out.set_numerator(injector.numerator);
  out.set_denominator(injector.denominator);
}

}  // namespace

void encode_method(std::string_view method, wire::http_types::HttpMethod& out) {
  using Wire = wire::http_types::HttpMethod;
  constexpr std::string_view kNames[] = {"GET",     "POST",    "PUT",  "DELETE", "PATCH",
                                         "OPTIONS", "CONNECT", "HEAD", "TRACE"};
  const auto* const found = std::ranges::find(kNames, method);
  if (found == std::end(kNames)) {
    out.set_unregistered(std::string(method));
  } else {
    out.set_registered(static_cast<Wire::Registered>(found - std::begin(kNames)));
  }
}

void encode_match(const model::HttpMatch& match, wire::http_route::HttpRouteMatch& out) {
  if (match.path) encode_path(*match.path, *out.mutable_path());
  for (const model::ValueMatch& header : match.headers) encode_value(header, *out.add_headers());
  for (const model::ValueMatch& one : match.query) encode_value(one, *out.add_query_params());
  if (match.method) encode_method(*match.method, *out.mutable_method());
}

void encode_match(const model::GrpcMatch& match, wire::grpc_route::GrpcRouteMatch& out) {
  if (!match.service.empty() || !match.method.empty()) {
    out.mutable_rpc()->set_service(match.service);
    out.mutable_rpc()->set_method(match.method);
  }
  for (const model::ValueMatch& header : match.headers) encode_value(header, *out.add_headers());
}

void encode_filter(const model::FailureInjector& injector,
                   wire::http_route::HttpFailureInjector& out) {
  out.set_status(injector.status);
  out.set_message(injector.message);
  encode_ratio(injector, *out.mutable_ratio());
}

void encode_filter(const model::FailureInjector& injector,
                   wire::grpc_route::GrpcFailureInjector& out) {
  out.set_code(injector.status);
  out.set_message(injector.message);
  encode_ratio(injector, *out.mutable_ratio());
}

void encode_filter(const model::RequestHeaderModifier& modifier,
                   wire::http_route::RequestHeaderModifier& out) {
  encode_modifier(modifier, out);
}

void encode_filter(const model::ResponseHeaderModifier& modifier,
                   wire::http_route::ResponseHeaderModifier& out) {
  encode_modifier(modifier, out);
}

void encode_filter(const model::Redirect& redirect, wire::http_route::RequestRedirect& out) {
  using Scheme = wire::http_types::Scheme;
  if (redirect.scheme == "http") {
    out.mutable_scheme()->set_registered(Scheme::HTTP);
  } else if (redirect.scheme == "https") {
    out.mutable_scheme()->set_registered(Scheme::HTTPS);
  } else if (!redirect.scheme.empty()) {
    out.mutable_scheme()->set_unregistered(redirect.scheme);
  }
  out.set_host(redirect.host);
  if (redirect.path == model::Redirect::Path::kFull) {
    out.mutable_path()->set_full(redirect.path_text);
  } else if (redirect.path == model::Redirect::Path::kPrefix) {
    out.mutable_path()->set_prefix(redirect.path_text);
  }
  out.set_port(redirect.port.value_or(0));
  out.set_status(redirect.status);
}

}  // namespace seine::control
