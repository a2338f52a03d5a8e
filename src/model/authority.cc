// SPDX-License-Identifier: Apache-2.0
#include "model/authority.h"

#include "fmt/format.h"

#include "model/identity.h"

namespace seine::model {

namespace {

std::unexpected<Error> refuse(std::string_view text) {
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("'{}' is not an authority: expected a form such as web.shop:80, "
                          "10.0.0.1:80 or [::1]:80",
                          text.substr(0, 128)));
}

}  // namespace

Result<Authority> Authority::parse(std::string_view text) {
  std::string_view host = text;
  std::string_view tail;
  const bool bracketed = text.starts_with('[');
  if (bracketed) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return refuse(text);
    host = text.substr(1, close - 1);
    tail = text.substr(close + 1);
  } else if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    host = text.substr(0, colon);
    tail = text.substr(colon);
  }

  Authority authority;
  const Result<IpAddress> ip = IpAddress::parse(host);
  if (ip.has_value()) {
    if (ip->is_v6() != bracketed) return refuse(text);
    authority.host = ip->to_string();
  } else {
    Result<std::string> name = parse_dns_name(host);
    if (bracketed || !name) return refuse(text);
    authority.host = *std::move(name);
  }
  if (!tail.empty()) {
    const Result<std::uint16_t> port = parse_port(tail.substr(1));
    if (tail[0] != ':' || !port) return refuse(text);
    authority.port = *port;
  }
  return authority;
}

std::optional<IpAddress> Authority::ip() const {
  const Result<IpAddress> parsed = IpAddress::parse(host);
  if (!parsed) return std::nullopt;
  return *parsed;
}

std::string Authority::to_string() const {
  const bool v6 = host.find(':') != std::string::npos;
  const std::string shown = v6 ? fmt::format("[{}]", host) : host;
  return port ? fmt::format("{}:{}", shown, *port) : shown;
}

std::uint16_t default_port(std::string_view scheme) {
  return scheme == "https" ? 443 : 80;
}

}  // namespace seine::model
