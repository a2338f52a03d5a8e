// SPDX-License-Identifier: Apache-2.0
#include "proxy/discovery/decode_destination.h"

#include "fmt/format.h"

#include "model/authority.h"
#include "proxy/discovery/decode_values.h"

namespace seine::proxy {

namespace wire = io::linkerd::proxy;

namespace {

Result<std::optional<model::TlsIdentity>> decode_tls(
    const wire::destination::TlsIdentity& message) {
  using Wire = wire::destination::TlsIdentity;
  if (message.strategy_case() == Wire::STRATEGY_NOT_SET) return std::nullopt;
  const bool is_dns = message.strategy_case() == Wire::kDnsLikeIdentity;
  if (!is_dns && message.server_name().name().empty()) return std::nullopt;

  const std::string& text =
      is_dns ? message.dns_like_identity().name() : message.uri_like_identity().uri();
  Result<model::Identity> id =
      is_dns ? model::Identity::parse_dns(text) : model::Identity::parse_uri(text);
  if (!id) return refuse_policy(fmt::format("tls_identity: {}", id.error().message));
  std::string server_name = id->text();
  if (!message.server_name().name().empty()) {
    Result<std::string> name = model::parse_dns_name(message.server_name().name());
    if (!name) return refuse_policy(fmt::format("server_name: {}", name.error().message));
    server_name = *std::move(name);
  }
  return model::TlsIdentity{*std::move(id), std::move(server_name)};
}

Result<model::Http2Params> decode_http2(const wire::destination::Http2ClientParams& message) {
  const auto& flow = message.flow_control();
  const auto& keep_alive = message.keep_alive();
  const auto interval = decode_optional_duration("keep_alive.interval", keep_alive.has_interval(),
                                                 keep_alive.interval());
  if (!interval) return fail(interval.error());
  const auto timeout = decode_optional_duration("keep_alive.timeout", keep_alive.has_timeout(),
                                                keep_alive.timeout());
  if (!timeout) return fail(timeout.error());
  return model::Http2Params{
      .initial_connection_window = flow.initial_connection_window_size(),
      .initial_stream_window = flow.initial_stream_window_size(),
      .adaptive_flow_control = flow.adaptive_flow_control(),
      .keep_alive_interval = *interval,
      .keep_alive_timeout = *timeout,
      .keep_alive_while_idle = keep_alive.while_idle(),
      .max_concurrent_reset_streams = message.internals().max_concurrent_reset_streams(),
      .max_frame_size = message.internals().max_frame_size(),
      .max_send_buffer = message.internals().max_send_buf_size()};
}

model::ProtocolHint decode_hint(const wire::destination::ProtocolHint& message) {
  using Wire = wire::destination::ProtocolHint;
  switch (message.protocol_case()) {
    case Wire::kH2: return model::ProtocolHint::kH2;
    case Wire::kOpaque: return model::ProtocolHint::kOpaque;
    case Wire::PROTOCOL_NOT_SET: break;
  }
  return model::ProtocolHint::kNone;
}

DecodedUpdate decode_added(const wire::destination::WeightedAddrSet& message) {
  const model::Labels set_labels = decode_labels(message.metric_labels());
  DecodedUpdate decoded;
  model::EndpointsAdded added;
  for (const auto& addr : message.addrs()) {
    Result<model::Endpoint> endpoint = decode_endpoint(addr, set_labels);
    if (endpoint) {
      added.endpoints.push_back(*std::move(endpoint));
    } else {
      decoded.refused.push_back(std::move(endpoint).error());
    }
  }
  decoded.update = std::move(added);
  return decoded;
}

DecodedUpdate decode_removed(const wire::destination::AddrSet& message) {
  DecodedUpdate decoded;
  model::EndpointsRemoved removed;
  for (const auto& one : message.addrs()) {
    Result<SocketAddr> addr = decode_addr(one);
    if (addr) {
      removed.addrs.push_back(*addr);
    } else {
      decoded.refused.push_back(std::move(addr).error());
    }
  }
  decoded.update = std::move(removed);
  return decoded;
}

}  // namespace

model::Labels decode_labels(const google::protobuf::Map<std::string, std::string>& message) {
  model::Labels labels;
  for (const auto& [key, value] : message) {
    std::string name = key;
    for (char& c : name) {
      const bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (!fits) c = '_';
    }
    if (!name.empty()) labels.insert_or_assign(std::move(name), value);
  }
  return labels;
}

Result<model::Endpoint> decode_endpoint(const wire::destination::WeightedAddr& message,
                                        const model::Labels& set_labels) {
  Result<SocketAddr> addr = decode_addr(message.addr());
  if (!addr) return refused_in("addr", addr);
  const std::string name = addr->to_string();
  model::Endpoint endpoint{.addr = *addr, .weight = message.weight()};
  endpoint.labels = decode_labels(message.metric_labels());
  endpoint.labels.insert(set_labels.begin(), set_labels.end());

  auto tls = decode_tls(message.tls_identity());
  if (!tls) return refused_in(name, tls);
  endpoint.tls = *std::move(tls);
  endpoint.hint = decode_hint(message.protocol_hint());
  const std::uint32_t port = message.protocol_hint().opaque_transport().inbound_port();
  if (port > 65535) {
    return refuse_policy(fmt::format("{}: opaque_transport: port {} is over 65535", name, port));
  }
  if (port != 0) endpoint.opaque_transport_port = static_cast<std::uint16_t>(port);

  const std::string& authority = message.authority_override().authority_override();
  if (!authority.empty()) {
    const Result<model::Authority> parsed = model::Authority::parse(authority);
    if (!parsed) {
      return refuse_policy(fmt::format("{}: authority_override: {}", name, parsed.error().message));
    }
    endpoint.authority_override = parsed->to_string();
  }
  if (message.has_http2()) {
    Result<model::Http2Params> http2 = decode_http2(message.http2());
    if (!http2) return refused_in(name, http2);
    endpoint.http2 = *http2;
  }
  return endpoint;
}

Result<DecodedUpdate> decode_update(const wire::destination::Update& message) {
  using Wire = wire::destination::Update;
  switch (message.update_case()) {
    case Wire::kAdd: return decode_added(message.add());
    case Wire::kRemove: return decode_removed(message.remove());
    case Wire::kNoEndpoints:
      return DecodedUpdate{.update = model::NoEndpoints{message.no_endpoints().exists()}};
    case Wire::UPDATE_NOT_SET: break;
  }
  return refuse_policy("a destination update says nothing");
}

}  // namespace seine::proxy
