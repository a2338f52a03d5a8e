// SPDX-License-Identifier: Apache-2.0
#include "gtest/gtest.h"

#include "http/testing/fed_body.h"
#include "proxy/testing/profile_lab.h"
#include "proxy/testing/telemetry_lab.h"

namespace seine::proxy {
namespace {

using namespace std::chrono_literals;
using http::testing::ScriptedService;
using runtime::Task;
using testing::profile_of;
using testing::profile_route;
using testing::ProfileLab;
using testing::request_for;
using testing::ServiceCall;

constexpr model::RetryBudget kPlenty{.retry_ratio = 0, .min_retries_per_second = 10, .ttl = 10s};

Task<Result<http::Response>> note(ScriptedService& self, http::Request request) {
  self.last = request.head;
  co_return http::Response();
}
Task<Result<http::Response>> not_found(ScriptedService&, http::Request) {
  http::Response response;
  response.head.status = 404;
  co_return response;
}
// Answers 500 until the third time, then with the request's body.
Task<Result<http::Response>> well_at_the_third(ScriptedService& self, http::Request request) {
  auto body = co_await http::collect(self.loop, std::move(request.body), 1 << 20);
  http::Response response;
  if (self.calls < 3) response.head.status = 500;
  if (body) response.body = http::make_body(body->bytes);
  co_return response;
}
Task<Result<http::Response>> fail_always(ScriptedService&, http::Request) {
  http::Response response;
  response.head.status = 500;
  co_return response;
}
Task<Result<http::Response>> fail_then_hang(ScriptedService& self, http::Request request) {
  if (self.calls > 1) co_return co_await ScriptedService::hang(self, std::move(request));
  co_return co_await fail_always(self, std::move(request));
}

model::Profile retrying(std::optional<model::RetryBudget> budget = kPlenty) {
  model::ProfileRoute route = profile_route("/again.*", "again");
  route.is_retryable = true;
  model::Profile profile = profile_of({route, profile_route("/once", "once")});
  profile.retry_budget = budget;
  return profile;
}

TEST(ProfileRoutes, name_the_service_to_its_proxy_and_are_counted) {
  ProfileLab lab;
  lab.application.service.handler = note;
  lab.set(profile_of({profile_route("/books/[^/]*", "books")}));
  http::Request request = request_for("web");
  request.head.path = "/books/1?page=2";
  request.head.headers.add("l5d-dst-canonical", "elsewhere:80");
  ASSERT_TRUE(lab.t.run(lab.service.call(std::move(request))));
  EXPECT_EQ(lab.application.service.last.headers.count("l5d-dst-canonical"), 1U);
  EXPECT_EQ(lab.application.service.last.headers.get("l5d-dst-canonical"), testing::kProfileDst);
  EXPECT_EQ(lab.get("/nowhere"), 200);
  const std::string text = lab.registry.scrape();
  const std::string dst = std::string("{direction=\"outbound\",dst=\"") + testing::kProfileDst;
  for (const char* family : {"route_request_total", "route_actual_request_total"}) {
    EXPECT_TRUE(text.contains(family + dst + "\",rt_route=\"books\"} 1\n")) << text;
    EXPECT_TRUE(text.contains(family + dst + "\"} 1\n")) << "what no route is for";
  }
  EXPECT_TRUE(text.contains("route_response_latency_ms_count" + dst + "\",rt_route=\"books\","));
  EXPECT_FALSE(text.contains("route_actual_response_latency_ms"));
  EXPECT_EQ(lab.counted("route_response_total", "rt_route=\"books\""), 1);
  EXPECT_EQ(lab.counted("route_actual_response_total", "rt_route=\"books\""), 1);
}

TEST(ProfileRoutes, without_a_profile_nobody_says_what_the_service_is) {
  ProfileLab lab;
  lab.application.service.handler = note;
  lab.joined.set_profile(std::nullopt);
  http::Request request = request_for("web");
  request.head.headers.add("l5d-dst-canonical", "elsewhere:80");
  ASSERT_TRUE(lab.t.run(lab.service.call(std::move(request))));
  EXPECT_FALSE(lab.application.service.last.headers.contains("l5d-dst-canonical"));
  // Nor does one that is not of a service, whatever its routes.
  model::Profile profile = profile_of({profile_route(".*", "all")});
  profile.fully_qualified_name.clear();
  lab.set(std::move(profile));
  EXPECT_EQ(lab.get(), 200);
  EXPECT_FALSE(lab.application.service.last.headers.contains("l5d-dst-canonical"));
  EXPECT_EQ(lab.counted("route_request_total"), 0);
}

TEST(ProfileRoutes, say_what_a_failure_is) {
  ProfileLab lab;
  lab.application.service.handler = not_found;
  model::ProfileRoute route = profile_route(".*", "all");
  route.response_classes = {
      {.condition = {.kind = model::ProfileResponseMatch::Kind::kStatus, .first = 404, .last = 404},
       .is_failure = true}};
  lab.set(profile_of({route}));
  EXPECT_EQ(lab.get(), 404);
  for (const char* family :
       {"route_response_total", "route_actual_response_total", "response_total"}) {
    EXPECT_EQ(lab.counted(family, "classification=\"failure\""), 1) << family;
  }
}

TEST(ProfileRoutes, leave_failure_accrual_to_the_policy_and_judge_for_it) {
  ProfileLab lab;
  model::ClientPolicy policy = ProfileLab::policy();
  std::get<model::ClientDetect>(policy.protocol).http1.accrual.kind =
      model::ConsecutiveFailures{.max_failures = 2, .backoff = {.min = 1s}};
  lab.joined.set_policy(std::move(policy));
  model::ProfileRoute route = profile_route(".*", "all");
  route.response_classes = {
      {.condition = {.kind = model::ProfileResponseMatch::Kind::kStatus, .first = 404, .last = 404},
       .is_failure = true}};
  lab.set(profile_of({route}));
  lab.application.service.handler = not_found;
  for (int i = 0; i < 2; ++i) EXPECT_EQ(lab.get(), 404);
  const ServiceCall third(lab.t.loop, lab.service, request_for("web"));
  lab.t.settle();
  EXPECT_FALSE(third.result);
  EXPECT_EQ(lab.application.service.calls, 2);
}

TEST(ProfileRoutes, limit_the_time_to_the_head_of_the_answer_through_all_tries) {
  ProfileLab lab;
  model::Profile profile = retrying();
  profile.routes[0].timeout = 2s;
  lab.set(std::move(profile));
  lab.application.service.handler = fail_then_hang;
  http::Request request = request_for("web");
  request.head.path = "/again";
  const ServiceCall call(lab.t.loop, lab.service, std::move(request));
  lab.t.advance(1900ms, 100ms);
  EXPECT_FALSE(call.result);
  EXPECT_EQ(lab.application.service.calls, 2);
  lab.t.advance(200ms);
  ASSERT_TRUE(call.result && *call.result);
  EXPECT_EQ((*call.result)->head.status, 504);
  EXPECT_TRUE((*call.result)
                  ->head.headers.get("l5d-proxy-error")
                  .value_or("")
                  .starts_with("response timeout: "));
  EXPECT_EQ(lab.counted("route_response_total", "error=\"timeout\""), 1);
  EXPECT_EQ(lab.counted("route_actual_response_total"), 2);
}

TEST(ProfileRoutes, do_not_limit_the_time_of_a_body) {
  ProfileLab lab;
  model::ProfileRoute route = profile_route(".*", "all");
  route.timeout = 2s;
  lab.set(profile_of({route}));
  lab.application.service.handler = testing::answer_kept;
  http::testing::BodyFeed feed;
  feed.push("begun ");
  lab.application.service.answer = std::make_unique<http::testing::FedBody>(feed);
  Result<http::Response> response = lab.t.run(lab.service.call(request_for("web")));
  ASSERT_TRUE(response);
  lab.t.advance(10s);
  feed.push("late");
  feed.end();
  const auto body = lab.t.run(http::collect(lab.t.loop, std::move(response->body), 100));
  ASSERT_TRUE(body);
  EXPECT_EQ(body->bytes, "begun late");
}

TEST(ProfileRetries, are_of_failures_on_routes_that_allow_them) {
  ProfileLab lab;
  lab.set(retrying());
  lab.application.service.handler = well_at_the_third;
  EXPECT_EQ(lab.get("/again"), 200);
  EXPECT_EQ(lab.application.service.calls, 3);
  EXPECT_EQ(lab.counted("route_request_total", "rt_route=\"again\""), 1);
  EXPECT_EQ(lab.counted("route_response_total", "classification=\"success\""), 1);
  EXPECT_EQ(lab.counted("route_actual_request_total", "rt_route=\"again\""), 3);
  EXPECT_EQ(lab.counted("route_actual_response_total", "classification=\"failure\""), 2);
  EXPECT_EQ(lab.counted("route_retryable_total", "rt_route=\"again\"} "), 2);
  EXPECT_EQ(lab.counted("route_retryable_total", "skipped=\"no_budget\""), 0);
  EXPECT_EQ(lab.counted("outbound_http_route_retry_requests_total"), 0) << "those of policies";

  lab.application.service.calls = 0;
  EXPECT_EQ(lab.get("/once"), 500);
  EXPECT_EQ(lab.application.service.calls, 1);
  EXPECT_EQ(lab.get("/nowhere"), 500);
  EXPECT_EQ(lab.application.service.calls, 2);
  lab.set(retrying(std::nullopt));
  lab.application.service.calls = 0;
  EXPECT_EQ(lab.get("/again"), 500) << "there is no budget";
}

TEST(ProfileRetries, go_by_the_routes_classes) {
  ProfileLab lab;
  model::Profile profile = retrying();
  profile.routes[0].response_classes = {
      {.condition = {.kind = model::ProfileResponseMatch::Kind::kStatus, .first = 500, .last = 500},
       .is_failure = false}};
  lab.set(std::move(profile));
  lab.application.service.handler = well_at_the_third;
  EXPECT_EQ(lab.get("/again"), 500);
  EXPECT_EQ(lab.application.service.calls, 1);
}

TEST(ProfileRetries, send_a_body_again_up_to_64_KiB) {
  ProfileLab lab;
  lab.set(retrying());
  lab.application.service.handler = well_at_the_third;
  http::testing::BodyFeed feed;
  feed.push(std::string(1000, 'a'));
  feed.push(std::string(1000, 'b'));
  feed.end();
  EXPECT_EQ(lab.send("/again", std::make_unique<http::testing::FedBody>(feed)), 200);
  lab.application.service.calls = 0;
  EXPECT_EQ(lab.post("/again", std::string(64 * 1024, 'x')), 200);
  lab.application.service.calls = 0;
  EXPECT_EQ(lab.post("/again", std::string(64 * 1024 + 1, 'x')), 500);
  EXPECT_EQ(lab.application.service.calls, 1);
  // Of a length that nobody knew.
  http::testing::BodyFeed longer;
  for (int i = 0; i < 3; ++i) longer.push(std::string(30'000, 'x'));
  longer.end();
  lab.application.service.calls = 0;
  EXPECT_EQ(lab.send("/again", std::make_unique<http::testing::FedBody>(longer)), 500);
  EXPECT_EQ(lab.application.service.calls, 1);
}

TEST(ProfileRetries, are_not_of_what_was_never_answered) {
  ProfileLab lab;
  lab.set(retrying());
  lab.serve(testing::kProfileDst, testing::LocalApplication(lab.t, false).addr());
  EXPECT_EQ(lab.get("/again"), 502);
  EXPECT_EQ(lab.counted("route_actual_request_total"), 1);
  EXPECT_EQ(lab.counted("route_retryable_total"), 0);
  EXPECT_EQ(lab.counted("route_response_total", "classification=\"failure\""), 1);
}

TEST(ProfileRetries, are_paid_from_a_budget_that_all_connections_share) {
  ProfileLab lab;
  lab.set(retrying(model::RetryBudget{.retry_ratio = 0.5, .min_retries_per_second = 1, .ttl = 2s}));
  lab.application.service.handler = fail_always;
  EXPECT_EQ(lab.get("/again"), 500);
  EXPECT_EQ(lab.application.service.calls, 3) << "a reserve of one a second for two";
  EXPECT_EQ(lab.counted("route_retryable_total", "skipped=\"no_budget\""), 1);
  EXPECT_EQ(lab.counted("route_retryable_total", "rt_route=\"again\"} "), 3) << "all of them";
  OutboundHttp other(lab.context, lab.backends, lab.lease, lab.destination,
                     SocketAddr::parse("10.0.0.9:1235").value());
  http::Request request = request_for("web");
  request.head.path = "/again";
  ASSERT_TRUE(lab.t.run(other.call(std::move(request))));
  EXPECT_EQ(lab.application.service.calls, 4) << "nothing is left for others";
  // Two answers that are well pay for one retry; a controller that says it all again for none.
  lab.application.service.handler = note;
  for (int i = 0; i < 2; ++i) EXPECT_EQ(lab.get("/again"), 200);
  lab.set(retrying(model::RetryBudget{.retry_ratio = 0.5, .min_retries_per_second = 1, .ttl = 2s}));
  lab.application.service.handler = fail_always;
  lab.application.service.calls = 0;
  EXPECT_EQ(lab.get("/again"), 500);
  EXPECT_EQ(lab.application.service.calls, 2);
  lab.t.advance(3s, 1s);
  lab.application.service.calls = 0;
  EXPECT_EQ(lab.get("/again"), 500);
  EXPECT_EQ(lab.application.service.calls, 3) << "the reserve of another ttl";
}

Task<Result<http::Response>> grpc_until_the_third(ScriptedService& self, http::Request) {
  http::Response response;
  response.head.headers.set("content-type", "application/grpc");
  if (self.calls == 1) {
    response.head.headers.set("grpc-status", "14");
    co_return response;
  }
  http::Headers trailers;
  trailers.set("grpc-status", self.calls == 2 ? "13" : "0");
  response.body = http::make_body(self.calls == 2 ? "" : "message", std::move(trailers));
  co_return response;
}

TEST(ProfileRetries, know_failures_of_grpc_by_head_and_by_trailers) {
  ProfileLab lab(/*http2=*/true);
  lab.set(retrying());
  lab.application.service.handler = grpc_until_the_third;
  http::Request request = request_for("web", http::Version::kHttp2);
  request.head.path = "/again";
  request.head.headers.set("content-type", "application/grpc");
  Result<http::Response> response = lab.t.run(lab.service.call(std::move(request)));
  ASSERT_TRUE(response);
  const auto body = lab.t.run(http::collect(lab.t.loop, std::move(response->body), 100));
  ASSERT_TRUE(body);
  EXPECT_EQ(body->bytes, "message");
  EXPECT_EQ(lab.application.service.calls, 3);
  EXPECT_EQ(lab.counted("route_actual_response_total", "grpc_status=\"13\""), 1);
}

// 500 with more than a stream's window, fifty times.
Task<Result<http::Response>> fail_at_length(ScriptedService& self, http::Request) {
  http::Response response;
  if (self.calls <= 50) response.head.status = 500;
  response.body = http::make_body(std::string(self.calls <= 50 ? 100'000 : 10, 'x'));
  co_return response;
}

TEST(ProfileRetries, leave_the_connections_window_to_others) {
  ProfileLab lab(/*http2=*/true);
  lab.set(retrying());
  lab.application.service.handler = fail_at_length;
  http::Request request = request_for("web", http::Version::kHttp2);
  request.head.path = "/again";
  Result<http::Response> response = lab.t.run(lab.service.call(std::move(request)));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->head.status, 200);
  EXPECT_EQ(lab.application.service.calls, 51);
  const auto body = lab.t.run(http::collect(lab.t.loop, std::move(response->body), 100));
  ASSERT_TRUE(body);
  EXPECT_EQ(body->bytes.size(), 10U);
  EXPECT_EQ(lab.application.connections, 1);
}

TEST(ProfileRetries, are_one_request_of_the_same_service_to_telemetry) {
  ProfileLab lab;
  testing::TelemetryLab counted(lab);
  lab.set(retrying());
  lab.application.service.handler = well_at_the_third;
  EXPECT_EQ(lab.get("/again"), 200);
  const auto bucket = counted.bucket();
  ASSERT_EQ(bucket.http_size(), 1);
  EXPECT_EQ(bucket.http(0).count(), 1U);
  EXPECT_EQ(bucket.http(0).http_status(), 200U);
  EXPECT_EQ(bucket.http(0).target().service(), "web");
  EXPECT_EQ(bucket.http(0).target().namespace_(), "shop");
  EXPECT_EQ(bucket.http(0).route(), "core/Service/web");
}

// Answers with a number of its own.
template <int kStatus>
Task<Result<http::Response>> answer_with(ScriptedService&, http::Request) {
  http::Response response;
  response.head.status = kStatus;
  co_return response;
}

model::WeightedDst to(std::string_view authority, std::uint32_t weight) {
  return {.authority = model::Authority::parse(authority).value(), .weight = weight, .backend = {}};
}

// web answers 200, and two others 201 and 202.
struct SplitLab : ProfileLab {
  SplitLab() {
    application.service.handler = answer_with<200>;
    first.service.handler = answer_with<201>;
    second.service.handler = answer_with<202>;
    serve("first.shop.svc.cluster.local:80", first.addr());
    serve("second.shop.svc.cluster.local:80", second.addr());
  }
  void split(std::uint32_t of_first, std::uint32_t of_second) {
    model::Profile profile = profile_of({});
    profile.dst_overrides = {to("first.shop.svc.cluster.local:80", of_first),
                             to("second.shop.svc.cluster.local:80", of_second)};
    set(std::move(profile));
  }
  std::map<int, int> answers(int requests = 400) {
    std::map<int, int> out;
    for (int i = 0; i < requests; ++i) ++out[get()];
    return out;
  }

  testing::LocalApplication first{t, false};
  testing::LocalApplication second{t, false};
};

TEST(ProfileSplits, begin_and_end_while_requests_go_on) {
  SplitLab lab;
  lab.set(profile_of({}));
  EXPECT_EQ(lab.answers(10), (std::map<int, int>{{200, 10}}));
  lab.split(1, 0);
  EXPECT_EQ(lab.answers(10), (std::map<int, int>{{201, 10}}));
  lab.set(profile_of({}));
  EXPECT_EQ(lab.answers(10), (std::map<int, int>{{200, 10}}));
}

TEST(ProfileSplits, share_by_weight) {
  SplitLab lab;
  lab.split(300, 100);
  std::map<int, int> answers = lab.answers();
  EXPECT_EQ(answers[201] + answers[202], 400);
  EXPECT_NEAR(answers[201], 300, 45) << "five standard deviations";
}

TEST(ProfileSplits, give_nothing_to_a_weight_of_zero) {
  SplitLab lab;
  lab.split(0, 7);
  EXPECT_EQ(lab.answers(100), (std::map<int, int>{{202, 100}}));
}

TEST(ProfileSplits, whose_weights_are_all_zero_are_none) {
  SplitLab lab;
  lab.split(0, 0);
  EXPECT_EQ(lab.answers(100), (std::map<int, int>{{200, 100}}));
  model::Profile profile = profile_of({profile_route(".*", "all")});
  profile.dst_overrides = {to("first.shop.svc.cluster.local:80", 0)};
  lab.set(std::move(profile));
  EXPECT_EQ(lab.answers(100), (std::map<int, int>{{200, 100}})) << "with routes as well";
  EXPECT_EQ(lab.counted("route_request_total"), 100);
}

TEST(ProfileSplits, hold_where_the_control_plane_knows_no_policy) {
  SplitLab lab;
  lab.joined.set_no_policy();
  lab.split(1, 1);
  std::map<int, int> answers = lab.answers(100);
  EXPECT_EQ(answers[201] + answers[202], 100);
  lab.set(profile_of({profile_route(".*", "all")}));
  EXPECT_EQ(lab.answers(10), (std::map<int, int>{{200, 10}})) << "the service by its name";
}

}  // namespace
}  // namespace seine::proxy
