// SPDX-License-Identifier: Apache-2.0
// What is known of the client of one inbound connection; fixed once its TLS is settled.
#pragma once

#include <optional>
#include <string_view>

#include "base/net.h"
#include "model/server_policy.h"
#include "proxy/telemetry.h"

namespace seine::proxy {

// The identity of the client, to the application. Only we say it.
inline constexpr std::string_view kClientId = "l5d-client-id";

struct ClientFacts {
  SocketAddr client;
  // Where the connection is meant to go: the original destination, or what a transport header
  // names.
  SocketAddr target;
  bool meshed = false;  // TLS that this proxy terminated
  std::optional<model::Identity> identity;
  TlsLabels tls;

  model::ConnectionFacts policy_facts() const {
    return {
        .client_ip = client.ip, .is_meshed = meshed, .client_id = identity ? &*identity : nullptr};
  }
};

}  // namespace seine::proxy
