// SPDX-License-Identifier: Apache-2.0
#include "proxy/inbound/logical_name.h"

namespace seine::proxy {

namespace {

constexpr std::uint16_t kDefaultPort = 80;

std::optional<model::Authority> as_name(std::string_view text) {
  Result<model::Authority> authority = model::Authority::parse(text);
  if (!authority || authority->ip()) return std::nullopt;
  authority->port = authority->port_or(kDefaultPort);
  return std::move(*authority);
}

}  // namespace

std::optional<model::Authority> logical_name(const http::RequestHead& head) {
  if (const auto canonical = head.headers.get("l5d-dst-canonical")) {
    if (auto name = as_name(*canonical)) return name;
  }
  if (auto name = as_name(head.authority)) return name;
  if (const auto host = head.headers.get("host")) return as_name(*host);
  return std::nullopt;
}

const std::optional<model::Authority>& LastLogicalName::of(const http::RequestHead& head) {
  // What is empty names as little as what is not there.
  const std::string_view canonical = head.headers.get("l5d-dst-canonical").value_or("");
  const std::string_view host = head.headers.get("host").value_or("");
  if (canonical != canonical_ || head.authority != authority_ || host != host_) {
    canonical_ = canonical;
    authority_ = head.authority;
    host_ = host;
    name_ = logical_name(head);
  }
  return name_;
}

std::string authority_label(const model::Authority& name) {
  return name.port_or(kDefaultPort) == kDefaultPort ? name.host : name.to_string();
}

}  // namespace seine::proxy
