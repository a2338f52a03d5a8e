// SPDX-License-Identifier: Apache-2.0
#include "gtest/gtest.h"

#include "http/http2_error.h"
#include "http/testing/fed_body.h"
#include "proxy/testing/inbound_lab.h"

namespace seine::proxy {
namespace {

using http::testing::ScriptedService;
using runtime::Task;
using testing::InboundLab;
using testing::LocalApplication;
using testing::request_for;
using testing::ServiceCall;

Config config_with(std::size_t max_in_flight) {
  Config config = testing::worker_config();
  config.inbound.max_in_flight = max_in_flight;
  return config;
}

Task<Result<http::Response>> refuse_all(ScriptedService&, http::Request) {
  co_return fail(http::http2_error(ErrorCode::kReset, http::Http2Code::kRefusedStream, "not now"));
}
Task<Result<http::Response>> refuse_the_first(ScriptedService& self, http::Request request) {
  if (self.calls == 1) co_return co_await refuse_all(self, std::move(request));
  co_return http::Response();
}

TEST(InboundHttp, requests_beyond_the_limit_are_shed_and_those_under_way_go_on) {
  InboundLab lab(config_with(2));
  // The head of each answer comes at once, its body stays open: such requests are in flight too.
  http::testing::BodyFeed feed;
  lab.application.service.handler = [](http::testing::ScriptedService& self,
                                       http::Request) -> runtime::Task<Result<http::Response>> {
    http::Response response;
    response.body = std::move(self.answer);
    co_return response;
  };
  lab.application.service.answer = std::make_unique<http::testing::FedBody>(feed);
  Result<http::Response> first = lab.t.run(lab.service.call(request_for("web")));
  ASSERT_TRUE(first);
  ASSERT_EQ(first->head.status, 200);
  lab.application.service.handler = http::testing::ScriptedService::hang;
  ServiceCall second(lab.t.loop, lab.service, request_for("web"));
  lab.t.settle();

  const Result<http::Response> third = lab.t.run(lab.service.call(request_for("web")));
  ASSERT_TRUE(third);
  EXPECT_EQ(third->head.status, 503);
  EXPECT_EQ(third->head.headers.get("l5d-proxy-error"),
            "loadshed: too many requests in flight: LINKERD2_PROXY_INBOUND_MAX_IN_FLIGHT allows 2");
  const std::string counted = "inbound_http_errors_total{error=\"loadshed\",target_addr=\"" +
                              lab.application.addr().to_string() + "\"";
  EXPECT_TRUE(lab.registry.scrape().contains(counted));
  EXPECT_FALSE(second.result);

  feed.end();
  EXPECT_TRUE(lab.t.run(http::collect(lab.t.loop, std::move(first->body), 100)));
  lab.application.service.handler = http::testing::ScriptedService::echo;
  const Result<http::Response> fourth = lab.t.run(lab.service.call(request_for("web")));
  ASSERT_TRUE(fourth);
  EXPECT_EQ(fourth->head.status, 200);
}

TEST(InboundHttp, requests_are_shed_while_buffers_hold_more_than_they_may) {
  Config config = testing::worker_config();
  config.memory_limit = 1 << 20;
  InboundLab lab(std::move(config));
  runtime::ByteBudget::Share& held = lab.t.loop.pool().share();
  {
    const runtime::ByteBudget::Charge others(held, 2 << 20);
    const Result<http::Response> shed = lab.t.run(lab.service.call(request_for("web")));
    ASSERT_TRUE(shed);
    EXPECT_EQ(shed->head.status, 503);
    EXPECT_EQ(shed->head.headers.get("l5d-proxy-error"),
              "memory limit: buffers hold 2097152 bytes: SEINE_PROXY_MEMORY_LIMIT allows 1048576");
    EXPECT_EQ(lab.application.service.calls, 0);
    EXPECT_EQ(lab.counted("inbound_http_errors_total", "error=\"memory limit\""), 1);
  }
  Result<http::Response> served = lab.t.run(lab.service.call(request_for("web")));
  ASSERT_TRUE(served);
  EXPECT_EQ(served->head.status, 200);
  EXPECT_TRUE(lab.t.run(http::collect(lab.t.loop, std::move(served->body), 100)));
  EXPECT_EQ(held.held(), 0U);
}

TEST(InboundHttp, a_head_counts_until_its_answer_has_come) {
  InboundLab lab;
  runtime::ByteBudget::Share& held = lab.t.loop.pool().share();
  lab.application.service.handler = http::testing::ScriptedService::hang;
  {
    http::Request request = request_for("web");
    request.head.headers.add("x", std::string(5000, 'x'));
    ServiceCall given_up(lab.t.loop, lab.service, std::move(request));
    lab.t.settle();
    EXPECT_GT(held.held(), 5000U);
  }
  lab.t.settle();
  EXPECT_EQ(held.held(), 0U);
}

TEST(InboundHttp, a_shed_grpc_request_is_answered_unavailable) {
  InboundLab lab(config_with(0), true);
  http::Request request = request_for("web", http::Version::kHttp2);
  request.head.headers.add("content-type", "application/grpc");
  const Result<http::Response> response = lab.t.run(lab.service.call(std::move(request)));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->head.status, 200);
  EXPECT_EQ(response->head.headers.get("grpc-status"), "14");
  EXPECT_EQ(lab.application.connections, 0);
}

TEST(InboundHttp, a_request_that_the_application_refuses_unread_is_sent_once_more) {
  for (const int refusals : {1, 2}) {
    InboundLab lab(testing::worker_config(), true);
    lab.application.service.handler = refusals == 1 ? refuse_the_first : refuse_all;
    const Result<http::Response> response =
        lab.t.run(lab.service.call(request_for("web", http::Version::kHttp2)));
    EXPECT_EQ(response.has_value(), refusals == 1);
    EXPECT_EQ(lab.application.service.calls, 2);
    EXPECT_EQ(lab.counted("request_total"), 1);
    EXPECT_EQ(lab.counted("response_total"), 1);
  }
}

TEST(InboundHttp, a_request_that_its_client_gives_up_is_no_longer_in_flight) {
  InboundLab lab(config_with(1));
  lab.application.service.handler = http::testing::ScriptedService::hang;
  {
    ServiceCall given_up(lab.t.loop, lab.service, request_for("web"));
    lab.t.settle();
    EXPECT_EQ(lab.in_flight.inbound.in_flight(), 1U);
  }
  lab.t.settle();
  EXPECT_EQ(lab.in_flight.inbound.in_flight(), 0U);
}

TEST(InboundHttp, an_application_that_does_not_listen_is_named_with_its_address_once) {
  InboundLab lab;
  const SocketAddr nobody = LocalApplication(lab.t, false).addr();
  InboundHttp service(lab.context, lab.policy, lab.facts,
                      std::make_shared<ApplicationPort>(lab.context, nobody), lab.profiles);
  const Result<http::Response> response = lab.t.run(service.call(request_for("web")));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->head.status, 502);
  EXPECT_EQ(response->head.headers.get("l5d-proxy-error"),
            "connect refused: the application: " + nobody.to_string() + ": ECONNREFUSED");
}

Task<Result<http::Response>> answer_404(ScriptedService&, http::Request) {
  http::Response response;
  response.head.status = 404;
  co_return response;
}

TEST(InboundHttp, in_ingress_mode_strangers_do_not_say_where_its_requests_go) {
  for (const bool ingress : {false, true}) {
    Config config = testing::worker_config();
    config.ingress_mode = ingress;
    InboundLab lab(std::move(config));
    lab.application.service.handler = [](ScriptedService& self,
                                         http::Request asked) -> Task<Result<http::Response>> {
      self.last = asked.head;
      co_return http::Response();
    };
    http::Request request = request_for("web");
    request.head.headers.add("l5d-dst-override", "vault.shop.svc.cluster.local:80");
    ASSERT_TRUE(lab.t.run(lab.service.call(std::move(request))));
    EXPECT_EQ(lab.application.service.last.headers.contains("l5d-dst-override"), !ingress);
  }
}

TEST(InboundHttp, a_request_is_counted_by_the_route_of_its_services_profile) {
  Config config = testing::worker_config();
  config.profile_suffixes = {"svc.cluster.local."};
  config.profile_initial_timeout = std::chrono::milliseconds(500);
  InboundLab lab(std::move(config));
  lab.application.service.handler = answer_404;
  const std::string name = "web.shop.svc.cluster.local";
  model::ProfileRoute route;
  route.condition = {.kind = model::ProfileRequestMatch::Kind::kPath,
                     .path = model::Regex::compile(".*").value()};
  route.labels = {{"route", "all"}};
  route.response_classes = {
      {.condition = {.kind = model::ProfileResponseMatch::Kind::kStatus, .first = 404, .last = 404},
       .is_failure = true}};
  model::Profile profile;
  profile.fully_qualified_name = name;
  profile.routes = {route};
  {
    const ServiceCall call(lab.t.loop, lab.service, request_for(name));
    lab.t.settle();
    EXPECT_EQ(lab.application.connections, 0);  // it waits for the profile
    lab.cache.publish(name + ":80", std::make_shared<const model::Profile>(std::move(profile)));
    lab.t.settle();
    EXPECT_EQ(lab.application.connections, 1);
  }
  lab.t.settle();
  const std::string text = lab.registry.scrape();
  const std::string labels = "{direction=\"inbound\",dst=\"" + name + ":80\",rt_route=\"all\"";
  EXPECT_TRUE(text.contains("\nroute_request_total" + labels + "} 1\n"));
  EXPECT_TRUE(text.contains("\nroute_response_total" + labels));
  EXPECT_TRUE(text.contains("\nroute_response_latency_ms_count" + labels));
  // A failure to both, since the route says so.
  EXPECT_EQ(lab.counted("route_response_total", "classification=\"failure\""), 1);
  EXPECT_EQ(lab.counted("response_total", "classification=\"failure\""), 1);
}

// Asks for /, once by each of the names.
void call_by(InboundLab& lab, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    EXPECT_TRUE(lab.t.run(lab.service.call(request_for(name))));
  }
}

TEST(InboundHttp, the_authority_is_a_label_only_where_it_is_asked_for) {
  InboundLab plain;
  call_by(plain, {"web.shop"});
  EXPECT_FALSE(plain.registry.scrape().contains("authority="));

  Config config = testing::worker_config();
  config.inbound_authority_labels = true;
  InboundLab lab(std::move(config));
  call_by(lab, {"web.shop", "Web.Shop:80", "api.shop:8080", "10.0.0.1"});
  const std::string text = lab.registry.scrape();
  const auto count_of = [&](const std::string& labels) {
    const auto at = text.find("\nrequest_total{direction=\"inbound\"," + labels);
    const auto end = text.find('\n', at + 1);
    return at == std::string::npos ? "none" : text.substr(text.rfind(' ', end) + 1, 1);
  };
  EXPECT_EQ(count_of("authority=\"web.shop\""), "2");
  EXPECT_EQ(count_of("authority=\"api.shop:8080\""), "1");
  EXPECT_EQ(count_of("target_addr"), "1");
}

TEST(InboundHttp, names_that_a_client_makes_up_are_not_all_remembered) {
  Config config = testing::worker_config();
  config.inbound_authority_labels = true;
  InboundLab lab(std::move(config));
  for (int i = 0; i < 200; ++i) call_by(lab, {("web-" + std::to_string(i)).c_str()});
  EXPECT_EQ(lab.telemetry.endpoints.requests.series_count(), 200U);
  // Of those that no handle holds the registry forgets what stood still for METRICS_RETAIN_IDLE.
  lab.registry.scrape();
  lab.t.clock.advance(std::chrono::minutes(11));
  lab.registry.scrape();
  EXPECT_EQ(lab.telemetry.endpoints.requests.series_count(), 64U);
}

TEST(InboundHttp, a_tap_sees_what_is_permitted_and_changes_no_count) {
  InboundLab lab;
  TapBox box(lab.t.loop, 100);
  lab.taps.add(std::make_shared<Tap>(TapMatch{TapMatch::All{}}, false, 10, box));
  http::Request request = request_for("web");
  request.head.path = "/a?b";
  ASSERT_TRUE(lab.t.run(lab.service.call(std::move(request))));
  const std::vector<TapRecord> seen = box.take();
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[0].ends->direction, Direction::kInbound);
  EXPECT_EQ(seen[0].ends->source, lab.facts.client);
  EXPECT_EQ(seen[0].ends->destination, lab.facts.target);
  EXPECT_EQ(seen[0].ends->source_labels.at("client_id"), "web.id");
  EXPECT_EQ(std::get<TapRequestInit>(seen[0].event).path, "/a?b");
  EXPECT_EQ(std::get<TapRequestInit>(seen[0].event).authority, "web");
  EXPECT_EQ(std::get<TapResponseInit>(seen[1].event).status, 200);
  EXPECT_EQ(lab.counted("request_total"), 1);
  EXPECT_EQ(lab.counted("response_total", "status_code=\"200\""), 1);
}

// As the lab's, changed.
template <class Change>
std::shared_ptr<const model::ServerPolicy> policy_with(Change change) {
  model::ServerPolicy policy = *testing::open_policy();
  change(std::get<model::ServerDetect>(policy.protocol).http);
  return std::make_shared<const model::ServerPolicy>(std::move(policy));
}

TEST(InboundHttp, requests_beyond_a_local_rate_limit_are_refused) {
  InboundLab lab;
  lab.policies.publish(80, policy_with([](model::ServerHttp& http) {
                         http.rate_limit = {.meta = model::Metadata::make_resource(
                                                "policy.linkerd.io", "HTTPLocalRateLimitPolicy",
                                                "shop", "web-limit"),
                                            .per_identity = 2};
                       }));
  lab.t.settle();
  const auto status = [&] { return lab.t.run(lab.service.call(request_for("web")))->head.status; };
  EXPECT_EQ(status(), 200);
  EXPECT_EQ(status(), 200);
  const Result<http::Response> third = lab.t.run(lab.service.call(request_for("web")));
  EXPECT_EQ(third->head.status, 429);
  EXPECT_EQ(third->head.headers.get("l5d-proxy-error"),
            "rate limited: too many requests a second of clients without an identity");
  EXPECT_EQ(lab.counted("inbound_http_local_ratelimit_total", "ratelimit_scope=\"identity\""), 1);
  EXPECT_EQ(lab.counted("inbound_http_local_ratelimit_total", "ratelimit_name=\"web-limit\""), 1);
  EXPECT_EQ(lab.counted("request_total"), 2);
  // Another connection to the same port has the same limit.
  InboundHttp other{lab.context, lab.policy, lab.facts, lab.port, lab.profiles};
  EXPECT_EQ(lab.t.run(other.call(request_for("web")))->head.status, 429);
  lab.t.advance(std::chrono::milliseconds(500));
  EXPECT_EQ(status(), 200);
  EXPECT_EQ(status(), 429);
}

TEST(InboundHttp, filters_of_a_rule_answer_in_the_applications_place) {
  InboundLab lab;
  lab.policies.publish(80, policy_with([](model::ServerHttp& http) {
                         http.routes.at(0).rules.at(0).policy.filters = {
                             model::FailureInjector{.status = 503, .message = "no"}};
                       }));
  lab.t.settle();
  const Result<http::Response> response = lab.t.run(lab.service.call(request_for("web")));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->head.status, 503);
  EXPECT_EQ(response->head.headers.get("l5d-proxy-error"), "injected failure: no");
  EXPECT_EQ(lab.counted("inbound_http_errors_total", "injected failure"), 1);
  EXPECT_EQ(lab.application.connections, 0);
}

Task<Result<http::Response>> note_head(ScriptedService& self, http::Request request) {
  self.last = std::move(request.head);
  co_return http::Response();
}

TEST(InboundHttp, a_request_of_a_sampled_trace_reaches_the_application_from_a_span_of_ours) {
  InboundLab lab;
  lab.application.service.handler = note_head;
  SpanBox box(lab.t.loop);
  Tracer tracer(lab.t.loop, lab.t.clock, box, 0);
  lab.context.tracer = &tracer;
  http::Request request = request_for("web");
  request.head.headers.add("traceparent",
                           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  ASSERT_TRUE(lab.t.run(lab.service.call(std::move(request))));
  const std::vector<Span> spans = box.take();
  ASSERT_EQ(spans.size(), 1U);
  EXPECT_TRUE(spans.front().is_server);
  const auto seen = read_trace(lab.application.service.last.headers);
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->span_id, spans.front().id);
  EXPECT_EQ(seen->trace_id, spans.front().trace_id);
}

TEST(InboundHttp, a_request_that_is_refused_is_a_span_with_the_cause) {
  InboundLab lab(config_with(0));
  SpanBox box(lab.t.loop);
  Tracer tracer(lab.t.loop, lab.t.clock, box, 1);
  lab.context.tracer = &tracer;
  lab.facts.meshed = false;
  ASSERT_TRUE(lab.t.run(lab.service.call(request_for("web"))));
  const std::vector<Span> spans = box.take();
  ASSERT_EQ(spans.size(), 1U);
  EXPECT_EQ(spans.front().error, "loadshed");
  EXPECT_TRUE(spans.front().failed);
}

}  // namespace
}  // namespace seine::proxy
