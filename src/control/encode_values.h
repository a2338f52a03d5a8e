// SPDX-License-Identifier: Apache-2.0
// The small messages every contract shares, from values.
#pragma once

#include <optional>
#include <string>

#include "google/protobuf/duration.pb.h"

#include "base/net.h"
#include "base/time.h"
#include "io/linkerd/proxy/meta.pb.h"
#include "io/linkerd/proxy/net.pb.h"
#include "model/metadata.h"

namespace seine::control {

void encode_ip(const IpAddress& ip, io::linkerd::proxy::net::IPAddress& out);
void encode_addr(const SocketAddr& addr, io::linkerd::proxy::net::TcpAddress& out);
void encode_network(const IpNet& net, io::linkerd::proxy::net::IPNetwork& out);
// What a proxy asks about; nothing if a part is missing or out of range.
std::optional<SocketAddr> decode_addr(const io::linkerd::proxy::net::TcpAddress& message);

void encode_duration(Duration duration, google::protobuf::Duration& out);

// Proxies refuse a whole policy over a resource without group, kind, name or namespace: an empty
// group is sent as "core", and a resource that lacks another part as a default of its name.
void encode_metadata(const model::Metadata& meta, io::linkerd::proxy::meta::Metadata& out);

// The bytes of a message, the same for equal messages: maps have an order, as they have not
// elsewhere.
std::string deterministic_bytes(const google::protobuf::MessageLite& message);

}  // namespace seine::control
