// SPDX-License-Identifier: Apache-2.0
#include "gtest/gtest.h"

#include "proxy/discovery/testing/sample_outbound.h"

namespace seine::proxy {
namespace {

using namespace testing;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(DecodeOutbound, reads_what_a_controller_sends_for_a_service) {
  const model::ClientPolicy policy = decode_outbound(detecting()).value();
  EXPECT_EQ(policy.meta, (model::Metadata{"core", "Service", "web", "shop"}));
  const auto& detect = std::get<model::ClientDetect>(policy.protocol);
  EXPECT_EQ(detect.timeout, seconds(10));
  ASSERT_TRUE(detect.opaque.route.has_value());
  EXPECT_EQ(detect.opaque.route->policy.distribution.backends.size(), 1U);
  ASSERT_EQ(detect.http2.routes.size(), 1U);
  const auto& distribution = first_rule(policy).distribution;
  EXPECT_EQ(distribution.kind, model::Distribution<model::Filter>::Kind::kFirstAvailable);
  ASSERT_EQ(distribution.backends.size(), 1U);
  const model::Backend& backend = distribution.backends[0].backend;
  EXPECT_EQ(backend.queue, (model::Queue{100, seconds(3)}));
  EXPECT_EQ(std::get<model::Backend::Balancer>(backend.kind),
            (model::Backend::Balancer{"web.shop:80", {milliseconds(30), seconds(10), {}}}));
}

TEST(DecodeOutbound, wants_all_four_parts_of_detect) {
  EXPECT_EQ(refusal([](wire::OutboundPolicy&) {}), "accepted");
  EXPECT_EQ(refusal([](auto& p) { detect_of(p).clear_timeout(); }), "detect: timeout is missing");
  EXPECT_EQ(refusal([](auto& p) { detect_of(p).clear_opaque(); }), "detect: opaque is missing");
  EXPECT_EQ(refusal([](auto& p) { detect_of(p).clear_http1(); }), "detect: http1 is missing");
  EXPECT_EQ(refusal([](auto& p) { detect_of(p).clear_http2(); }), "detect: http2 is missing");
}

TEST(DecodeOutbound, says_which_required_field_is_missing) {
  const std::string rule = "detect: http1: routes[0]: rules[0]: ";
  const std::string backend = rule + "backends[0]: backend: ";
  EXPECT_EQ(refusal([](auto& p) { p.clear_metadata(); }), "metadata is missing");
  EXPECT_EQ(refusal([](auto& p) { p.clear_protocol(); }), "protocol is missing");
  EXPECT_EQ(refusal([](auto& p) {
              p.mutable_protocol()
                  ->mutable_detect()
                  ->mutable_http1()
                  ->mutable_routes(0)
                  ->clear_metadata();
            }),
            "detect: http1: routes[0]: metadata is missing");
  EXPECT_EQ(refusal([](auto& p) { rule_of(p).clear_backends(); }), rule + "backends is missing");
  EXPECT_EQ(refusal([](auto& p) { rule_of(p).mutable_backends()->clear_kind(); }),
            rule + "backends has no kind");
  EXPECT_EQ(refusal([](auto& p) { backend_of(p).clear_metadata(); }),
            backend + "metadata is missing");
  EXPECT_EQ(refusal([](auto& p) {
              backend_of(p).mutable_metadata()->mutable_resource()->clear_namespace_();
            }),
            backend + "metadata has no namespace");
  EXPECT_EQ(refusal([](auto& p) { backend_of(p).clear_queue(); }), backend + "queue is missing");
  EXPECT_EQ(refusal([](auto& p) { backend_of(p).mutable_queue()->clear_failfast_timeout(); }),
            backend + "queue: failfast_timeout is missing");
  EXPECT_EQ(refusal([](auto& p) { backend_of(p).mutable_balancer()->clear_discovery(); }),
            backend + "balancer: discovery.dst.path is missing");
  EXPECT_EQ(refusal([](auto& p) { backend_of(p).mutable_balancer()->clear_load(); }),
            backend + "balancer: load is missing");
  EXPECT_EQ(refusal([](auto& p) {
              backend_of(p).mutable_balancer()->mutable_peak_ewma()->clear_decay();
            }),
            backend + "balancer: load: decay is missing");
  EXPECT_EQ(refusal([](auto& p) { rule_of(p).mutable_retry(); }),
            rule + "retry: conditions is missing");
  EXPECT_EQ(refusal([](auto& p) { rule_of(p).add_filters(); }),
            rule + "filters[0]: it has no kind");
  EXPECT_EQ(refusal([](auto& p) { rule_of(p).add_matches()->add_headers(); }),
            rule + "matches[0]: headers[0]: name is missing");
  EXPECT_EQ(refusal([](auto& p) { accrual_of(p).mutable_consecutive_failures(); }),
            "detect: http2: failure_accrual: consecutive_failures.backoff is missing");
  EXPECT_EQ(refusal([](auto& p) { accrual_of(p).mutable_unified(); }),
            "detect: http2: failure_accrual: unified.backoff is missing");
}

TEST(DecodeOutbound, takes_one_opaque_route_with_one_rule) {
  EXPECT_EQ(refusal([](auto& p) {
              auto& opaque = *p.mutable_protocol()->mutable_detect()->mutable_opaque();
              *opaque.add_routes() = opaque.routes(0);
            }),
            "detect: opaque: 2 opaque routes where at most one is expected");
  EXPECT_EQ(
      refusal([](auto& p) {
        p.mutable_protocol()->mutable_detect()->mutable_opaque()->mutable_routes(0)->clear_rules();
      }),
      "detect: opaque: routes[0]: 0 rules where one is expected");
  EXPECT_EQ(refusal([](auto& p) {
              p.mutable_protocol()->mutable_detect()->mutable_opaque()->clear_routes();
            }),
            "accepted");
}

}  // namespace
}  // namespace seine::proxy
