// SPDX-License-Identifier: Apache-2.0
#include "web/guard.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/net.h"

namespace seine::web {
namespace {

// Pages are made of our own files alone. Styles are files too: what scripts set on elements goes
// through the object model, which the policy does not mind.
constexpr std::string_view kContentPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'";

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kHeaders{
    {{"content-security-policy", kContentPolicy},
     {"x-content-type-options", "nosniff"},
     {"x-frame-options", "DENY"},
     {"referrer-policy", "no-referrer"},
     {"cross-origin-opener-policy", "same-origin"},
     {"cross-origin-resource-policy", "same-origin"},
     {"permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"}}};

// "localhost" of "localhost:8080", "[::1]" of "[::1]:8080". Nothing where the rest is no port.
std::optional<std::string_view> host_in(std::string_view authority) {
  const auto bracket = authority.rfind(']');
  const auto colon = authority.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  if (has_port && !parse_port(authority.substr(colon + 1))) return std::nullopt;
  std::string_view host = authority.substr(0, has_port ? colon : authority.size());
  if (host.ends_with('.')) host.remove_suffix(1);
  return host;
}

bool is_read_only(std::string_view method) {
  return method == "GET" || method == "HEAD";
}

}  // namespace

bool Guard::is_ours(std::string_view authority) const {
  const auto host = host_in(authority);
  return host && !host->empty() && std::ranges::any_of(options_.hosts, [&](const auto& one) {
           return http::equals_ignoring_case(one, *host) ||
                  http::equals_ignoring_case(one, authority);
         });
}

std::optional<Refusal> Guard::check(const http::RequestHead& request) const {
  const std::string_view authority = request.effective_authority();
  if (!is_ours(authority) || request.headers.count("host") > 1) {
    return Refusal{"host", problem(421, "this server does not answer to the name it was called by",
                                   "use the address that it printed when it started")};
  }
  if (is_read_only(request.method)) return std::nullopt;
  const auto origin = request.headers.get("origin");
  const std::string own = (options_.is_secure ? "https://" : "http://") + std::string(authority);
  if (!origin || request.headers.count("origin") > 1 || !http::equals_ignoring_case(*origin, own)) {
    return Refusal{"origin", problem(403, "this request did not come from a page of this server",
                                     "send it with the header origin: " + own)};
  }
  return std::nullopt;
}

bool Guard::is_cross_site(const http::RequestHead& request) {
  const auto site = request.headers.get("sec-fetch-site");
  return site && *site != "same-origin" && *site != "none";
}

void Guard::add_headers(http::Headers& headers) const {
  for (const auto& [name, value] : kHeaders) headers.set(name, value);
  if (options_.is_secure) headers.set("strict-transport-security", "max-age=31536000");
}

}  // namespace seine::web
