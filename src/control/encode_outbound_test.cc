// SPDX-License-Identifier: Apache-2.0
#include "control/encode_outbound.h"

#include "gtest/gtest.h"

namespace seine::control {
namespace {

namespace wire = io::linkerd::proxy::outbound;
using std::chrono::milliseconds;
using std::chrono::seconds;

const model::Metadata kWeb = model::Metadata::make_resource("", "Service", "shop", "web");

model::Backend balancer() {
  return {.meta = kWeb, .kind = model::Backend::Balancer{.path = "web.shop:80", .load = {}}};
}

wire::OutboundPolicy encoded(const model::ClientPolicy& policy) {
  wire::OutboundPolicy message;
  encode_outbound(policy, message);
  return message;
}

// What a proxy refuses a policy for lacking.
void expect_usable(const wire::Backend& backend) {
  EXPECT_TRUE(backend.metadata().has_resource());
  EXPECT_NE(backend.metadata().resource().group(), "");
  EXPECT_NE(backend.metadata().resource().namespace_(), "");
  EXPECT_TRUE(backend.has_queue());
  EXPECT_TRUE(backend.queue().has_failfast_timeout());
}

TEST(EncodeOutbound, writes_all_four_parts_of_detect_even_if_they_are_empty) {
  const wire::OutboundPolicy message =
      encoded({.meta = kWeb, .protocol = model::ClientDetect{.timeout = Duration::zero()}});
  EXPECT_TRUE(message.has_metadata());
  const auto& detect = message.protocol().detect();
  EXPECT_TRUE(detect.has_timeout());
  EXPECT_TRUE(detect.has_opaque());
  EXPECT_TRUE(detect.has_http1());
  EXPECT_TRUE(detect.has_http2());
  EXPECT_FALSE(detect.http1().has_failure_accrual());
}

TEST(EncodeOutbound, writes_what_a_service_without_routes_needs) {
  const wire::OutboundPolicy message =
      encoded(model::make_detect_policy(kWeb, balancer(), seconds(10)));
  const auto& detect = message.protocol().detect();
  EXPECT_EQ(detect.timeout().seconds(), 10);
  for (const auto* routes : {&detect.http1().routes(), &detect.http2().routes()}) {
    ASSERT_EQ(routes->size(), 1);
    const wire::HttpRoute& route = routes->Get(0);
    EXPECT_TRUE(route.has_metadata());
    ASSERT_EQ(route.rules_size(), 1);
    ASSERT_EQ(route.rules(0).backends().first_available().backends_size(), 1);
    const auto& backend = route.rules(0).backends().first_available().backends(0).backend();
    expect_usable(backend);
    EXPECT_EQ(backend.queue().capacity(), 100U);
    EXPECT_EQ(backend.queue().failfast_timeout().seconds(), 3);
    EXPECT_EQ(backend.balancer().discovery().dst().path(), "web.shop:80");
    EXPECT_EQ(backend.balancer().peak_ewma().default_rtt().nanos(), 30'000'000);
    EXPECT_EQ(backend.balancer().peak_ewma().decay().seconds(), 10);
  }
  ASSERT_EQ(detect.opaque().routes_size(), 1);
  ASSERT_EQ(detect.opaque().routes(0).rules_size(), 1);
  expect_usable(
      detect.opaque().routes(0).rules(0).backends().first_available().backends(0).backend());
}

TEST(EncodeOutbound, writes_a_kind_for_each_distribution) {
  using Distribution = model::Distribution<model::Filter>;
  model::ClientHttpRoute route;
  route.meta = kWeb;
  for (const auto kind : {Distribution::Kind::kEmpty, Distribution::Kind::kFirstAvailable,
                          Distribution::Kind::kRandomAvailable}) {
    route.rules.push_back({{}, {.distribution = {.kind = kind}}});
  }
  route.rules[2].policy.distribution.backends = {{.backend = balancer(), .weight = 9}};
  model::ClientHttp2 http2;
  http2.routes = {route};
  const wire::OutboundPolicy message = encoded({kWeb, http2});
  const auto& rules = message.protocol().http2().routes(0).rules();
  using Case = wire::HttpRoute::Distribution;
  EXPECT_EQ(rules[0].backends().kind_case(), Case::kEmpty);
  EXPECT_EQ(rules[1].backends().kind_case(), Case::kFirstAvailable);
  EXPECT_EQ(rules[2].backends().kind_case(), Case::kRandomAvailable);
  EXPECT_EQ(rules[2].backends().random_available().backends(0).weight(), 9U);
}

TEST(EncodeOutbound, writes_retries_timeouts_and_accrual_whole) {
  model::ClientHttp1 http1;
  model::ClientRulePolicy policy;
  policy.timeouts = {.response = seconds(1), .request = seconds(2), .idle = seconds(3)};
  policy.retry = model::Retry{.max_retries = 3, .statuses = {{500, 599}}};
  policy.retry->backoff = model::Backoff{milliseconds(25), milliseconds(250), 1, false};
  policy.filters = {model::ResponseHeaderModifier{{.remove = {"server"}}}};
  policy.allows_l5d_request_headers = true;
  http1.routes.push_back({kWeb, {}, {{{}, policy}}});
  http1.accrual.kind = model::ConsecutiveFailures{7, {}};
  http1.accrual.min_ready_endpoints = 2;
  const wire::OutboundPolicy message = encoded({kWeb, http1});
  const auto& rule = message.protocol().http1().routes(0).rules(0);
  EXPECT_EQ(rule.timeouts().response().seconds(), 1);
  EXPECT_EQ(rule.timeouts().request().seconds(), 2);
  EXPECT_EQ(rule.timeouts().idle().seconds(), 3);
  EXPECT_TRUE(rule.retry().has_conditions());
  EXPECT_EQ(rule.retry().conditions().status_ranges(0).end(), 599U);
  EXPECT_EQ(rule.retry().backoff().max_backoff().nanos(), 250'000'000);
  EXPECT_EQ(rule.filters(0).response_header_modifier().remove(0), "server");
  EXPECT_TRUE(rule.allow_l5d_request_headers());
  const auto& accrual = message.protocol().http1().failure_accrual();
  EXPECT_EQ(accrual.consecutive_failures().max_failures(), 7U);
  EXPECT_TRUE(accrual.consecutive_failures().backoff().has_min_backoff());
  EXPECT_TRUE(accrual.consecutive_failures().backoff().has_max_backoff());
  EXPECT_EQ(accrual.ejection().min_ready_endpoints(), 2U);
}

TEST(EncodeOutbound, writes_grpc_retries_as_conditions_and_drops_what_grpc_cannot_say) {
  model::ClientGrpc grpc;
  model::ClientRulePolicy policy;
  policy.retry = model::Retry{.grpc_codes = {4, 14}};
  policy.filters = {model::Redirect{}, model::FailureInjector{.grpc = true, .status = 14}};
  grpc.routes.push_back({kWeb, {}, {{{{"shop.Cart", "", {}}}, policy}}});
  grpc.accrual.kind = model::UnifiedAccrual{.success_rate_threshold = 0.5};
  const wire::OutboundPolicy message = encoded({kWeb, grpc});
  const auto& rule = message.protocol().grpc().routes(0).rules(0);
  EXPECT_EQ(rule.matches(0).rpc().service(), "shop.Cart");
  EXPECT_TRUE(rule.retry().conditions().deadine_exceeded());
  EXPECT_TRUE(rule.retry().conditions().unavailable());
  EXPECT_FALSE(rule.retry().conditions().internal());
  ASSERT_EQ(rule.filters_size(), 1);
  EXPECT_EQ(rule.filters(0).failure_injector().code(), 14U);
  const auto& unified = message.protocol().grpc().failure_accrual().unified();
  EXPECT_EQ(unified.decay().seconds(), 10);
  EXPECT_TRUE(unified.has_backoff());
}

TEST(EncodeOutbound, writes_forwards_penalties_and_tls) {
  model::Backend forward = balancer();
  forward.kind = model::Backend::Forward{{.addr = SocketAddr::parse("10.0.0.1:80").value()}};
  model::Backend penalty = balancer();
  std::get<model::Backend::Balancer>(penalty.kind).load.penalty.emplace();
  model::TlsRoute route{.meta = kWeb, .snis = {{model::HostMatch::Kind::kExact, "web.example"}}};
  route.policy.distribution = {model::Distribution<model::TcpFilter>::Kind::kRandomAvailable,
                               {{.backend = forward}, {.backend = penalty}}};
  route.policy.filters = {{model::TcpFilter::Kind::kInvalidBackend, "gone"}, {}};
  const wire::OutboundPolicy message = encoded({kWeb, model::ClientTls{{route}}});
  const wire::TlsRoute& tls = message.protocol().tls().routes(0);
  EXPECT_EQ(tls.snis(0).exact(), "web.example");
  ASSERT_EQ(tls.rules_size(), 1);
  EXPECT_EQ(tls.rules(0).filters(0).invalid().message(), "gone");
  EXPECT_TRUE(tls.rules(0).filters(1).has_forbidden());
  const auto& backends = tls.rules(0).backends().random_available().backends();
  expect_usable(backends[0].backend().backend());
  EXPECT_EQ(backends[0].backend().backend().forward().addr().port(), 80U);
  EXPECT_EQ(backends[1].backend().backend().balancer().penalty_peak_ewma().penalty().seconds(), 5);
}

}  // namespace
}  // namespace seine::control
