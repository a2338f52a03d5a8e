// SPDX-License-Identifier: Apache-2.0
#include "gtest/gtest.h"

#include "proxy/discovery/testing/sample_outbound.h"

namespace seine::proxy {
namespace {

using namespace testing;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(DecodeOutbound, lets_the_older_request_timeout_count_only_alone) {
  wire::OutboundPolicy policy = detecting();
  rule_of(policy).mutable_requesttimeout()->set_seconds(7);
  EXPECT_EQ(first_rule(*decode_outbound(policy)).timeouts.request, seconds(7));
  rule_of(policy).mutable_timeouts()->mutable_request()->set_seconds(5);
  rule_of(policy).mutable_timeouts()->mutable_idle()->set_seconds(1);
  EXPECT_EQ(first_rule(*decode_outbound(policy)).timeouts,
            (model::Timeouts{.request = seconds(5), .idle = seconds(1)}));
}

TEST(DecodeOutbound, reads_retries_and_filters) {
  wire::OutboundPolicy policy = detecting();
  auto& rule = rule_of(policy);
  rule.set_allow_l5d_request_headers(true);
  auto& retry = *rule.mutable_retry();
  retry.set_max_retries(3);
  retry.set_max_request_bytes(65536);
  auto& range = *retry.mutable_conditions()->add_status_ranges();
  range.set_start(500);
  range.set_end(599);
  retry.mutable_timeout()->set_seconds(1);
  retry.mutable_backoff()->mutable_min_backoff()->set_nanos(25'000'000);
  retry.mutable_backoff()->mutable_max_backoff()->set_nanos(250'000'000);
  retry.mutable_backoff()->set_jitter_ratio(1);
  auto& modifier = *rule.add_filters()->mutable_response_header_modifier();
  auto& header = *modifier.mutable_set()->add_headers();
  header.set_name("X-Shop");
  header.set_value("1");
  modifier.add_remove("Server");
  auto& injector = *rule.add_filters()->mutable_failure_injector();
  injector.set_status(503);
  injector.mutable_ratio()->set_numerator(1);
  injector.mutable_ratio()->set_denominator(10);

  const model::ClientPolicy decoded = decode_outbound(policy).value();
  const model::ClientRulePolicy& out = first_rule(decoded);
  EXPECT_TRUE(out.allows_l5d_request_headers);
  EXPECT_EQ(
      out.retry,
      (model::Retry{.max_retries = 3,
                    .max_request_bytes = 65536,
                    .statuses = {{500, 599}},
                    .timeout = seconds(1),
                    .backoff = model::Backoff{milliseconds(25), milliseconds(250), 1, false}}));
  const auto& changed = std::get<model::ResponseHeaderModifier>(out.filters[0]);
  EXPECT_EQ(changed.set[0], (std::pair<std::string, std::string>("x-shop", "1")));
  EXPECT_EQ(changed.remove[0], "server");
  EXPECT_EQ(std::get<model::FailureInjector>(out.filters[1]).denominator, 10U);
}

TEST(DecodeOutbound, refuses_values_out_of_range) {
  const std::string rule = "detect: http1: routes[0]: rules[0]: ";
  EXPECT_EQ(refusal([](auto& p) { added_header_of(p).set_name("a b"); }),
            rule + "filters[0]: add[0]: 'a b' is not a header name");
  EXPECT_EQ(refusal([](auto& p) {
              auto& header = added_header_of(p);
              header.set_name("a");
              header.set_value("b\r\nc: d");
            }),
            rule + "filters[0]: add[0]: the value of header 'a' has a line break or NUL");
  EXPECT_EQ(refusal([](auto& p) {
              auto& injector = *rule_of(p).add_filters()->mutable_failure_injector();
              injector.set_status(503);
              injector.mutable_ratio()->set_numerator(1);
            }),
            rule + "filters[0]: ratio 1/0 is not between 0 and 1");
  EXPECT_EQ(refusal([](auto& p) {
              auto& range = *rule_of(p).mutable_retry()->mutable_conditions()->add_status_ranges();
              range.set_start(600);
              range.set_end(500);
            }),
            rule + "retry: conditions: status range 600 to 500 is not one");
  EXPECT_TRUE(refusal([](auto& p) {
                rule_of(p).add_matches()->mutable_path()->set_regex("(");
              }).starts_with(rule + "matches[0]: '(' is not a regular expression"));
  EXPECT_EQ(refusal([](auto& p) {
              auto& unified = *accrual_of(p).mutable_unified();
              unified.mutable_backoff()->mutable_min_backoff()->set_seconds(1);
              unified.mutable_backoff()->mutable_max_backoff()->set_seconds(2);
              unified.set_min_requests(1'000'001);
            }),
            "detect: http2: failure_accrual: unified.min_requests is over a million");
  EXPECT_EQ(refusal([](auto& p) {
              auto& backoff = *accrual_of(p).mutable_consecutive_failures()->mutable_backoff();
              backoff.mutable_min_backoff()->set_seconds(2);
              backoff.mutable_max_backoff()->set_seconds(1);
            }),
            "detect: http2: failure_accrual: consecutive_failures.backoff: min_backoff is over "
            "max_backoff");
}

TEST(DecodeOutbound, reads_penalties_with_their_defaults) {
  wire::OutboundPolicy policy = detecting();
  backend_of(policy)
      .mutable_balancer()
      ->mutable_penalty_peak_ewma()
      ->mutable_penalty()
      ->set_seconds(7);
  const model::ClientPolicy decoded = decode_outbound(policy).value();
  const auto& backend = first_rule(decoded).distribution.backends[0].backend;
  model::PeakEwma load;
  load.penalty = model::PeakEwma::Penalty{.penalty = seconds(7)};
  EXPECT_EQ(std::get<model::Backend::Balancer>(backend.kind).load, load);
}

TEST(DecodeOutbound, reads_forwards_and_backends_that_fail) {
  wire::OutboundPolicy policy = detecting();
  auto& forward = *backend_of(policy).mutable_forward();
  forward.mutable_addr()->mutable_ip()->set_ipv4(0x0a000001);
  forward.mutable_addr()->set_port(80);
  model::ClientPolicy decoded = decode_outbound(policy).value();
  EXPECT_EQ(
      std::get<model::Backend::Forward>(first_rule(decoded).distribution.backends[0].backend.kind)
          .endpoint.addr.to_string(),
      "10.0.0.1:80");
  backend_of(policy).clear_forward();
  decoded = decode_outbound(policy).value();
  EXPECT_TRUE(std::holds_alternative<model::Backend::Fail>(
      first_rule(decoded).distribution.backends[0].backend.kind));
}

TEST(DecodeOutbound, reads_grpc_and_tls) {
  wire::OutboundPolicy policy = detecting();
  auto& grpc = *policy.mutable_protocol()->mutable_grpc()->add_routes();
  name(*grpc.mutable_metadata(), "GRPCRoute");
  auto& rule = *grpc.add_rules();
  rule.add_matches()->mutable_rpc()->set_service("shop.Cart");
  auto& weighted = *rule.mutable_backends()->mutable_random_available()->add_backends();
  weighted.set_weight(9);
  *weighted.mutable_backend()->mutable_backend() = balancer();
  rule.mutable_retry()->mutable_conditions()->set_deadine_exceeded(true);
  rule.mutable_retry()->mutable_conditions()->set_unavailable(true);
  model::ClientPolicy decoded = decode_outbound(policy).value();
  const auto& route = std::get<model::ClientGrpc>(decoded.protocol).routes[0];
  EXPECT_EQ(route.rules[0].matches[0].service, "shop.Cart");
  EXPECT_EQ(route.rules[0].policy.distribution.backends[0].weight, 9U);
  EXPECT_EQ(route.rules[0].policy.retry->grpc_codes, (std::vector<std::uint8_t>{4, 14}));

  auto& tls = *policy.mutable_protocol()->mutable_tls()->add_routes();
  name(*tls.mutable_metadata(), "TLSRoute");
  tls.add_snis()->set_exact("Web.Example");
  tls.add_rules()->mutable_backends()->mutable_empty();
  tls.mutable_rules(0)->add_filters()->mutable_invalid()->set_message("no such backend");
  decoded = decode_outbound(policy).value();
  const auto& tls_route = std::get<model::ClientTls>(decoded.protocol).routes[0];
  EXPECT_EQ(tls_route.snis[0].name, "web.example");
  EXPECT_EQ(tls_route.policy.filters[0].kind, model::TcpFilter::Kind::kInvalidBackend);
  EXPECT_EQ(tls_route.policy.filters[0].message, "no such backend");
}

}  // namespace
}  // namespace seine::proxy
