// SPDX-License-Identifier: Apache-2.0
#include "proxy/discovery/decode_route.h"

#include <algorithm>

#include "fmt/format.h"

#include "io/linkerd/proxy/tls_route.pb.h"
#include "proxy/discovery/decode_values.h"

namespace seine::proxy {

namespace wire = io::linkerd::proxy;

namespace {

Result<model::Regex> decode_regex(const std::string& pattern) {
  Result<model::Regex> regex = model::Regex::compile(pattern);
  if (!regex) return refuse_policy(regex.error().message);
  return regex;
}

Result<model::PathMatch> decode_path(const wire::http_route::PathMatch& message) {
  using Wire = wire::http_route::PathMatch;
  switch (message.kind_case()) {
    case Wire::kExact: return model::PathMatch{model::PathMatch::Exact{message.exact()}};
    case Wire::kPrefix: return model::PathMatch{model::PathMatch::Prefix{message.prefix()}};
    case Wire::kRegex: {
      Result<model::Regex> regex = decode_regex(message.regex());
      if (!regex) return fail(std::move(regex).error());
      return model::PathMatch{*std::move(regex)};
    }
    case Wire::KIND_NOT_SET: break;
  }
  return refuse_policy("path has no kind");
}

// Of a header field or a query parameter.
template <class Message>
Result<model::ValueMatch> decode_value(const Message& message) {
  if (message.name().empty()) return refuse_policy("name is missing");
  switch (message.value_case()) {
    case Message::kExact: return model::ValueMatch{message.name(), message.exact()};
    case Message::kRegex: {
      Result<model::Regex> regex = decode_regex(message.regex());
      if (!regex) return fail(std::move(regex).error());
      return model::ValueMatch{message.name(), *std::move(regex)};
    }
    case Message::VALUE_NOT_SET: break;
  }
  return refuse_policy("value is missing");
}

Result<model::ValueMatch> decode_header(const wire::http_route::HeaderMatch& message) {
  Result<model::ValueMatch> match = decode_value(message);
  if (match) match->name = ascii_lower(match->name);
  return match;
}

Result<void> decode_ratio(bool is_set, const wire::http_route::Ratio& ratio,
                          model::FailureInjector& injector) {
  if (!is_set) return {};
  if (ratio.denominator() == 0 || ratio.numerator() > ratio.denominator()) {
    return refuse_policy(
        fmt::format("ratio {}/{} is not between 0 and 1", ratio.numerator(), ratio.denominator()));
  }
  injector.numerator = ratio.numerator();
  injector.denominator = ratio.denominator();
  return {};
}

// A name that HTTP allows and a value without bytes that would end the field.
Result<std::pair<std::string, std::string>> decode_field(
    const wire::http_types::Headers::Header& message) {
  constexpr std::string_view kTokenMarks = "!#$%&'*+-.^_`|~";
  std::string name = ascii_lower(message.name());
  const bool is_token = !name.empty() && std::ranges::all_of(name, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || kTokenMarks.contains(c);
  });
  if (!is_token) return refuse_policy(fmt::format("'{}' is not a header name", name));
  if (message.value().find_first_of(std::string_view("\0\r\n", 3)) != std::string::npos) {
    return refuse_policy(fmt::format("the value of header '{}' has a line break or NUL", name));
  }
  return std::pair(std::move(name), message.value());
}

template <class Modifier, class Message>
Result<Modifier> decode_modifier(const Message& message) {
  using Field = std::pair<std::string, std::string>;
  Result<std::vector<Field>> add = decode_each<Field>("add", message.add().headers(), decode_field);
  if (!add) return fail(std::move(add).error());
  Result<std::vector<Field>> set = decode_each<Field>("set", message.set().headers(), decode_field);
  if (!set) return fail(std::move(set).error());
  Modifier modifier;
  modifier.add = *std::move(add);
  modifier.set = *std::move(set);
  for (const std::string& name : message.remove()) modifier.remove.push_back(ascii_lower(name));
  return modifier;
}

}  // namespace

std::string ascii_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

template <class Message>
Result<model::HostMatch> decode_host(const Message& message) {
  switch (message.match_case()) {
    case Message::kExact:
      return model::HostMatch{model::HostMatch::Kind::kExact, ascii_lower(message.exact())};
    case Message::kSuffix: {
      std::string name;
      for (const std::string& label : message.suffix().reverse_labels()) {
        name = name.empty() ? ascii_lower(label) : ascii_lower(label) + "." + name;
      }
      return model::HostMatch{model::HostMatch::Kind::kSuffix, std::move(name)};
    }
    case Message::MATCH_NOT_SET: break;
  }
  return refuse_policy("it has no kind");
}
template Result<model::HostMatch> decode_host(const wire::http_route::HostMatch&);
template Result<model::HostMatch> decode_host(const wire::tls_route::SniMatch&);

Result<std::string> decode_method(const wire::http_types::HttpMethod& message) {
  using Wire = wire::http_types::HttpMethod;
  if (message.type_case() == Wire::kUnregistered) return message.unregistered();
  if (message.type_case() != Wire::kRegistered) return refuse_policy("method has no kind");
  constexpr const char* kNames[] = {"GET",     "POST",    "PUT",  "DELETE", "PATCH",
                                    "OPTIONS", "CONNECT", "HEAD", "TRACE"};
  const int value = message.registered();
  if (value < 0 || value >= static_cast<int>(std::size(kNames))) {
    return refuse_policy(fmt::format("method {} is unknown", value));
  }
  return std::string(kNames[value]);
}

Result<model::HttpMatch> decode_match(const wire::http_route::HttpRouteMatch& message) {
  model::HttpMatch match;
  if (message.has_path()) {
    Result<model::PathMatch> path = decode_path(message.path());
    if (!path) return fail(std::move(path).error());
    match.path = *std::move(path);
  }
  auto headers = decode_each<model::ValueMatch>("headers", message.headers(), decode_header);
  if (!headers) return fail(std::move(headers).error());
  match.headers = *std::move(headers);
  auto query = decode_each<model::ValueMatch>("query_params", message.query_params(),
                                              [](const auto& one) { return decode_value(one); });
  if (!query) return fail(std::move(query).error());
  match.query = *std::move(query);
  if (message.has_method()) {
    Result<std::string> method = decode_method(message.method());
    if (!method) return fail(std::move(method).error());
    match.method = *std::move(method);
  }
  return match;
}

Result<model::GrpcMatch> decode_match(const wire::grpc_route::GrpcRouteMatch& message) {
  auto headers = decode_each<model::ValueMatch>("headers", message.headers(), decode_header);
  if (!headers) return fail(std::move(headers).error());
  return model::GrpcMatch{message.rpc().service(), message.rpc().method(), *std::move(headers)};
}

Result<model::FailureInjector> decode_filter(const wire::http_route::HttpFailureInjector& message) {
  if (message.status() < 200 || message.status() > 999) {
    return refuse_policy(
        fmt::format("status {} is not one that a request can end with", message.status()));
  }
  model::FailureInjector injector{.status = static_cast<std::uint16_t>(message.status()),
                                  .message = message.message()};
  Result<void> ratio = decode_ratio(message.has_ratio(), message.ratio(), injector);
  if (!ratio) return fail(std::move(ratio).error());
  return injector;
}

Result<model::FailureInjector> decode_filter(const wire::grpc_route::GrpcFailureInjector& message) {
  if (message.code() > 65535) {
    return refuse_policy(fmt::format("code {} is not a gRPC status", message.code()));
  }
  model::FailureInjector injector{.grpc = true,
                                  .status = static_cast<std::uint16_t>(message.code()),
                                  .message = message.message()};
  Result<void> ratio = decode_ratio(message.has_ratio(), message.ratio(), injector);
  if (!ratio) return fail(std::move(ratio).error());
  return injector;
}

Result<model::Redirect> decode_filter(const wire::http_route::RequestRedirect& message) {
  using Scheme = wire::http_types::Scheme;
  using Modifier = wire::http_route::PathModifier;
  model::Redirect redirect{.host = message.host()};
  if (message.scheme().type_case() == Scheme::kRegistered) {
    redirect.scheme = message.scheme().registered() == Scheme::HTTPS ? "https" : "http";
  } else {
    redirect.scheme = message.scheme().unregistered();
  }
  if (message.path().replace_case() == Modifier::kFull) {
    redirect.path = model::Redirect::Path::kFull;
    redirect.path_text = message.path().full();
  } else if (message.path().replace_case() == Modifier::kPrefix) {
    redirect.path = model::Redirect::Path::kPrefix;
    redirect.path_text = message.path().prefix();
  }
  if (message.port() > 65535) {
    return refuse_policy(fmt::format("port {} is over 65535", message.port()));
  }
  if (message.port() != 0) redirect.port = static_cast<std::uint16_t>(message.port());
  if (message.status() != 0) {
    if (message.status() < 300 || message.status() > 399) {
      return refuse_policy(fmt::format("status {} does not redirect", message.status()));
    }
    redirect.status = static_cast<std::uint16_t>(message.status());
  }
  return redirect;
}

Result<model::RequestHeaderModifier> decode_filter(
    const wire::http_route::RequestHeaderModifier& message) {
  return decode_modifier<model::RequestHeaderModifier>(message);
}

Result<model::ResponseHeaderModifier> decode_filter(
    const wire::http_route::ResponseHeaderModifier& message) {
  return decode_modifier<model::ResponseHeaderModifier>(message);
}

}  // namespace seine::proxy
