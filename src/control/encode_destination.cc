// SPDX-License-Identifier: Apache-2.0
#include "control/encode_destination.h"

#include "control/encode_values.h"

namespace seine::control {

namespace wire = io::linkerd::proxy::destination;

namespace {

void encode_tls(const model::TlsIdentity& tls, wire::TlsIdentity& out) {
  if (tls.id.kind() == model::Identity::Kind::kDns) {
    out.mutable_dns_like_identity()->set_name(tls.id.text());
  } else {
    out.mutable_uri_like_identity()->set_uri(tls.id.text());
  }
  out.mutable_server_name()->set_name(tls.server_name);
}

void encode_hint(const model::Endpoint& endpoint, wire::ProtocolHint& out) {
  switch (endpoint.hint) {
    case model::ProtocolHint::kNone: break;
    case model::ProtocolHint::kH2: out.mutable_h2(); break;
    case model::ProtocolHint::kOpaque: out.mutable_opaque(); break;
  }
  if (endpoint.opaque_transport_port) {
    out.mutable_opaque_transport()->set_inbound_port(*endpoint.opaque_transport_port);
  }
}

void encode_http2(const model::Http2Params& params, wire::Http2ClientParams& out) {
  auto& flow = *out.mutable_flow_control();
  flow.set_initial_connection_window_size(params.initial_connection_window);
  flow.set_initial_stream_window_size(params.initial_stream_window);
  flow.set_adaptive_flow_control(params.adaptive_flow_control);
  auto& keep_alive = *out.mutable_keep_alive();
  if (params.keep_alive_interval) {
    encode_duration(*params.keep_alive_interval, *keep_alive.mutable_interval());
  }
  if (params.keep_alive_timeout) {
    encode_duration(*params.keep_alive_timeout, *keep_alive.mutable_timeout());
  }
  keep_alive.set_while_idle(params.keep_alive_while_idle);
  auto& internals = *out.mutable_internals();
  internals.set_max_concurrent_reset_streams(params.max_concurrent_reset_streams);
  internals.set_max_frame_size(params.max_frame_size);
  internals.set_max_send_buf_size(params.max_send_buffer);
}

}  // namespace

void encode_endpoint(const model::Endpoint& endpoint, wire::WeightedAddr& out) {
  encode_addr(endpoint.addr, *out.mutable_addr());
  out.set_weight(endpoint.weight);
  for (const auto& [key, value] : endpoint.labels) (*out.mutable_metric_labels())[key] = value;
  if (endpoint.tls) encode_tls(*endpoint.tls, *out.mutable_tls_identity());
  if (endpoint.hint != model::ProtocolHint::kNone || endpoint.opaque_transport_port) {
    encode_hint(endpoint, *out.mutable_protocol_hint());
  }
  if (endpoint.authority_override) {
    out.mutable_authority_override()->set_authority_override(*endpoint.authority_override);
  }
  if (endpoint.http2) encode_http2(*endpoint.http2, *out.mutable_http2());
}

std::vector<wire::Update> encode_update(const model::EndpointUpdate& update) {
  std::vector<wire::Update> messages;
  if (const auto* added = std::get_if<model::EndpointsAdded>(&update)) {
    for (std::size_t i = 0; i < added->endpoints.size(); ++i) {
      if (i % kMaxEndpointsPerUpdate == 0) messages.emplace_back();
      encode_endpoint(added->endpoints[i], *messages.back().mutable_add()->add_addrs());
    }
  } else if (const auto* removed = std::get_if<model::EndpointsRemoved>(&update)) {
    for (std::size_t i = 0; i < removed->addrs.size(); ++i) {
      if (i % kMaxEndpointsPerUpdate == 0) messages.emplace_back();
      encode_addr(removed->addrs[i], *messages.back().mutable_remove()->add_addrs());
    }
  } else {
    messages.emplace_back().mutable_no_endpoints()->set_exists(
        std::get<model::NoEndpoints>(update).exists);
  }
  return messages;
}

}  // namespace seine::control
