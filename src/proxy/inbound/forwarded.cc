// SPDX-License-Identifier: Apache-2.0
#include "proxy/inbound/forwarded.h"

#include "model/authority.h"

namespace seine::proxy {

namespace {

std::string_view without(std::string_view text, std::string_view around) {
  const std::size_t first = text.find_first_not_of(around);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(around) - first + 1);
}

bool is_by(std::string_view pair, std::string_view identity) {
  const std::size_t equals = pair.find('=');
  if (equals == std::string_view::npos) return false;
  return http::equals_ignoring_case(without(pair.substr(0, equals), " \t"), "by") &&
         http::equals_ignoring_case(without(pair.substr(equals + 1), " \t\""), identity);
}

}  // namespace

std::string forwarded_value(const Forwarding& forwarding) {
  std::string out;
  out.append("by=").append(forwarding.by).append(";for=").append(forwarding.client);
  // Anything else could say more than a host.
  if (const auto authority = model::Authority::parse(forwarding.authority)) {
    out.append(";host=").append(authority->to_string());
  }
  return out.append(";proto=https");
}

bool was_forwarded_by(const http::Headers& headers, std::string_view identity) {
  if (!headers.contains(kForwarded)) return false;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const http::Headers::Field field = headers.at(i);
    if (field.name != kForwarded) continue;
    for (std::string_view rest = field.value; !rest.empty();) {
      const std::size_t end = rest.find_first_of(",;");
      if (is_by(rest.substr(0, end), identity)) return true;
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    }
  }
  return false;
}

}  // namespace seine::proxy
