// SPDX-License-Identifier: Apache-2.0
#include "model/identity.h"

#include <algorithm>

#include "fmt/format.h"

namespace seine::model {

namespace {

constexpr std::string_view kScheme = "spiffe://";
constexpr std::string_view kMarker = ".serviceaccount.identity.";

bool is_lower_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}
char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label,
                             [](char c) { return is_lower_alnum(c) || c == '-' || c == '_'; });
}

bool is_trust_domain(std::string_view domain) {
  return !domain.empty() && domain.size() <= 255 && std::ranges::all_of(domain, [](char c) {
    return is_lower_alnum(c) || c == '.' || c == '-' || c == '_';
  });
}

bool is_segment(std::string_view segment) {
  return !segment.empty() && segment != "." && segment != ".." &&
         std::ranges::all_of(segment, [](char c) {
           return is_lower_alnum(to_lower(c)) || c == '.' || c == '-' || c == '_';
         });
}

std::unexpected<Error> refuse(std::string_view text, std::string_view expected) {
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("'{}' is not {}", text.substr(0, 128), expected));
}

}  // namespace

Result<std::string> parse_dns_name(std::string_view text) {
  constexpr std::string_view kExpected =
      "a DNS name: expected labels of letters, digits, '-' and '_' joined by dots";
  std::string_view rest = text;
  if (rest.ends_with('.')) rest.remove_suffix(1);
  if (rest.empty() || rest.size() > kMaxDnsName) return refuse(text, kExpected);
  std::string name(rest);
  std::ranges::transform(name, name.begin(), to_lower);
  for (std::size_t at = 0; at <= name.size();) {
    const std::size_t dot = std::min(name.find('.', at), name.size());
    if (!is_label(std::string_view(name).substr(at, dot - at))) return refuse(text, kExpected);
    at = dot + 1;
  }
  return name;
}

Result<Identity> Identity::parse(std::string_view text) {
  return text.find("://") == std::string_view::npos ? parse_dns(text) : parse_uri(text);
}

Result<Identity> Identity::parse_dns(std::string_view text) {
  Result<std::string> name = parse_dns_name(text);
  if (!name) return fail(std::move(name).error());
  return Identity(Kind::kDns, *std::move(name));
}

Result<Identity> Identity::parse_uri(std::string_view text) {
  constexpr std::string_view kExpected =
      "a SPIFFE ID: expected a form such as spiffe://example.org/ns/shop/sa/web";
  if (text.size() > kMaxSpiffeUri || !text.starts_with(kScheme)) return refuse(text, kExpected);
  std::string_view rest = text.substr(kScheme.size());
  if (!is_trust_domain(rest.substr(0, rest.find('/')))) return refuse(text, kExpected);
  for (std::size_t slash = rest.find('/'); slash != std::string_view::npos;
       slash = rest.find('/')) {
    rest.remove_prefix(slash + 1);
    if (!is_segment(rest.substr(0, rest.find('/')))) return refuse(text, kExpected);
  }
  return Identity(Kind::kUri, std::string(text));
}

bool Identity::is_below(std::span<const std::string> labels) const {
  if (kind_ != Kind::kDns) return false;
  std::string_view rest = text_;
  for (std::size_t i = labels.size(); i-- > 0;) {
    if (!rest.ends_with(labels[i])) return false;
    rest.remove_suffix(labels[i].size());
    if (!rest.ends_with('.')) return false;
    rest.remove_suffix(1);
  }
  return !rest.empty();
}

Result<ServiceAccountName> ServiceAccountName::parse(const Identity& identity) {
  const std::string_view text = identity.text();
  const std::size_t marker = text.find(kMarker);
  const std::size_t first = text.find('.');
  if (identity.kind() == Identity::Kind::kDns && marker != std::string_view::npos &&
      first < marker && text.find('.', first + 1) == marker) {
    const std::string_view tail = text.substr(marker + kMarker.size());
    const std::size_t dot = tail.find('.');
    if (dot != std::string_view::npos) {
      return ServiceAccountName{std::string(text.substr(0, first)),
                                std::string(text.substr(first + 1, marker - first - 1)),
                                std::string(tail.substr(0, dot)),
                                std::string(tail.substr(dot + 1))};
    }
  }
  return refuse(text,
                "a service account's identity: expected "
                "ACCOUNT.NAMESPACE.serviceaccount.identity.CONTROL-PLANE.TRUST-DOMAIN");
}

Result<Identity> ServiceAccountName::identity() const {
  return Identity::parse_dns(
      fmt::format("{}.{}{}{}.{}", service_account, ns, kMarker, control_plane_ns, trust_domain));
}

}  // namespace seine::model
