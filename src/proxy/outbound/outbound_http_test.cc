// SPDX-License-Identifier: Apache-2.0
#include "proxy/outbound/outbound_http.h"

#include "gtest/gtest.h"

#include "proxy/testing/outbound_lab.h"

namespace seine::proxy {
namespace {

using testing::LocalApplication;
using testing::OutboundLab;
using testing::request_for;
using testing::ServiceCall;

TEST(OutboundHttp, requests_beyond_the_limit_are_shed_and_those_under_way_go_on) {
  Config config = testing::worker_config();
  config.outbound.max_in_flight = 1;
  OutboundLab lab(std::move(config));
  lab.application.service.handler = http::testing::ScriptedService::hang;
  std::optional<ServiceCall> first;
  first.emplace(lab.t.loop, lab.service, request_for("web"));
  lab.t.settle();
  EXPECT_EQ(lab.application.service.running, 1);

  const Result<http::Response> second = lab.t.run(lab.service.call(request_for("web")));
  ASSERT_TRUE(second);
  EXPECT_EQ(second->head.status, 503);
  EXPECT_EQ(
      second->head.headers.get("l5d-proxy-error"),
      "loadshed: too many requests in flight: LINKERD2_PROXY_OUTBOUND_MAX_IN_FLIGHT allows 1");
  EXPECT_TRUE(lab.registry.scrape().contains("outbound_http_errors_total{error=\"loadshed\"} 1\n"));
  EXPECT_FALSE(first->result);

  first.reset();
  lab.application.service.handler = http::testing::ScriptedService::echo;
  const Result<http::Response> third = lab.t.run(lab.service.call(request_for("web")));
  ASSERT_TRUE(third);
  EXPECT_EQ(third->head.status, 200);
}

TEST(OutboundHttp, requests_are_shed_while_buffers_hold_more_than_they_may) {
  Config config = testing::worker_config();
  config.memory_limit = 1 << 20;
  OutboundLab lab(std::move(config));
  runtime::ByteBudget::Share& held = lab.t.loop.pool().share();
  {
    const runtime::ByteBudget::Charge others(held, 2 << 20);
    const Result<http::Response> shed = lab.t.run(lab.service.call(request_for("web")));
    ASSERT_TRUE(shed);
    EXPECT_EQ(shed->head.status, 503);
    EXPECT_EQ(shed->head.headers.get("l5d-proxy-error"),
              "memory limit: buffers hold 2097152 bytes: SEINE_PROXY_MEMORY_LIMIT allows 1048576");
    EXPECT_EQ(lab.counted("outbound_http_errors_total", "error=\"memory limit\""), 1);
  }
  const Result<http::Response> served = lab.t.run(lab.service.call(request_for("web")));
  ASSERT_TRUE(served);
  EXPECT_EQ(served->head.status, 200);
}

TEST(OutboundHttp, a_refused_connection_names_its_address_once) {
  OutboundLab lab;
  const SocketAddr nobody = LocalApplication(lab.t, false).addr();
  lab.targets.publish(lab.destination, testing::forward_to(nobody));
  const Result<http::Response> response = lab.t.run(lab.service.call(request_for("web")));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->head.status, 502);
  EXPECT_EQ(response->head.headers.get("l5d-proxy-error"),
            "connect refused: " + nobody.to_string() + ": ECONNREFUSED");
}

TEST(OutboundHttp, requests_that_find_the_environments_queue_full_are_shed) {
  Config config = testing::worker_config();
  config.outbound.queue_capacity = 1;  // the policy's holds 100
  OutboundLab lab(std::move(config));
  const SocketAddr nobody = LocalApplication(lab.t, false).addr();
  lab.targets.publish(lab.destination, testing::forward_to(nobody));
  const ServiceCall waiting(lab.t.loop, lab.service, request_for("web", http::Version::kHttp2));
  lab.t.settle();
  EXPECT_FALSE(waiting.result);
  const Result<http::Response> response =
      lab.t.run(lab.service.call(request_for("web", http::Version::kHttp2)));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->head.status, 503);
  EXPECT_EQ(response->head.headers.get("l5d-proxy-error"),
            "loadshed: " + nobody.to_string() + ": 1 requests wait already");
}

TEST(OutboundHttp, a_tap_sees_each_try_that_left_with_both_ends) {
  OutboundLab lab;
  TapBox box(lab.t.loop, 100);
  lab.taps.add(std::make_shared<Tap>(TapMatch{TapMatch::All{}}, false, 10, box));
  ASSERT_TRUE(lab.t.run(lab.service.call(request_for("web"))));
  const std::vector<TapRecord> seen = box.take();
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[0].ends->direction, Direction::kOutbound);
  EXPECT_EQ(seen[0].ends->source.to_string(), "10.0.0.9:1234");
  EXPECT_EQ(seen[0].ends->destination, lab.application.addr());
  EXPECT_EQ(seen[0].ends->destination_labels.count("tls"), 1U);
  EXPECT_EQ(std::get<TapRequestInit>(seen[0].event).authority, "web");
  EXPECT_EQ(std::get<TapResponseInit>(seen[1].event).status, 200);
  EXPECT_EQ(lab.counted("request_total"), 1);
}

TEST(OutboundHttp, a_request_whose_client_goes_away_ends_in_a_tap_as_cancelled) {
  OutboundLab lab;
  TapBox box(lab.t.loop, 100);
  lab.taps.add(std::make_shared<Tap>(TapMatch{TapMatch::All{}}, false, 10, box));
  lab.application.service.handler = http::testing::ScriptedService::hang;
  std::optional<ServiceCall> call;
  call.emplace(lab.t.loop, lab.service, request_for("web"));
  lab.t.settle();
  call.reset();
  const std::vector<TapRecord> seen = box.take();
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(std::get<TapResponseEnd>(seen[1].event).reset, 8U);
}

runtime::Task<Result<http::Response>> overloaded(http::testing::ScriptedService&, http::Request) {
  http::Response response;
  response.head.status = 503;
  co_return response;
}

TEST(OutboundHttp, a_policys_failure_accrual_sets_endpoints_aside) {
  OutboundLab lab;
  lab.application.service.handler = overloaded;
  OutboundTarget target = *testing::forward_to(lab.application.addr());
  auto& detect = std::get<model::ClientDetect>(target.policy->protocol);
  detect.http1.accrual.kind =
      model::ConsecutiveFailures{.max_failures = 2, .backoff = {.min = std::chrono::seconds(1)}};
  lab.targets.publish(lab.destination, std::make_shared<const OutboundTarget>(std::move(target)));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(lab.t.run(lab.service.call(request_for("web")))->head.status, 503);
  }
  const ServiceCall third(lab.t.loop, lab.service, request_for("web"));
  lab.t.settle();
  EXPECT_FALSE(third.result);
  EXPECT_EQ(lab.application.service.calls, 2);
}

// As the lab's, with these filters of the rule and of its backend.
std::shared_ptr<const OutboundTarget> filtered(const SocketAddr& to,
                                               std::vector<model::Filter> of_rule,
                                               std::vector<model::Filter> of_backend = {}) {
  OutboundTarget target = *testing::forward_to(to);
  auto& detect = std::get<model::ClientDetect>(target.policy->protocol);
  model::ClientRulePolicy& rule = detect.http1.routes.at(0).rules.at(0).policy;
  rule.filters = std::move(of_rule);
  rule.distribution.backends.at(0).filters = std::move(of_backend);
  return std::make_shared<const OutboundTarget>(std::move(target));
}

TEST(OutboundHttp, filters_of_a_rule_and_of_its_backend_change_both_heads) {
  OutboundLab lab;
  lab.application.service.handler =
      [](http::testing::ScriptedService& self,
         http::Request request) -> runtime::Task<Result<http::Response>> {
    self.last = request.head;
    co_return http::Response();
  };
  model::RequestHeaderModifier asked;
  asked.set = {{"x-rule", "1"}};
  model::RequestHeaderModifier asked_backend;
  asked_backend.set = {{"x-backend", "1"}};
  model::ResponseHeaderModifier answered;
  answered.set = {{"x-answer", "1"}};
  lab.targets.publish(lab.destination,
                      filtered(lab.application.addr(), {asked}, {asked_backend, answered}));
  const Result<http::Response> response = lab.t.run(lab.service.call(request_for("web")));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->head.headers.get("x-answer"), "1");
  EXPECT_TRUE(lab.application.service.last.headers.contains("x-rule"));
  EXPECT_TRUE(lab.application.service.last.headers.contains("x-backend"));
}

TEST(OutboundHttp, what_a_filter_answers_goes_nowhere) {
  OutboundLab lab;
  lab.targets.publish(lab.destination,
                      filtered(lab.application.addr(), {model::Redirect{.host = "new"}}));
  Result<http::Response> response = lab.t.run(lab.service.call(request_for("web")));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->head.status, 301);
  EXPECT_EQ(response->head.headers.get("location"), "http://new/");
  lab.targets.publish(lab.destination,
                      filtered(lab.application.addr(), {},
                               {model::FailureInjector{.status = 418, .message = "tea"}}));
  response = lab.t.run(lab.service.call(request_for("web")));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->head.status, 418);
  EXPECT_EQ(response->head.headers.get("l5d-proxy-error"), "injected failure: tea");
  EXPECT_EQ(lab.counted("outbound_http_errors_total", "injected failure"), 1);
  EXPECT_EQ(lab.application.connections, 0);
  EXPECT_EQ(lab.counted("request_total"), 0);
}

TEST(OutboundHttp, backends_that_fail_fast_are_passed_over_while_there_are_others) {
  OutboundLab lab;
  LocalApplication http2(lab.t, true);
  const SocketAddr nobody = LocalApplication(lab.t, true).addr();
  OutboundTarget target = *testing::forward_to(nobody);
  auto& detect = std::get<model::ClientDetect>(target.policy->protocol);
  auto& distribution = detect.http2.routes.at(0).rules.at(0).policy.distribution;
  distribution.kind = model::Distribution<model::Filter>::Kind::kFirstAvailable;
  distribution.backends.push_back(distribution.backends.at(0));
  distribution.backends.at(1).backend.kind =
      model::Backend::Forward{model::Endpoint{.addr = http2.addr()}};
  lab.targets.publish(lab.destination, std::make_shared<const OutboundTarget>(target));
  const auto status = [&] {
    ServiceCall call(lab.t.loop, lab.service, request_for("web", http::Version::kHttp2));
    lab.t.advance(std::chrono::seconds(4), std::chrono::milliseconds(100));
    return call.result && *call.result ? (*call.result)->head.status : 0;
  };
  EXPECT_EQ(status(), 504) << "the first is not known to fail before it has";
  EXPECT_EQ(status(), 200);
  EXPECT_EQ(http2.service.calls, 1);

  distribution.backends.at(1).backend.kind =
      model::Backend::Forward{model::Endpoint{.addr = LocalApplication(lab.t, true).addr()}};
  lab.targets.publish(lab.destination, std::make_shared<const OutboundTarget>(target));
  EXPECT_EQ(status(), 504);
  EXPECT_EQ(status(), 503) << "both are known to fail";
}

TEST(OutboundHttp, a_rule_that_redirects_needs_no_backend) {
  OutboundLab lab;
  OutboundTarget target = *filtered(lab.application.addr(), {model::Redirect{.host = "new"}});
  auto& detect = std::get<model::ClientDetect>(target.policy->protocol);
  model::ClientRulePolicy& rule = detect.http1.routes.at(0).rules.at(0).policy;
  rule.distribution = {};
  lab.targets.publish(lab.destination, std::make_shared<const OutboundTarget>(target));
  EXPECT_EQ(lab.t.run(lab.service.call(request_for("web")))->head.status, 301);
  rule.filters.clear();
  lab.targets.publish(lab.destination, std::make_shared<const OutboundTarget>(target));
  EXPECT_EQ(lab.t.run(lab.service.call(request_for("web")))->head.status, 502);
}

TEST(OutboundHttp, a_request_that_fails_is_a_span_with_the_cause_and_its_place_in_the_trace) {
  OutboundLab lab;
  SpanBox box(lab.t.loop);
  Tracer tracer(lab.t.loop, lab.t.clock, box, 0);
  lab.context.tracer = &tracer;
  const SocketAddr nobody = LocalApplication(lab.t, false).addr();
  lab.targets.publish(lab.destination, testing::forward_to(nobody));
  http::Request request = request_for("web");
  request.head.headers.add("b3", "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1");
  ASSERT_TRUE(lab.t.run(lab.service.call(std::move(request))));
  const std::vector<Span> spans = box.take();
  ASSERT_EQ(spans.size(), 1U);
  EXPECT_FALSE(spans.front().is_server);
  EXPECT_EQ(spans.front().error, "connect refused");
  EXPECT_EQ(spans.front().parent, (SpanId{0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31}));
}

}  // namespace
}  // namespace seine::proxy
