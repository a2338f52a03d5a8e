// SPDX-License-Identifier: Apache-2.0
// The transport header: what a proxy sends first, inside mutual TLS with ALPN transport.l5d.io/v1,
// to a peer proxy's inbound port to say where the connection is meant to go.
//
//   "transport.l5d.io/v1\r\n\r\n"  u32 big-endian length  protobuf Header{
//     port = 1 int32, name = 2 string, session_protocol = 3 { http1 = 1 {} | http2 = 2 {} } }
//
// Source: linkerd2-proxy's transport-header crate.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace seine::proxy {

inline constexpr std::string_view kTransportAlpn = "transport.l5d.io/v1";
inline constexpr std::size_t kMaxTransportHeader = 64 * 1024;

enum class SessionProtocol : std::uint8_t { kNone, kHttp1, kHttp2 };

struct TransportHeader {
  std::uint16_t port = 0;
  std::string name;  // empty: the port of the peer's own application
  SessionProtocol session = SessionProtocol::kNone;
  friend bool operator==(const TransportHeader&, const TransportHeader&) = default;
};

std::string encode(const TransportHeader& header);

struct DecodedTransportHeader {
  TransportHeader header;
  std::size_t size;  // bytes it took; what follows belongs to the session
};
// nullopt: more bytes are needed. Error kProtocol (not one, or malformed) or kLimit.
Result<std::optional<DecodedTransportHeader>> decode_transport_header(std::string_view bytes);

}  // namespace seine::proxy
