// SPDX-License-Identifier: Apache-2.0
// One address behind a service and all that is known of how to talk to it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/net.h"
#include "base/time.h"
#include "model/identity.h"

namespace seine::model {

// Sorted, so that the same labels are written in the same order.
using Labels = std::map<std::string, std::string, std::less<>>;

// Whom to expect on the other side of TLS, and what to ask for in SNI. They differ only for
// SPIFFE identities.
struct TlsIdentity {
  Identity id;
  std::string server_name;
  friend bool operator==(const TlsIdentity&, const TlsIdentity&) = default;
};

// kNone: speak what the client speaks.
enum class ProtocolHint : std::uint8_t { kNone, kH2, kOpaque };

// What is zero, false or empty is left to the proxy's own defaults.
struct Http2Params {
  std::uint32_t initial_connection_window = 0;
  std::uint32_t initial_stream_window = 0;
  bool adaptive_flow_control = false;
  std::optional<Duration> keep_alive_interval;
  std::optional<Duration> keep_alive_timeout;
  bool keep_alive_while_idle = false;
  std::uint32_t max_concurrent_reset_streams = 0;
  std::uint32_t max_frame_size = 0;
  std::uint32_t max_send_buffer = 0;

  // Fixed windows count only together.
  bool has_windows() const { return initial_connection_window > 0 && initial_stream_window > 0; }
  friend bool operator==(const Http2Params&, const Http2Params&) = default;
};

struct Endpoint {
  SocketAddr addr;
  std::uint32_t weight = 10'000;
  Labels labels;
  std::optional<TlsIdentity> tls;
  ProtocolHint hint = ProtocolHint::kNone;
  // Where the peer's proxy takes connections that open with a transport header.
  std::optional<std::uint16_t> opaque_transport_port;
  std::optional<std::string> authority_override;
  std::optional<Http2Params> http2;

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

// What Destination.Get says. The first Added after a connection replaces the whole set, later ones
// add to it and change it; NoEndpoints empties it.
struct EndpointsAdded {
  std::vector<Endpoint> endpoints;
  friend bool operator==(const EndpointsAdded&, const EndpointsAdded&) = default;
};
struct EndpointsRemoved {
  std::vector<SocketAddr> addrs;
  friend bool operator==(const EndpointsRemoved&, const EndpointsRemoved&) = default;
};
struct NoEndpoints {
  bool exists = false;  // whether the service does
  friend bool operator==(const NoEndpoints&, const NoEndpoints&) = default;
};
using EndpointUpdate = std::variant<EndpointsAdded, EndpointsRemoved, NoEndpoints>;

}  // namespace seine::model
