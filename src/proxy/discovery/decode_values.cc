// SPDX-License-Identifier: Apache-2.0
#include "proxy/discovery/decode_values.h"

#include "fmt/format.h"

namespace seine::proxy {

namespace wire = io::linkerd::proxy;

namespace {

void put_big_endian(std::uint64_t value, std::uint8_t* out) {
  for (int i = 0; i < 8; ++i) out[i] = static_cast<std::uint8_t>(value >> (56 - 8 * i));
}

std::uint64_t take_big_endian(const std::uint8_t* in) {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | in[i];
  return value;
}

}  // namespace

std::unexpected<Error> refuse_policy(std::string message) {
  return fail(
      make_error(ErrorCode::kInvalidPolicy, std::move(message)).from(ErrorOrigin::kControlPlane));
}

Result<IpAddress> decode_ip(const wire::net::IPAddress& message) {
  switch (message.ip_case()) {
    case wire::net::IPAddress::kIpv4: return IpAddress::v4(message.ipv4());
    case wire::net::IPAddress::kIpv6: {
      std::array<std::uint8_t, 16> bytes{};
      put_big_endian(message.ipv6().first(), bytes.data());
      put_big_endian(message.ipv6().last(), bytes.data() + 8);
      return IpAddress::v6(bytes);
    }
    case wire::net::IPAddress::IP_NOT_SET: break;
  }
  return refuse_policy("ip is missing");
}

Result<SocketAddr> decode_addr(const wire::net::TcpAddress& message) {
  const Result<IpAddress> ip = decode_ip(message.ip());
  if (!ip) return fail(ip.error());
  if (message.port() == 0 || message.port() > 65535) {
    return refuse_policy(fmt::format("port {} is not between 1 and 65535", message.port()));
  }
  return SocketAddr{*ip, static_cast<std::uint16_t>(message.port())};
}

Result<IpNet> decode_network(const wire::net::IPNetwork& message) {
  const Result<IpAddress> ip = decode_ip(message.ip());
  if (!ip) return fail(ip.error());
  const Result<IpNet> net = IpNet::make(*ip, message.prefix_len());
  if (!net) return refuse_policy(net.error().message);
  return *net;
}

void encode_addr(const SocketAddr& addr, wire::net::TcpAddress& message) {
  message.set_port(addr.port);
  if (addr.ip.is_v4()) {
    message.mutable_ip()->set_ipv4(addr.ip.v4_value());
    return;
  }
  wire::net::IPv6& v6 = *message.mutable_ip()->mutable_ipv6();
  v6.set_first(take_big_endian(addr.ip.bytes().data()));
  v6.set_last(take_big_endian(addr.ip.bytes().data() + 8));
}

Result<Duration> decode_duration(const google::protobuf::Duration& message) {
  constexpr std::int64_t kMaxSeconds = 100LL * 366 * 86'400;
  if (message.seconds() < 0 || message.seconds() > kMaxSeconds || message.nanos() < 0 ||
      message.nanos() > 999'999'999) {
    return refuse_policy(fmt::format("a duration of {} s and {} ns is not between 0 and 100 years",
                                     message.seconds(), message.nanos()));
  }
  return std::chrono::seconds(message.seconds()) + std::chrono::nanoseconds(message.nanos());
}

Result<model::Metadata> decode_metadata(const wire::meta::Metadata& message, bool wants_namespace) {
  if (message.kind_case() == wire::meta::Metadata::kDefault) {
    return model::Metadata::make_default(message.default_());
  }
  if (message.kind_case() != wire::meta::Metadata::kResource) {
    return refuse_policy("metadata is missing");
  }
  const wire::meta::Resource& resource = message.resource();
  if (resource.group().empty()) return refuse_policy("metadata has no group");
  if (resource.kind().empty()) return refuse_policy("metadata has no kind");
  if (resource.name().empty()) return refuse_policy("metadata has no name");
  if (wants_namespace && resource.namespace_().empty()) {
    return refuse_policy("metadata has no namespace");
  }
  if (resource.port() > 65535) {
    return refuse_policy(fmt::format("metadata has the port {}", resource.port()));
  }
  return model::Metadata{.group = resource.group(),
                         .kind = resource.kind(),
                         .name = resource.name(),
                         .ns = resource.namespace_(),
                         .section = resource.section(),
                         .port = static_cast<std::uint16_t>(resource.port())};
}

}  // namespace seine::proxy
