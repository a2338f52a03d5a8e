// SPDX-License-Identifier: Apache-2.0
// The field numbers of outbound policy against bytes written by hand; see wire_test.cc.
#include "gtest/gtest.h"

#include "io/linkerd/proxy/outbound.pb.h"
#include "proto/wire.h"

namespace seine {
namespace {

using namespace io::linkerd::proxy;
using namespace wire;

std::string backend() {
  return part(1, resource()) + part(2, weighted_addr()) +
         part(4, number(1, 100) + part(2, duration(3)));
}

// Distribution, RouteBackend and WeightedRouteBackend have the same numbers under each route kind.
template <class RouteKind>
void expect_distribution(const std::string& route_backend) {
  using Distribution = typename RouteKind::Distribution;
  EXPECT_TRUE(carries<typename RouteKind::RouteBackend>(route_backend));
  EXPECT_TRUE(carries<Distribution>(part(1, "")));
  EXPECT_TRUE(carries<Distribution>(part(2, part(1, route_backend))));
  EXPECT_TRUE(carries<Distribution>(part(3, part(1, part(1, route_backend) + number(2, 9)))));
  EXPECT_TRUE(
      carries<typename RouteKind::WeightedRouteBackend>(part(1, route_backend) + number(2, 9)));
}

TEST(Wire, outbound_routes) {
  const std::string filtered = part(1, backend()) + part(3, part(1, ""));
  const std::string timed = filtered + part(4, duration(1));
  expect_distribution<outbound::HttpRoute>(timed);
  expect_distribution<outbound::GrpcRoute>(timed);
  expect_distribution<outbound::OpaqueRoute>(filtered);
  expect_distribution<outbound::TlsRoute>(filtered);

  const std::string backoff = part(1, duration(1)) + part(2, duration(2)) + fixed32(3, 0x3f000000);
  const auto retry = [&](const std::string& conditions) {
    return number(1, 3) + number(2, 65536) + part(3, conditions) + part(4, duration(1)) +
           part(5, backoff);
  };
  const std::string http_retry = retry(part(1, number(1, 500) + number(2, 599)));
  const std::string grpc_retry =
      retry(number(1, 1) + number(4, 1) + number(8, 1) + number(13, 1) + number(14, 1));
  EXPECT_TRUE(carries<outbound::HttpRoute::Retry>(http_retry));
  EXPECT_TRUE(carries<outbound::GrpcRoute::Retry>(grpc_retry));
  EXPECT_TRUE(carries<outbound::GrpcRoute::Retry::Conditions>(
      number(1, 1) + number(4, 1) + number(8, 1) + number(13, 1) + number(14, 1)));
  const auto rule = [](const std::string& with_retry) {
    return part(1, "") + part(2, "") + part(3, part(1, "")) + part(4, duration(4)) +
           part(5, part(2, duration(5))) + part(6, with_retry) + number(7, 1);
  };
  EXPECT_TRUE(carries<outbound::HttpRoute::Rule>(rule(http_retry)));
  EXPECT_TRUE(carries<outbound::GrpcRoute::Rule>(rule(grpc_retry)));
  for (std::uint32_t kind : {1U, 2U, 3U, 4U}) {
    EXPECT_TRUE(carries<outbound::HttpRoute::Filter>(part(kind, "")));
  }
  for (std::uint32_t kind : {1U, 2U}) {
    EXPECT_TRUE(carries<outbound::GrpcRoute::Filter>(part(kind, "")));
    EXPECT_TRUE(carries<outbound::OpaqueRoute::Filter>(part(kind, "")));
    EXPECT_TRUE(carries<outbound::TlsRoute::Filter>(part(kind, "")));
  }
  EXPECT_TRUE(carries<outbound::HttpRoute>(part(1, resource()) + part(2, part(1, "h")) +
                                           part(3, rule(http_retry))));
  EXPECT_TRUE(carries<outbound::GrpcRoute>(part(1, resource()) + part(2, part(1, "h")) +
                                           part(3, rule(grpc_retry))));
  const std::string tcp_rule = part(1, part(1, "")) + part(2, part(1, part(1, "why")));
  EXPECT_TRUE(carries<outbound::OpaqueRoute::Rule>(tcp_rule));
  EXPECT_TRUE(carries<outbound::OpaqueRoute>(part(1, resource()) + part(3, tcp_rule)));
  EXPECT_TRUE(carries<outbound::TlsRoute>(part(1, resource()) + part(2, part(1, "sni")) +
                                          part(3, tcp_rule)));
}

TEST(Wire, outbound_policy) {
  using outbound::Backend;
  using outbound::FailureAccrual;
  using outbound::ProxyProtocol;
  EXPECT_TRUE(carries<outbound::TrafficSpec>(part(1, "w") + part(2, tcp())));
  EXPECT_TRUE(carries<outbound::TrafficSpec>(part(1, "w") + part(3, "web:80")));
  EXPECT_TRUE(carries<Backend>(backend()));
  const std::string discovery = part(1, part(1, part(1, "web:80")));
  const std::string peak = part(1, duration(1)) + part(2, duration(2));
  const std::string penalty =
      peak + part(3, duration(3)) + part(4, duration(4)) + part(5, duration(5));
  EXPECT_TRUE(carries<Backend::BalanceP2c>(discovery + part(2, peak)));
  EXPECT_TRUE(carries<Backend::BalanceP2c>(discovery + part(3, penalty)));
  EXPECT_TRUE(carries<Backend::BalanceP2c::PeakEwma>(peak));
  EXPECT_TRUE(carries<Backend::BalanceP2c::PenaltyPeakEwma>(penalty));
  EXPECT_TRUE(carries<Backend>(part(1, resource()) + part(3, discovery + part(2, peak))));
  EXPECT_TRUE(carries<outbound::Queue>(number(1, 100) + part(2, duration(3))));
  const std::string backoff =
      part(1, duration(1)) + part(2, duration(2)) + fixed32(3, 0x3f000000) + number(4, 1);
  EXPECT_TRUE(carries<outbound::ExponentialBackoff>(backoff));
  const std::string unified = fixed64(1, 0x3fe0000000000000) + part(2, duration(10)) +
                              number(3, 20) + number(4, 7) + part(5, backoff);
  EXPECT_TRUE(carries<FailureAccrual::Unified>(unified));
  EXPECT_TRUE(carries<FailureAccrual::ConsecutiveFailures>(number(1, 7) + part(2, backoff)));
  const std::string consecutive = part(1, number(1, 7) + part(2, backoff));
  EXPECT_TRUE(carries<FailureAccrual>(consecutive + part(3, number(1, 1))));
  EXPECT_TRUE(carries<FailureAccrual>(part(2, unified)));
  EXPECT_TRUE(carries<FailureAccrual::Ejection>(number(1, 1)));

  EXPECT_TRUE(carries<ProxyProtocol::Detect>(part(1, duration(10)) + part(2, "") + part(3, "") +
                                             part(4, "")));
  EXPECT_TRUE(carries<ProxyProtocol::Http1>(part(1, "") + part(2, consecutive)));
  EXPECT_TRUE(carries<ProxyProtocol::Http2>(part(1, "") + part(2, consecutive)));
  EXPECT_TRUE(carries<ProxyProtocol::Grpc>(part(1, "") + part(2, consecutive)));
  EXPECT_TRUE(carries<ProxyProtocol::Tls>(part(1, "")));
  EXPECT_TRUE(carries<ProxyProtocol::Opaque>(part(1, "")));
  for (std::uint32_t kind : {1U, 2U, 3U, 4U, 5U, 6U}) {
    EXPECT_TRUE(carries<ProxyProtocol>(part(kind, "")));
  }
  EXPECT_TRUE(carries<outbound::OutboundPolicy>(part(1, part(2, "")) + part(2, resource())));
}

}  // namespace
}  // namespace seine
