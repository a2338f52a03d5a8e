// SPDX-License-Identifier: Apache-2.0
#include "control/tap/redact.h"

#include <algorithm>
#include <array>
#include <span>

#include "http/headers.h"

namespace seine::control {

namespace wire = io::linkerd::proxy::tap;

namespace {

constexpr std::string_view kMask = "***";
constexpr std::array<std::string_view, 8> kSecretHeaders{
    "authorization", "proxy-authorization", "cookie",       "set-cookie",
    "x-api-key",     "x-auth-token",        "x-csrf-token", "x-amz-security-token"};
// Their values are addresses, queries included.
constexpr std::array<std::string_view, 7> kUrlHeaders{
    ":path",          "referer",       "location",       "content-location",
    "x-original-url", "x-rewrite-url", "x-forwarded-uri"};

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
  return std::ranges::any_of(
      names, [&](std::string_view known) { return http::equals_ignoring_case(known, name); });
}

void redact_query(std::string_view query, std::string& out) {
  for (;;) {
    const std::size_t end = query.find_first_of("&;");
    const std::string_view part = query.substr(0, end);
    const std::size_t equals = part.find('=');
    // What has no name may be the secret itself.
    if (equals != std::string_view::npos) out.append(part.substr(0, equals + 1));
    if (!part.empty()) out.append(kMask);
    if (end == std::string_view::npos) return;
    out.push_back(query[end]);
    query.remove_prefix(end + 1);
  }
}

std::string redact_authority(std::string_view authority) {
  const std::size_t at = authority.rfind('@');
  if (at == std::string_view::npos) return std::string(authority);
  return std::string(kMask).append(authority.substr(at));
}

void redact_headers(io::linkerd::proxy::http_types::Headers& headers) {
  for (auto& header : *headers.mutable_headers()) {
    if (is_secret_header(header.name())) {
      header.set_value(std::string(kMask));
    } else if (is_one_of(header.name(), kUrlHeaders)) {
      header.set_value(redact_url(header.value()));
    } else if (header.name() == ":authority" || header.name() == "host") {
      header.set_value(redact_authority(header.value()));
    }
  }
}

}  // namespace

bool is_secret_header(std::string_view name) {
  return is_one_of(name, kSecretHeaders);
}

std::string redact_url(std::string_view url) {
  std::string out;
  if (const std::size_t slashes = url.find("//"); slashes < url.find_first_of("?#")) {
    const std::size_t start = slashes + 2;
    const std::size_t end = std::min(url.find_first_of("/?#", start), url.size());
    // "/a//b" is a path, "//host" and "https://host" have an authority.
    if (slashes == 0 || url[slashes - 1] == ':') {
      out.append(url.substr(0, start)).append(redact_authority(url.substr(start, end - start)));
      url.remove_prefix(end);
    }
  }
  const std::size_t hash = url.find('#');
  const std::string_view before = url.substr(0, hash);
  const std::size_t mark = before.find('?');
  out.append(before.substr(0, mark));
  if (mark != std::string_view::npos) {
    out.push_back('?');
    redact_query(before.substr(mark + 1), out);
  }
  if (hash != std::string_view::npos) out.append("#").append(kMask);
  return out;
}

void redact(wire::TapEvent& event) {
  wire::TapEvent::Http& http = *event.mutable_http();
  switch (http.event_case()) {
    case wire::TapEvent::Http::kRequestInit: {
      auto& init = *http.mutable_request_init();
      init.set_path(redact_url(init.path()));
      init.set_authority(redact_authority(init.authority()));
      if (init.has_headers()) redact_headers(*init.mutable_headers());
      return;
    }
    case wire::TapEvent::Http::kResponseInit:
      if (http.response_init().has_headers()) {
        redact_headers(*http.mutable_response_init()->mutable_headers());
      }
      return;
    case wire::TapEvent::Http::kResponseEnd:
      if (http.response_end().has_trailers()) {
        redact_headers(*http.mutable_response_end()->mutable_trailers());
      }
      return;
    case wire::TapEvent::Http::EVENT_NOT_SET: return;
  }
}

}  // namespace seine::control
