// SPDX-License-Identifier: Apache-2.0
// Field numbers against bytes written by hand. Every message holds each of its fields once, so a
// wrong number, type or nesting shows as a difference; oneof fields take a case each. A stranger
// below the top shows only there, so nested messages have cases of their own.
#include "proto/wire.h"

#include "gtest/gtest.h"

#include "io/linkerd/proxy/destination.pb.h"
#include "io/linkerd/proxy/identity.pb.h"
#include "io/linkerd/proxy/inbound.pb.h"
#include "io/linkerd/proxy/opaque_route.pb.h"
#include "io/linkerd/proxy/tap.pb.h"
#include "io/linkerd/proxy/tls_route.pb.h"

namespace seine {
namespace {

using namespace io::linkerd::proxy;
using namespace wire;

TEST(Wire, net_and_meta) {
  EXPECT_TRUE(carries<net::IPAddress>(four(0x0a000001)));
  EXPECT_TRUE(carries<net::IPv6>(fixed64(1, 0x20010db800000000) + fixed64(2, 1)));
  EXPECT_TRUE(carries<net::IPAddress>(part(2, fixed64(2, 1))));
  EXPECT_TRUE(carries<net::IPNetwork>(part(1, four(0x0a000000)) + number(2, 8)));
  EXPECT_TRUE(carries<net::TcpAddress>(tcp()));
  EXPECT_TRUE(carries<meta::Metadata>(part(1, "default")));
  EXPECT_TRUE(carries<meta::Metadata>(resource()));

  net::IPAddress ten;
  ten.set_ipv4(0x0a000001);
  EXPECT_EQ(ten.SerializeAsString(), std::string("\x0d\x01\x00\x00\x0a", 5));
}

TEST(Wire, http_types) {
  EXPECT_TRUE(carries<http_types::HttpMethod>(number(1, 8)));
  EXPECT_TRUE(carries<http_types::HttpMethod>(part(2, "PURGE")));
  EXPECT_TRUE(carries<http_types::Scheme>(number(1, 1)));
  EXPECT_TRUE(carries<http_types::Scheme>(part(2, "ws")));
  EXPECT_TRUE(carries<http_types::Headers>(part(1, part(1, "a") + part(2, "\xff"))));
  EXPECT_EQ(http_types::HttpMethod::HEAD, 7);
  EXPECT_EQ(http_types::HttpMethod::CONNECT, 6);
}

TEST(Wire, routes) {
  const std::string suffix = part(2, part(1, "com") + part(1, "example"));
  EXPECT_TRUE(carries<http_route::HostMatch>(part(1, "a.example")));
  EXPECT_TRUE(carries<http_route::HostMatch>(suffix));
  EXPECT_TRUE(carries<tls_route::SniMatch>(part(1, "a.example")));
  EXPECT_TRUE(carries<tls_route::SniMatch>(suffix));
  for (std::uint32_t kind : {1U, 2U, 3U}) {
    EXPECT_TRUE(carries<http_route::PathMatch>(part(kind, "/a")));
  }
  for (std::uint32_t kind : {2U, 3U}) {
    EXPECT_TRUE(carries<http_route::HeaderMatch>(part(1, "n") + part(kind, "v")));
    EXPECT_TRUE(carries<http_route::QueryParamMatch>(part(1, "n") + part(kind, "v")));
  }
  EXPECT_TRUE(carries<http_route::HeaderMatch>(part(1, "n") + part(2, "\xff\xfe")));
  EXPECT_TRUE(carries<http_route::HttpRouteMatch>(part(1, part(1, "/")) + part(2, part(1, "n")) +
                                                  part(3, part(1, "q")) + part(4, number(1, 1))));
  const std::string headers = part(1, part(1, "a"));
  EXPECT_TRUE(carries<http_route::RequestHeaderModifier>(part(1, headers) + part(2, headers) +
                                                         part(3, "gone")));
  EXPECT_TRUE(carries<http_route::ResponseHeaderModifier>(part(1, headers) + part(2, headers) +
                                                          part(3, "gone")));
  EXPECT_TRUE(carries<http_route::PathModifier>(part(1, "/full")));
  EXPECT_TRUE(carries<http_route::PathModifier>(part(2, "/prefix")));
  EXPECT_TRUE(carries<http_route::RequestRedirect>(part(1, number(1, 1)) + part(2, "host") +
                                                   part(3, part(1, "/")) + number(4, 443) +
                                                   number(5, 302)));
  const std::string ratio = number(1, 1) + number(2, 10);
  EXPECT_TRUE(carries<http_route::Ratio>(ratio));
  EXPECT_TRUE(
      carries<http_route::HttpFailureInjector>(number(1, 503) + part(2, "no") + part(3, ratio)));
  EXPECT_TRUE(
      carries<grpc_route::GrpcFailureInjector>(number(1, 14) + part(2, "no") + part(3, ratio)));
  EXPECT_TRUE(carries<http_route::Timeouts>(part(1, duration(1)) + part(2, duration(2)) +
                                            part(3, duration(3))));
  EXPECT_TRUE(carries<grpc_route::GrpcRouteMatch>(part(1, part(1, "svc") + part(2, "method")) +
                                                  part(2, part(1, "n"))));
  EXPECT_TRUE(carries<opaque_route::Invalid>(part(1, "why")));
}

TEST(Wire, destination) {
  EXPECT_TRUE(
      carries<destination::GetDestination>(part(1, "k8s") + part(2, "web:80") + part(3, "{}")));
  EXPECT_TRUE(carries<destination::WeightedAddr>(weighted_addr()));
  EXPECT_TRUE(carries<destination::TlsIdentity>(part(1, part(1, "id")) + part(4, part(1, "sni"))));
  EXPECT_TRUE(carries<destination::TlsIdentity>(part(3, part(1, "spiffe://d/a"))));
  EXPECT_TRUE(carries<destination::TlsIdentity::UriLikeIdentity>(part(1, "spiffe://d/a")));
  EXPECT_TRUE(carries<destination::ProtocolHint>(part(1, "") + part(2, number(1, 4143))));
  EXPECT_TRUE(carries<destination::ProtocolHint>(part(3, "")));
  EXPECT_TRUE(carries<destination::ProtocolHint::OpaqueTransport>(number(1, 4143)));
  EXPECT_TRUE(carries<destination::Http2ClientParams::FlowControl>(number(1, 1) + number(2, 2) +
                                                                   number(3, 1)));
  EXPECT_TRUE(carries<destination::Http2ClientParams::KeepAlive>(
      part(1, duration(1)) + part(2, duration(2)) + number(3, 1)));
  EXPECT_TRUE(carries<destination::Http2ClientParams::Internals>(number(1, 1) + number(2, 2) +
                                                                 number(3, 3)));
  EXPECT_TRUE(carries<destination::Update>(part(1, part(1, weighted_addr()) + pair(2, "k", "v"))));
  EXPECT_TRUE(carries<destination::WeightedAddrSet>(part(1, "") + pair(2, "k", "v")));
  EXPECT_TRUE(carries<destination::Update>(part(2, part(1, tcp()))));
  EXPECT_TRUE(carries<destination::Update>(part(3, number(1, 1))));
  EXPECT_TRUE(carries<destination::NoEndpoints>(number(1, 1)));
}

TEST(Wire, profile) {
  using destination::RequestMatch;
  using destination::ResponseMatch;
  for (std::uint32_t kind : {1U, 2U}) {
    EXPECT_TRUE(carries<RequestMatch>(part(kind, part(1, part(4, part(1, "/a.*"))))));
    EXPECT_TRUE(carries<ResponseMatch>(part(kind, part(1, part(4, number(1, 500))))));
  }
  EXPECT_TRUE(carries<RequestMatch>(part(3, part(5, number(1, 1)))));
  EXPECT_TRUE(carries<ResponseMatch>(part(3, part(4, number(1, 500) + number(2, 599)))));
  EXPECT_TRUE(carries<destination::HttpStatusRange>(number(1, 500) + number(2, 599)));
  const std::string route = part(1, part(4, part(1, "/"))) +
                            part(2, part(1, part(4, number(1, 500))) + number(2, 1)) +
                            pair(3, "route", "GET /") + number(4, 1) + part(5, duration(5));
  EXPECT_TRUE(carries<destination::Route>(route));
  EXPECT_TRUE(carries<destination::ResponseClass>(part(1, "") + number(2, 1)));
  const std::string budget = fixed32(1, 0x3f000000) + number(2, 10) + part(3, duration(10));
  EXPECT_TRUE(carries<destination::RetryBudget>(budget));
  const std::string dst = part(1, "a.svc:80") + number(2, 1) + part(3, resource());
  EXPECT_TRUE(carries<destination::WeightedDst>(dst));
  EXPECT_TRUE(carries<destination::DestinationProfile>(
      part(1, route) + part(2, budget) + part(3, dst) + number(4, 1) + part(5, "a.svc") +
      part(6, weighted_addr()) + part(7, resource()) + part(8, resource())));
}

TEST(Wire, identity) {
  EXPECT_TRUE(carries<identity::CertifyRequest>(part(1, "id") + part(2, "token") + part(3, "csr")));
  EXPECT_TRUE(carries<identity::CertifyResponse>(part(1, "leaf") + part(2, "i1") + part(2, "i2") +
                                                 part(3, number(1, 1767225600) + number(2, 5))));
}

TEST(Wire, inbound) {
  using inbound::Authn;
  EXPECT_TRUE(carries<inbound::PortSpec>(part(1, "w") + number(2, 80)));
  const std::string network =
      part(1, part(1, four(0)) + number(2, 8)) + part(2, part(1, four(1)) + number(2, 32));
  EXPECT_TRUE(carries<inbound::Network>(network));
  EXPECT_TRUE(carries<Authn>(part(1, "")));
  EXPECT_TRUE(carries<Authn>(part(2, part(1, ""))));
  const std::string ids = part(1, part(1, "id")) + part(2, part(1, "foo") + part(1, "bar"));
  EXPECT_TRUE(carries<Authn>(part(2, part(2, ids))));
  EXPECT_TRUE(carries<Authn::PermitMeshTLS>(part(2, ids)));
  EXPECT_TRUE(carries<Authn::PermitMeshTLS::PermitClientIdentities>(ids));
  const std::string authz =
      part(1, network) + part(2, part(1, "")) + pair(3, "k", "v") + part(4, resource());
  EXPECT_TRUE(carries<inbound::Authz>(authz));
  const std::string limit = part(1, resource()) + part(2, number(1, 100)) + part(3, number(1, 10)) +
                            part(4, part(1, number(1, 5)) + part(2, part(1, part(1, "id"))));
  EXPECT_TRUE(carries<inbound::HttpLocalRateLimit>(limit));
  EXPECT_TRUE(carries<inbound::HttpLocalRateLimit::Override>(part(1, number(1, 5)) +
                                                             part(2, part(1, part(1, "id")))));
  const std::string route = part(1, resource()) + part(2, part(1, "host")) + part(3, authz) +
                            part(4, part(1, "") + part(2, part(1, number(1, 503))));
  EXPECT_TRUE(carries<inbound::HttpRoute>(route));
  EXPECT_TRUE(carries<inbound::GrpcRoute>(route));
  for (std::uint32_t kind : {1U, 2U, 3U}) {
    EXPECT_TRUE(carries<inbound::HttpRoute::Filter>(part(kind, "")));
  }
  for (std::uint32_t kind : {1U, 2U}) {
    EXPECT_TRUE(carries<inbound::GrpcRoute::Filter>(part(kind, "")));
  }
  using inbound::ProxyProtocol;
  EXPECT_TRUE(
      carries<ProxyProtocol::Detect>(part(1, duration(10)) + part(3, route) + part(4, limit)));
  EXPECT_TRUE(carries<ProxyProtocol::Http1>(part(2, route) + part(3, limit)));
  EXPECT_TRUE(carries<ProxyProtocol::Http2>(part(2, route) + part(3, limit)));
  EXPECT_TRUE(carries<ProxyProtocol::Grpc>(part(2, route)));
  for (std::uint32_t kind : {1U, 2U, 3U, 4U, 5U, 6U}) {
    EXPECT_TRUE(carries<ProxyProtocol>(part(kind, "")));
  }
  EXPECT_TRUE(carries<inbound::Server>(part(1, part(2, "")) + part(2, four(1)) + part(3, authz) +
                                       pair(4, "name", "all")));
}

TEST(Wire, tap) {
  using tap::ObserveRequest;
  using Match = ObserveRequest::Match;
  EXPECT_TRUE(carries<ObserveRequest>(number(1, 100) + part(2, part(1, "")) +
                                      part(3, part(1, part(1, "")))));
  for (std::uint32_t kind : {1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U}) {
    EXPECT_TRUE(carries<Match>(part(kind, "")));
  }
  EXPECT_TRUE(carries<Match::Label>(part(1, "k") + part(2, "v")));
  EXPECT_TRUE(carries<Match::Tcp>(part(1, part(1, four(1)) + number(2, 0xffffff00))));
  EXPECT_TRUE(carries<Match::Tcp::Netmask>(part(1, four(1)) + number(2, 24)));
  EXPECT_TRUE(carries<Match::Tcp>(part(3, number(1, 80) + number(2, 90))));
  EXPECT_TRUE(carries<Match::Tcp::PortRange>(number(1, 80) + number(2, 90)));
  EXPECT_TRUE(carries<Match::Http>(part(1, number(1, 1))));
  EXPECT_TRUE(carries<Match::Http>(part(2, part(1, "a"))));
  EXPECT_TRUE(carries<Match::Http>(part(3, number(1, 1))));
  EXPECT_TRUE(carries<Match::Http>(part(4, part(2, "/a"))));
  EXPECT_TRUE(carries<Match::Http::StringMatch>(part(2, "/a")));

  using Http = tap::TapEvent::Http;
  const std::string id = part(1, number(1, 7) + number(2, 9));
  EXPECT_TRUE(carries<Http::StreamId>(number(1, 7) + number(2, 9)));
  const std::string headers = part(1, part(1, "a"));
  EXPECT_TRUE(carries<Http::RequestInit>(id + part(2, number(1, 1)) + part(3, number(1, 1)) +
                                         part(4, "web") + part(5, "/") + part(6, headers)));
  EXPECT_TRUE(
      carries<Http::ResponseInit>(id + part(2, duration(1)) + number(3, 200) + part(4, headers)));
  EXPECT_TRUE(carries<Http::ResponseEnd>(id + part(2, duration(1)) + part(3, duration(2)) +
                                         number(4, 1024) + part(5, number(1, 14)) +
                                         part(6, headers)));
  EXPECT_TRUE(carries<tap::Eos>(number(2, 8)));
  for (std::uint32_t kind : {1U, 2U, 3U}) EXPECT_TRUE(carries<Http>(part(kind, id)));
  EXPECT_TRUE(carries<tap::TapEvent>(part(1, tcp()) + part(2, tcp()) + part(3, part(1, id)) +
                                     part(4, pair(1, "k", "v")) + part(5, pair(1, "k", "v")) +
                                     number(6, 2) + part(7, pair(1, "k", "v"))));
}

}  // namespace
}  // namespace seine
