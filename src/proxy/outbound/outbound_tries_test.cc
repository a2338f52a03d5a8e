// SPDX-License-Identifier: Apache-2.0
#include "gtest/gtest.h"

#include "http/testing/fed_body.h"
#include "proxy/outbound/outbound_http.h"
#include "proxy/testing/outbound_lab.h"

namespace seine::proxy {
namespace {

using namespace std::chrono_literals;
using http::testing::ScriptedService;
using runtime::Task;
using testing::request_for;
using testing::ServiceCall;

// Answers 503 until the third time.
Task<Result<http::Response>> well_at_the_third(ScriptedService& self, http::Request request) {
  auto body = co_await http::collect(self.loop, std::move(request.body), 1 << 20);
  http::Response response;
  if (self.calls < 3) response.head.status = 503;
  if (body) response.body = http::make_body(body->bytes);
  co_return response;
}
Task<Result<http::Response>> trailers_until_the_third(ScriptedService& self, http::Request) {
  http::Response response;
  response.head.headers.set("content-type", "application/grpc");
  http::Headers trailers;
  trailers.set("grpc-status", self.calls < 3 ? "14" : "0");
  response.body = http::make_body(self.calls < 3 ? "" : "message", std::move(trailers));
  co_return response;
}
Task<Result<http::Response>> hint_first(ScriptedService& self, http::Request request) {
  http::ResponseHead hint;
  hint.status = 103;
  if (request.early != nullptr) request.early->on_early_head(std::move(hint));
  co_return co_await well_at_the_third(self, std::move(request));
}
// Of gRPC, with the body that a test has put there.
Task<Result<http::Response>> answer_slowly(ScriptedService& self, http::Request) {
  http::Response response;
  response.head.headers.set("content-type", "application/grpc");
  response.body = std::move(self.answer);
  co_return response;
}
struct EarlyStatuses final : http::EarlyHeads {
  void on_early_head(http::ResponseHead head) override { seen.push_back(head.status); }
  std::vector<int> seen;
};
Task<Result<http::Response>> hang_at_first(ScriptedService& self, http::Request request) {
  if (self.calls == 1) co_return co_await ScriptedService::hang(self, std::move(request));
  co_return http::Response();
}

// The service of one client's connection; its policy forwards everything to an application, by a
// rule that a test changes.
struct TriesLab : testing::OutboundLab {
  explicit TriesLab(model::ClientRulePolicy rule, bool http2 = false)
      : testing::OutboundLab(testing::worker_config(), http2) {
    OutboundTarget target = *testing::forward_to(application.addr());
    auto& detect = std::get<model::ClientDetect>(target.policy->protocol);
    for (auto* routes : {&detect.http1.routes, &detect.http2.routes}) {
      model::ClientRulePolicy& of_lab = routes->at(0).rules.at(0).policy;
      rule.distribution = of_lab.distribution;
      of_lab = rule;
    }
    targets.publish(destination, std::make_shared<const OutboundTarget>(std::move(target)));
  }
  Result<http::Response> send(std::string_view body = {}) {
    http::Request request = request_for("web");
    request.body = http::make_body(body);
    return t.run(service.call(std::move(request)));
  }
  http::Request grpc_request() {
    http::Request request = request_for("web", http::Version::kHttp2);
    request.head.headers.set("content-type", "application/grpc");
    return request;
  }
  double retries(const std::string& family) {
    return counted("outbound_http_route_retry_" + family + "_total");
  }
};

model::ClientRulePolicy retrying(std::uint32_t retries, std::uint32_t bytes = 100) {
  model::ClientRulePolicy rule;
  rule.retry = model::Retry{.max_retries = retries,
                            .max_request_bytes = bytes,
                            .statuses = {{500, 599}},
                            .grpc_codes = {14}};
  return rule;
}

TEST(Retries, a_request_is_sent_again_with_its_body_until_it_is_answered_well) {
  TriesLab lab(retrying(2));
  lab.application.service.handler = well_at_the_third;
  Result<http::Response> response = lab.send("the body");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->head.status, 200);
  EXPECT_EQ(lab.t.run(http::collect(lab.t.loop, std::move(response->body), 100))->bytes,
            "the body");
  EXPECT_EQ(lab.application.service.calls, 3);
  EXPECT_EQ(lab.application.connections, 1) << "answers that nobody wants are read to their end";
  EXPECT_EQ(lab.counted("request_total"), 3) << "of the endpoint";
  EXPECT_EQ(lab.retries("requests"), 2);
  EXPECT_EQ(lab.retries("successes"), 1);
  EXPECT_EQ(lab.retries("limit_exceeded"), 0);
}

TEST(Retries, end_with_the_last_answer) {
  TriesLab lab(retrying(1));
  lab.application.service.handler = well_at_the_third;
  EXPECT_EQ(lab.send()->head.status, 503);
  EXPECT_EQ(lab.application.service.calls, 2);
  EXPECT_EQ(lab.retries("limit_exceeded"), 1);
}

// What taps are told of why the last try is the last, one for each end.
std::vector<std::string> not_retried(TriesLab& lab, std::string_view body = {}) {
  TapBox box(lab.t.loop, 100);
  const auto tap = std::make_shared<Tap>(TapMatch{TapMatch::All{}}, false, 100, box);
  lab.context.taps.add(tap);
  lab.send(body);
  lab.t.settle();
  lab.context.taps.remove(*tap);
  std::vector<std::string> out;
  for (const TapRecord& record : box.take()) {
    if (const auto* end = std::get_if<TapResponseEnd>(&record.event)) {
      out.push_back(end->not_retried);
    }
  }
  return out;
}

TEST(Retries, taps_are_told_why_there_is_no_other) {
  TriesLab lab(retrying(1, 10));
  lab.application.service.handler = well_at_the_third;
  EXPECT_EQ(not_retried(lab), std::vector<std::string>({"", "its 1 retries are used up"}));
  lab.application.service.calls = 2;
  EXPECT_EQ(not_retried(lab), std::vector<std::string>({""})) << "answered well";
  lab.application.service.calls = 0;
  EXPECT_EQ(not_retried(lab, "more than is kept"),
            std::vector<std::string>({"it is an upgrade, or longer than the kept 10 octets"}));
}

TEST(Retries, what_is_too_long_is_sent_once) {
  TriesLab lab(retrying(5, /*bytes=*/4));
  lab.application.service.handler = well_at_the_third;
  EXPECT_EQ(lab.send("12345")->head.status, 503);
  EXPECT_EQ(lab.application.service.calls, 1);
  // Of a length that nobody knew.
  http::testing::BodyFeed feed;
  feed.push("123");
  feed.push("45");
  feed.end();
  http::Request request = request_for("web");
  request.body = std::make_unique<http::testing::FedBody>(feed);
  EXPECT_EQ(lab.t.run(lab.service.call(std::move(request)))->head.status, 503);
  EXPECT_EQ(lab.application.service.calls, 2);
  EXPECT_EQ(lab.retries("overflow"), 1);
}

TEST(Retries, a_server_that_answers_before_it_has_read_all_spoils_nothing) {
  model::ClientRulePolicy rule = retrying(1, /*bytes=*/1000);
  rule.retry->backoff = model::Backoff{.min = 1s, .max = 1s, .jitter_ratio = 0};
  TriesLab lab(rule, /*http2=*/true);
  lab.application.service.handler = [](ScriptedService& self,
                                       http::Request request) -> Task<Result<http::Response>> {
    http::Response response;
    if (self.calls == 1) {
      response.head.status = 503;
      self.kept = std::move(request.body);
      co_return response;
    }
    auto body = co_await http::collect(self.loop, std::move(request.body), 1 << 20);
    response.body = http::make_body(body ? body->bytes : "broken");
    co_return response;
  };
  http::testing::BodyFeed feed;
  feed.push("first ");
  http::Request request = request_for("web", http::Version::kHttp2);
  request.head.method = "POST";
  request.body = std::make_unique<http::testing::FedBody>(feed);
  ServiceCall call(lab.t.loop, lab.service, std::move(request));
  lab.t.settle();
  EXPECT_EQ(lab.application.service.calls, 1);
  feed.push(std::string(900, 'x'));
  lab.t.advance(500ms);
  feed.push(std::string(500, 'y'));
  lab.t.advance(600ms);
  feed.end();
  lab.t.settle();
  ASSERT_TRUE(call.result && *call.result);
  EXPECT_EQ((*call.result)->head.status, 200);
  const auto got = lab.t.run(http::collect(lab.t.loop, std::move((*call.result)->body), 1 << 20));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->bytes, "first " + std::string(900, 'x') + std::string(500, 'y'));
}

TEST(Retries, of_grpc_go_by_the_trailers) {
  TriesLab lab(retrying(2), /*http2=*/true);
  lab.application.service.handler = trailers_until_the_third;
  Result<http::Response> response = lab.t.run(lab.service.call(lab.grpc_request()));
  ASSERT_TRUE(response);
  const auto body = lab.t.run(http::collect(lab.t.loop, std::move(response->body), 100));
  ASSERT_TRUE(body);
  EXPECT_EQ(body->bytes, "message");
  EXPECT_EQ(body->trailers.get("grpc-status"), "0");
  EXPECT_EQ(lab.application.service.calls, 3);
}

TEST(Retries, a_grpc_stream_that_has_nothing_to_say_yet_is_not_kept_back_for_long) {
  TriesLab lab(retrying(2), /*http2=*/true);
  lab.application.service.handler = answer_slowly;
  http::testing::BodyFeed feed;
  lab.application.service.answer = std::make_unique<http::testing::FedBody>(feed);
  const ServiceCall call(lab.t.loop, lab.service, lab.grpc_request());
  lab.t.settle();
  EXPECT_FALSE(call.result);
  lab.t.advance(1s);
  ASSERT_TRUE(call.result && *call.result);
  feed.push("late");
  lab.t.settle();
}

TEST(Retries, a_grpc_answer_to_what_cannot_be_sent_again_is_not_kept_back_for_a_tap) {
  TriesLab lab(retrying(2, /*bytes=*/4), /*http2=*/true);
  TapBox box(lab.t.loop, 100);
  const auto tap = std::make_shared<Tap>(TapMatch{TapMatch::All{}}, false, 100, box);
  lab.context.taps.add(tap);
  lab.application.service.handler = answer_slowly;
  http::testing::BodyFeed feed;
  lab.application.service.answer = std::make_unique<http::testing::FedBody>(feed);
  http::Request request = lab.grpc_request();
  request.body = http::make_body("more than is kept");
  const ServiceCall call(lab.t.loop, lab.service, std::move(request));
  lab.t.settle();
  EXPECT_TRUE(call.result && *call.result);
  lab.context.taps.remove(*tap);
}

TEST(Retries, are_not_counted_when_the_time_passes_while_trailers_are_waited_for) {
  model::ClientRulePolicy rule = retrying(2);
  rule.retry->grpc_codes = {4, 14};
  rule.timeouts.request = 500ms;
  TriesLab lab(rule, /*http2=*/true);
  lab.application.service.handler = answer_slowly;
  http::testing::BodyFeed feed;
  lab.application.service.answer = std::make_unique<http::testing::FedBody>(feed);
  const ServiceCall call(lab.t.loop, lab.service, lab.grpc_request());
  lab.t.advance(600ms);
  EXPECT_TRUE(call.result);
  EXPECT_EQ(lab.application.service.calls, 1);
  EXPECT_EQ(lab.retries("requests"), 0);
}

TEST(Retries, of_the_last_try_alone_a_client_hears_what_comes_before_the_answer) {
  TriesLab lab(retrying(2));
  lab.application.service.handler = hint_first;
  EarlyStatuses early;
  http::Request request = request_for("web");
  request.early = &early;
  EXPECT_EQ(lab.t.run(lab.service.call(std::move(request)))->head.status, 200);
  EXPECT_EQ(early.seen, std::vector<int>({103}));
}

TEST(Retries, wait_for_their_backoff_and_no_longer_than_the_whole_may_take) {
  model::ClientRulePolicy rule = retrying(5);
  rule.retry->backoff = model::Backoff{.min = 1s, .max = 10s, .jitter_ratio = 0};
  rule.timeouts.request = 2s;
  TriesLab lab(rule);
  lab.application.service.handler = [](ScriptedService&,
                                       http::Request) -> Task<Result<http::Response>> {
    http::Response response;
    response.head.status = 503;
    co_return response;
  };
  const ServiceCall call(lab.t.loop, lab.service, request_for("web"));
  lab.t.advance(900ms);
  EXPECT_EQ(lab.application.service.calls, 1);
  lab.t.advance(200ms);
  EXPECT_EQ(lab.application.service.calls, 2);
  EXPECT_FALSE(call.result);
  lab.t.advance(900ms);
  ASSERT_TRUE(call.result && *call.result);
  EXPECT_EQ((*call.result)->head.status, 504);
  EXPECT_EQ((*call.result)->head.headers.get("l5d-proxy-error"),
            "timeout: the request's time is over after 2s");
  EXPECT_EQ(lab.application.service.calls, 2);
}

TEST(Retries, a_try_that_hangs_is_given_up_and_counts_as_a_failure) {
  model::ClientRulePolicy rule = retrying(1);
  rule.retry->timeout = 1s;
  TriesLab lab(rule, /*http2=*/true);
  lab.application.service.handler = hang_at_first;
  const ServiceCall call(lab.t.loop, lab.service, request_for("web", http::Version::kHttp2));
  lab.t.advance(1100ms, 100ms);
  ASSERT_TRUE(call.result && *call.result);
  EXPECT_EQ((*call.result)->head.status, 200);
  EXPECT_EQ(lab.application.service.calls, 2);
  EXPECT_EQ(lab.application.service.running, 0);
  EXPECT_EQ(lab.counted("response_total", "failure"), 1);
}

TEST(Timeouts, of_a_request_end_it_with_504) {
  model::ClientRulePolicy rule;
  rule.timeouts.request = 3s;
  TriesLab lab(rule);
  lab.application.service.handler = ScriptedService::hang;
  const ServiceCall call(lab.t.loop, lab.service, request_for("web"));
  lab.t.advance(2900ms);
  EXPECT_FALSE(call.result);
  lab.t.advance(100ms);
  ASSERT_TRUE(call.result && *call.result);
  EXPECT_EQ((*call.result)->head.status, 504);
  EXPECT_EQ(lab.counted("response_total", "error=\"timeout\""), 1);
}

TEST(Timeouts, let_pass_what_comes_before_the_answer) {
  model::ClientRulePolicy rule;
  rule.timeouts.request = 3s;
  TriesLab lab(rule);
  lab.application.service.handler = hint_first;
  EarlyStatuses early;
  http::Request request = request_for("web");
  request.early = &early;
  EXPECT_TRUE(lab.t.run(lab.service.call(std::move(request))));
  EXPECT_EQ(early.seen, std::vector<int>({103}));
}

TEST(Timeouts, that_pass_in_a_body_break_it) {
  model::ClientRulePolicy rule;
  rule.timeouts.idle = 3s;
  TriesLab lab(rule);
  lab.application.service.handler = [](ScriptedService& self,
                                       http::Request) -> Task<Result<http::Response>> {
    http::Response response;
    response.body = std::move(self.answer);
    co_return response;
  };
  http::testing::BodyFeed feed;
  lab.application.service.answer = std::make_unique<http::testing::FedBody>(feed);
  feed.push("begun");
  Result<http::Response> response = lab.send();
  ASSERT_TRUE(response && response->body);
  struct Nobody final : runtime::Wakeable {
    void on_wake() override {}
  } nobody;
  runtime::Bytes data;
  lab.t.settle();
  EXPECT_EQ(response->body->poll(nobody, data), http::BodyPoll::kData);
  EXPECT_EQ(response->body->poll(nobody, data), http::BodyPoll::kPending);
  lab.t.advance(3s);
  EXPECT_EQ(response->body->poll(nobody, data), http::BodyPoll::kError);
  EXPECT_EQ(lab.counted("response_total", "error=\"timeout\""), 1);
}

TEST(Timeouts, and_retries_that_a_client_asks_for_are_its_rules_to_allow) {
  model::ClientRulePolicy rule;
  rule.allows_l5d_request_headers = true;
  TriesLab lab(rule);
  lab.application.service.handler = well_at_the_third;
  http::Request request = request_for("web");
  request.head.headers.set("l5d-retry-http", "5xx");
  request.head.headers.set("l5d-retry-limit", "2");
  const ServiceCall call(lab.t.loop, lab.service, std::move(request));
  lab.t.advance(2s, 50ms);
  ASSERT_TRUE(call.result && *call.result);
  EXPECT_EQ((*call.result)->head.status, 200);
  EXPECT_EQ(lab.application.service.calls, 3);
}

}  // namespace
}  // namespace seine::proxy
