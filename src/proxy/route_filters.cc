// SPDX-License-Identifier: Apache-2.0
#include "proxy/route_filters.h"

#include <algorithm>
#include <array>
#include <utility>

#include "proxy/respond.h"

namespace seine::proxy {
namespace {

constexpr std::string_view kHost = "host";

// What says where a message ends, or belongs to one connection: nobody's to change.
bool is_framing(std::string_view name) {
  constexpr std::array<std::string_view, 8> kFraming = {
      "connection", "content-length", "keep-alive",        "proxy-connection",
      "te",         "trailer",        "transfer-encoding", "upgrade"};
  return std::ranges::find(kFraming, name) != kFraming.end();
}

void set_host(http::RequestHead& head, const std::string& host) {
  if (head.version == http::Version::kHttp2) {
    head.authority = host;
    head.headers.remove(kHost);
    return;
  }
  if (!head.authority.empty()) head.authority = host;
  head.headers.set(kHost, host);
}

template <class Head>
void modify(const model::HeaderModifier& modifier, Head& head) {
  constexpr bool kOfRequest = std::is_same_v<Head, http::RequestHead>;
  const auto is_ours = [](std::string_view name) {
    return !is_framing(name) && !(kOfRequest && name == kHost);
  };
  const auto change_host = [&](const auto& fields) {
    if constexpr (kOfRequest) {
      for (const auto& [name, value] : fields) {
        if (name == kHost) set_host(head, value);
      }
    }
  };
  for (const auto& [name, value] : modifier.add) {
    if (is_ours(name)) head.headers.add(name, value);
  }
  for (const auto& [name, value] : modifier.set) {
    if (is_ours(name)) head.headers.set(name, value);
  }
  change_host(modifier.set);
  for (const std::string& name : modifier.remove) {
    if (is_ours(name)) head.headers.remove(name);
  }
}

// "host" and ":port" of "host:port", brackets of an IPv6 literal with the host.
std::pair<std::string_view, std::string_view> split_port(std::string_view authority) {
  const auto colon = authority.rfind(':');
  if (colon == std::string_view::npos || authority.find(']', colon) != std::string_view::npos) {
    return {authority, {}};
  }
  return {authority.substr(0, colon), authority.substr(colon)};
}

bool is_default_port(std::string_view scheme, std::uint16_t port) {
  return (scheme == "http" && port == 80) || (scheme == "https" && port == 443);
}

// With what followed the matched prefix.
std::optional<std::string> replace_prefix(const model::PathMatch* match, std::string_view path,
                                          std::string_view replacement) {
  if (match == nullptr) return std::nullopt;
  const auto* prefix = std::get_if<model::PathMatch::Prefix>(&match->kind);
  if (prefix == nullptr) return std::nullopt;
  std::string_view matched = prefix->path;
  while (matched.ends_with('/')) matched.remove_suffix(1);
  std::string_view rest = path.substr(std::min(matched.size(), path.size()));
  while (rest.starts_with('/')) rest.remove_prefix(1);
  while (replacement.ends_with('/')) replacement.remove_suffix(1);
  std::string out(replacement);
  if (!rest.empty() || out.empty()) out.append("/").append(rest);
  return out;
}

std::optional<FilterAnswer> inject(const model::FailureInjector& injector,
                                   const http::RequestHead& head, FastRandom& random) {
  if (random.below(injector.denominator) >= injector.numerator) return std::nullopt;
  Error error = make_error(ErrorCode::kInjectedFailure, injector.message);
  FilterAnswer out{.response = {}, .failure = error};
  http::ResponseHead& answer = out.response.head;
  answer.version = head.version;
  const bool to_grpc = is_grpc(head.headers);
  if (to_grpc) {
    // What HTTP status an injector names says nothing to gRPC: FAILED_PRECONDITION, as Linkerd.
    constexpr std::uint16_t kFailedPrecondition = 9;
    answer.headers.add("content-type", "application/grpc");
    answer.headers.add("grpc-status",
                       std::to_string(injector.grpc ? injector.status : kFailedPrecondition));
    answer.headers.add("grpc-message", percent_encoded(injector.message));
  } else if (!injector.grpc) {
    answer.status = injector.status;
  }
  if (!(to_grpc && head.version == http::Version::kHttp2)) {
    answer.headers.add("content-length", "0");
  }
  return out;
}

std::optional<FilterAnswer> redirect(const model::Redirect& filter, const model::PathMatch* path,
                                     const http::RequestHead& head) {
  auto location = redirect_location(filter, path, head);
  if (!location) return std::nullopt;
  FilterAnswer out;
  http::ResponseHead& answer = out.response.head;
  answer.version = head.version;
  if (is_grpc(head.headers)) {
    constexpr std::string_view kNotFound = "5";
    answer.headers.add("content-type", "application/grpc");
    answer.headers.add("grpc-status", kNotFound);
    answer.headers.add("grpc-message", percent_encoded("redirected to " + *location));
    if (head.version != http::Version::kHttp2) answer.headers.add("content-length", "0");
    return out;
  }
  answer.status = filter.status;
  answer.headers.add("location", *location);
  answer.headers.add("content-length", "0");
  return out;
}

}  // namespace

http::Response finish(FilterAnswer answer, RequestRecord& record, bool tells) {
  http::Response& response = answer.response;
  if (!answer.failure) {
    record.answered(response.head);
    record.end(nullptr, nullptr);
    return std::move(response);
  }
  if (tells) {
    response.head.headers.add("l5d-proxy-error", percent_encoded(answer.failure->to_string()));
  }
  record.refuse(*answer.failure, &response);
  return std::move(response);
}

std::optional<std::string> redirect_location(const model::Redirect& redirect,
                                             const model::PathMatch* path,
                                             const http::RequestHead& head) {
  const std::string_view asked_scheme(head.scheme.empty() ? std::string_view("http")
                                                          : std::string_view(head.scheme));
  const std::string scheme = redirect.scheme.empty() ? std::string(asked_scheme) : redirect.scheme;
  const std::string_view authority = head.effective_authority();
  const auto [asked_host, asked_port] = split_port(authority);
  std::string place(redirect.host.empty() ? asked_host : std::string_view(redirect.host));
  if (redirect.port) {
    if (!is_default_port(scheme, *redirect.port)) place += ":" + std::to_string(*redirect.port);
  } else if (redirect.scheme.empty() || redirect.scheme == asked_scheme) {
    // Another scheme has another port: its own.
    place += asked_port;
  }
  const std::string_view target(head.path);
  const auto mark = std::min(target.find('?'), target.size());
  std::string to(target.substr(0, mark));
  switch (redirect.path) {
    case model::Redirect::Path::kKeep: break;
    case model::Redirect::Path::kFull: to = redirect.path_text; break;
    case model::Redirect::Path::kPrefix: {
      auto replaced = replace_prefix(path, to, redirect.path_text);
      if (!replaced) return std::nullopt;
      to = *std::move(replaced);
      break;
    }
  }
  if (!to.contains('?')) to += target.substr(mark);
  if (!to.starts_with('/')) to.insert(0, "/");
  if (scheme == asked_scheme && place == authority && to == target) return std::nullopt;
  return scheme + "://" + place + to;
}

std::optional<FilterAnswer> filter_request(std::span<const model::Filter> filters,
                                           const model::PathMatch* path, http::RequestHead& head,
                                           FastRandom& random) {
  for (const model::Filter& filter : filters) {
    if (const auto* modifier = std::get_if<model::RequestHeaderModifier>(&filter)) {
      modify(*modifier, head);
    } else if (const auto* injector = std::get_if<model::FailureInjector>(&filter)) {
      if (auto answer = inject(*injector, head, random)) return answer;
    } else if (const auto* leads_on = std::get_if<model::Redirect>(&filter)) {
      if (auto answer = redirect(*leads_on, path, head)) return answer;
    }
  }
  return std::nullopt;
}

void filter_response(std::span<const model::Filter> filters, http::ResponseHead& head) {
  for (const model::Filter& filter : filters) {
    if (const auto* modifier = std::get_if<model::ResponseHeaderModifier>(&filter)) {
      modify(*modifier, head);
    }
  }
}

}  // namespace seine::proxy
