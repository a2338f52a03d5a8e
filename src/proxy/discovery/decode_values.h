// SPDX-License-Identifier: Apache-2.0
// The small messages every contract shares, as values. What a control plane sends is checked: an
// error is kInvalidPolicy from the control plane and says which field.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "google/protobuf/duration.pb.h"

#include "base/net.h"
#include "base/result.h"
#include "base/time.h"
#include "io/linkerd/proxy/meta.pb.h"
#include "io/linkerd/proxy/net.pb.h"
#include "model/metadata.h"

namespace seine::proxy {

std::unexpected<Error> refuse_policy(std::string message);

Result<IpAddress> decode_ip(const io::linkerd::proxy::net::IPAddress& message);
// The port is 1 to 65535.
Result<SocketAddr> decode_addr(const io::linkerd::proxy::net::TcpAddress& message);
Result<IpNet> decode_network(const io::linkerd::proxy::net::IPNetwork& message);
void encode_addr(const SocketAddr& addr, io::linkerd::proxy::net::TcpAddress& message);

// Not negative and at most a hundred years.
Result<Duration> decode_duration(const google::protobuf::Duration& message);

// A default has a name; a resource has a group, kind, name and, where `wants_namespace`, one.
Result<model::Metadata> decode_metadata(const io::linkerd::proxy::meta::Metadata& message,
                                        bool wants_namespace);

// "hosts[3]: ..." in front of a failed result's message.
template <class T>
std::unexpected<Error> refused_in(std::string_view where, Result<T>& failed) {
  return fail(std::move(failed).error().with_context(where));
}

// Each message of a repeated field by `decode`; the first error, with its index, ends it.
template <class Out, class Messages, class Decode>
Result<std::vector<Out>> decode_each(std::string_view field, const Messages& messages,
                                     const Decode& decode) {
  std::vector<Out> out;
  out.reserve(static_cast<std::size_t>(messages.size()));
  for (const auto& message : messages) {
    Result<Out> decoded = decode(message);
    if (!decoded) {
      return refused_in(std::string(field) + "[" + std::to_string(out.size()) + "]", decoded);
    }
    out.push_back(*std::move(decoded));
  }
  return out;
}

// A message field that may be missing.
template <class Message>
Result<std::optional<Duration>> decode_optional_duration(std::string_view field, bool is_set,
                                                         const Message& message) {
  if (!is_set) return std::optional<Duration>();
  Result<Duration> decoded = decode_duration(message);
  if (!decoded) return refused_in(field, decoded);
  return std::optional<Duration>(*decoded);
}

}  // namespace seine::proxy
