// SPDX-License-Identifier: Apache-2.0
#include "control/encode_values.h"

#include <array>

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace seine::control {

namespace wire = io::linkerd::proxy;

namespace {

std::uint64_t take_big_endian(const std::uint8_t* in) {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | in[i];
  return value;
}

void put_big_endian(std::uint64_t value, std::uint8_t* out) {
  for (int i = 0; i < 8; ++i) out[i] = static_cast<std::uint8_t>(value >> (56 - 8 * i));
}

}  // namespace

void encode_ip(const IpAddress& ip, wire::net::IPAddress& out) {
  if (ip.is_v4()) {
    out.set_ipv4(ip.v4_value());
    return;
  }
  out.mutable_ipv6()->set_first(take_big_endian(ip.bytes().data()));
  out.mutable_ipv6()->set_last(take_big_endian(ip.bytes().data() + 8));
}

void encode_addr(const SocketAddr& addr, wire::net::TcpAddress& out) {
  encode_ip(addr.ip, *out.mutable_ip());
  out.set_port(addr.port);
}

void encode_network(const IpNet& net, wire::net::IPNetwork& out) {
  encode_ip(net.address(), *out.mutable_ip());
  out.set_prefix_len(net.prefix());
}

std::optional<SocketAddr> decode_addr(const wire::net::TcpAddress& message) {
  if (message.port() == 0 || message.port() > 65535) return std::nullopt;
  const auto port = static_cast<std::uint16_t>(message.port());
  if (message.ip().ip_case() == wire::net::IPAddress::kIpv4) {
    return SocketAddr{IpAddress::v4(message.ip().ipv4()), port};
  }
  if (message.ip().ip_case() != wire::net::IPAddress::kIpv6) return std::nullopt;
  std::array<std::uint8_t, 16> bytes{};
  put_big_endian(message.ip().ipv6().first(), bytes.data());
  put_big_endian(message.ip().ipv6().last(), bytes.data() + 8);
  return SocketAddr{IpAddress::v6(bytes), port};
}

void encode_duration(Duration duration, google::protobuf::Duration& out) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration);
  out.set_seconds(seconds.count());
  out.set_nanos(static_cast<std::int32_t>((duration - seconds).count()));
}

void encode_metadata(const model::Metadata& meta, wire::meta::Metadata& out) {
  if (meta.is_default() || meta.kind.empty() || meta.name.empty() || meta.ns.empty()) {
    out.set_default_(meta.name);
    return;
  }
  wire::meta::Resource& resource = *out.mutable_resource();
  resource.set_group(meta.group.empty() ? "core" : meta.group);
  resource.set_kind(meta.kind);
  resource.set_name(meta.name);
  resource.set_namespace_(meta.ns);
  resource.set_section(meta.section);
  resource.set_port(meta.port);
}

std::string deterministic_bytes(const google::protobuf::MessageLite& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream to(&bytes);
    google::protobuf::io::CodedOutputStream out(&to);
    out.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&out);
  }
  return bytes;
}

}  // namespace seine::control
