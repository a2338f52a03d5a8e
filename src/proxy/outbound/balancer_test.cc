// SPDX-License-Identifier: Apache-2.0
#include "proxy/outbound/balancer.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "http/http2_error.h"
#include "http/testing/fed_body.h"
#include "http/testing/http2_frames.h"
#include "proxy/testing/worker_lab.h"

namespace seine::proxy {
namespace {

using http::testing::ScriptedService;
using testing::LocalApplication;
using testing::request_for;
using testing::ServiceCall;

Error refusal() {
  return http::http2_error(ErrorCode::kReset, http::Http2Code::kRefusedStream, "not now");
}
runtime::Task<Result<http::Response>> fail_or_answer(ScriptedService& self, http::Request) {
  if (self.error) co_return fail(*self.error);
  co_return http::Response();
}

// A balancer over applications that answer, or fail with the error they are given.
struct BalancerLab : testing::WorkerLab, http::Service {
  explicit BalancerLab(std::vector<std::optional<Error>> errors,
                       Config config = testing::worker_config(), model::FailureAccrual accrual = {},
                       std::optional<model::PeakEwmaPenalty> penalty = std::nullopt)
      : WorkerLab(std::move(config)),
        balancer(context, destinations, backend(penalty), std::move(accrual)) {
    for (std::optional<Error>& error : errors) add_application(std::move(error));
  }
  void add_application(std::optional<Error> error = std::nullopt) {
    applications.push_back(std::make_unique<LocalApplication>(t, /*http2=*/true));
    applications.back()->service.handler = fail_or_answer;
    applications.back()->service.error = std::move(error);
    std::vector<SocketAddr> addrs;
    addrs.reserve(applications.size());
    for (const auto& one : applications) addrs.push_back(one->addr());
    publish(addrs);
  }
  void publish(const std::vector<SocketAddr>& addrs) {
    auto set = std::make_shared<EndpointSet>();
    for (const SocketAddr& addr : addrs) set->push_back(model::Endpoint{.addr = addr});
    destinations.publish("web:80", std::move(set));
    t.settle();
  }
  static model::Backend backend(std::optional<model::PeakEwmaPenalty> penalty) {
    const model::PeakEwma load{.penalty = penalty};
    return {.meta = {}, .kind = model::Backend::Balancer{.path = "web:80", .load = load}};
  }
  runtime::Task<Result<http::Response>> call(http::Request request) override {
    co_return co_await balancer.send(std::move(request));
  }
  Result<http::Response> send(http::BodyPtr body = nullptr) {
    http::Request request = request_for("web", http::Version::kHttp2);
    request.body = std::move(body);
    ServiceCall call(t.loop, *this, std::move(request));
    t.settle();
    return std::move(*call.result);
  }
  std::unique_ptr<ServiceCall> begin() {
    auto made =
        std::make_unique<ServiceCall>(t.loop, *this, request_for("web", http::Version::kHttp2));
    t.settle();
    return made;
  }
  int calls(std::size_t application) const { return applications[application]->service.calls; }

  Destinations destinations{t.loop, std::chrono::seconds(1), [](const auto&) {},
                            [](const auto&) {}};
  std::vector<std::unique_ptr<LocalApplication>> applications;
  Balancer balancer;
};

TEST(Balancer, a_request_that_one_endpoint_refuses_is_answered_by_another) {
  BalancerLab lab({refusal(), std::nullopt});
  int answered = 0;
  for (int i = 0; i < 20; ++i) answered += lab.send() ? 1 : 0;
  EXPECT_GT(lab.calls(0), 0);
  // The one try more may fall on the same endpoint.
  EXPECT_GT(answered, 20 - lab.calls(0));
  EXPECT_EQ(lab.counted("request_total"), 20);
  EXPECT_EQ(lab.counted("response_total", "success"), answered);
  EXPECT_EQ(lab.counted("response_total", "failure"), 20 - answered);
}

TEST(Balancer, a_request_that_is_refused_again_fails) {
  BalancerLab lab({refusal()});
  const Result<http::Response> response = lab.send();
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::kReset);
  EXPECT_EQ(lab.calls(0), 2);
  EXPECT_EQ(lab.counted("request_total"), 1);
  EXPECT_EQ(lab.counted("response_total", "failure"), 1);
}

TEST(Balancer, a_tap_hears_why_there_is_no_other_try_from_the_last_endpoint_alone) {
  BalancerLab lab({refusal()});
  TapBox box(lab.t.loop, 100);
  const auto tap = std::make_shared<Tap>(TapMatch{TapMatch::All{}}, false, 100, box);
  lab.context.taps.add(tap);
  const TapOrigin origin;
  const auto verdict = std::make_shared<TapVerdict>();
  EXPECT_FALSE(lab.t.run(lab.balancer.send(request_for("web", http::Version::kHttp2),
                                           {.origin = &origin, .verdict = verdict})));
  verdict->settle("the budget is spent");
  lab.t.settle();
  lab.context.taps.remove(*tap);
  std::vector<std::string> ends;
  for (const TapRecord& record : box.take()) {
    const auto* end = std::get_if<TapResponseEnd>(&record.event);
    if (end != nullptr) ends.push_back(end->not_retried);
  }
  EXPECT_EQ(ends, std::vector<std::string>({"", "the budget is spent"}));
}

TEST(Balancer, a_request_that_is_refused_and_finds_no_other_endpoint_counts_once) {
  using namespace http::testing;  // NOLINT: frame names
  BalancerLab lab({});
  auto listener = runtime::Listener::tcp(lab.t.loop, {IpAddress::v4(0x7f000001U), 0}, {});
  ASSERT_TRUE(listener);
  lab.publish({(*listener)->addr()});
  const std::unique_ptr<ServiceCall> call = lab.begin();
  const std::unique_ptr<runtime::Socket> peer = testing::accept_one(lab.t, **listener);
  lab.t.settle();
  listener->reset();
  write_all(*peer, frame(kSettings, 0, 0) + frame(kGoaway, 0, 0, std::string(8, '\0')));
  lab.t.advance(std::chrono::seconds(4), std::chrono::milliseconds(100));
  ASSERT_TRUE(call->result.has_value());
  EXPECT_EQ(call->result->error().code, ErrorCode::kFailfast);
  EXPECT_EQ(lab.counted("request_total"), 1);
  EXPECT_EQ(lab.counted("response_total", "failure"), 1);
}

TEST(Balancer, a_request_that_never_left_is_counted_where_it_is_answered) {
  // It waits for a stream, as there is no other connection to have one of.
  Config config = testing::worker_config();
  config.http2_connections = 1;
  BalancerLab lab({std::nullopt}, std::move(config));
  lab.applications[0]->service.handler = ScriptedService::hang;
  const int streams = static_cast<int>(http::Http2Options().max_concurrent_streams);
  std::vector<std::unique_ptr<ServiceCall>> calls(streams + 1);
  for (auto& call : calls) call = lab.begin();
  EXPECT_EQ(lab.calls(0), streams);
  EXPECT_EQ(lab.counted("request_total"), streams);

  lab.add_application();
  lab.applications[0].reset();
  lab.t.settle();
  ASSERT_TRUE(calls.back()->result.has_value());
  EXPECT_TRUE(*calls.back()->result) << calls.back()->result->error().to_string();
  EXPECT_EQ(lab.counted("request_total"), streams + 1);
  EXPECT_EQ(lab.counted("response_total", "success"), 1);
  EXPECT_EQ(lab.counted("response_total", "failure"), streams);
}

TEST(Balancer, an_error_that_is_no_refusal_is_not_tried_again) {
  BalancerLab lab({make_error(ErrorCode::kInternal, "broken")});
  EXPECT_FALSE(lab.send());
  EXPECT_EQ(lab.calls(0), 1);
}

TEST(Balancer, a_refused_request_whose_body_has_begun_is_not_tried_again) {
  BalancerLab lab({refusal()});
  EXPECT_FALSE(lab.send(http::make_body("begun")));
  EXPECT_EQ(lab.calls(0), 1);
}

using Handler = http::testing::ScriptedService::Handler;

runtime::Task<Result<http::Response>> overloaded(ScriptedService&, http::Request) {
  http::Response response;
  response.head.status = 503;
  co_return response;
}
runtime::Task<Result<http::Response>> too_many_requests(ScriptedService&, http::Request) {
  http::Response response;
  response.head.status = 429;
  response.head.headers.set("retry-after", "20");
  co_return response;
}
runtime::Task<Result<http::Response>> unavailable(ScriptedService&, http::Request) {
  http::Response response;
  response.head.headers.set("content-type", "application/grpc");
  response.head.headers.set("grpc-status", "14");
  co_return response;
}

model::FailureAccrual in_a_row(std::uint32_t failures, std::uint32_t min_ready = 0) {
  return {.kind = model::ConsecutiveFailures{.max_failures = failures,
                                             .backoff = {.min = std::chrono::seconds(1),
                                                         .jitter_ratio = 0}},
          .min_ready_endpoints = min_ready};
}

// Of two the first answers as it is told; the second well.
struct AccrualLab : BalancerLab {
  AccrualLab(model::FailureAccrual accrual, Handler first,
             std::optional<model::PeakEwmaPenalty> penalty = std::nullopt)
      : BalancerLab({std::nullopt, std::nullopt}, testing::worker_config(), std::move(accrual),
                    penalty) {
    applications[0]->service.handler = first;
  }
  void send_many(int count) {
    for (int i = 0; i < count; ++i) send();
  }
  int calls_of_first(int sent) {
    const int before = calls(0);
    send_many(sent);
    return calls(0) - before;
  }
};

TEST(Accrual, an_endpoint_that_fails_in_a_row_is_set_aside_and_tried_by_one_request) {
  for (const Handler handler : {Handler(overloaded), Handler(unavailable)}) {
    AccrualLab lab(in_a_row(3), handler);
    lab.send_many(60);
    EXPECT_EQ(lab.calls(0), 3);
    lab.t.advance(std::chrono::seconds(1));
    EXPECT_EQ(lab.calls_of_first(60), 1) << "the probe";
    lab.t.advance(std::chrono::milliseconds(1900));
    EXPECT_EQ(lab.calls_of_first(60), 0) << "its second wait is longer";
    lab.applications[0]->service.handler = ScriptedService::echo;
    lab.t.advance(std::chrono::milliseconds(100));
    EXPECT_GT(lab.calls_of_first(100), 10) << "it is back";
  }
}

TEST(Accrual, an_upload_that_its_client_breaks_off_is_no_failure_of_the_endpoint) {
  BalancerLab lab({std::nullopt}, testing::worker_config(), in_a_row(1));
  lab.applications[0]->service.handler = ScriptedService::echo;
  http::testing::BodyFeed feed;
  feed.push("begun");
  http::Request request = request_for("web", http::Version::kHttp2);
  request.head.method = "POST";
  request.body = std::make_unique<http::testing::FedBody>(feed);
  lab.applications[0]->service.handler = ScriptedService::hang;
  ServiceCall call(lab.t.loop, lab, std::move(request));
  lab.t.settle();
  feed.fail(make_error(ErrorCode::kEof, "gone").from(ErrorOrigin::kDownstream));
  lab.t.settle();
  ASSERT_TRUE(call.result && !*call.result);
  EXPECT_EQ(call.result->error().origin, ErrorOrigin::kDownstream);
  lab.applications[0]->service.handler = ScriptedService::echo;
  EXPECT_TRUE(lab.send()) << "it is not set aside";
}

TEST(Accrual, without_it_an_endpoint_that_fails_is_used_on) {
  AccrualLab lab({}, overloaded);
  lab.send_many(100);
  lab.t.advance(std::chrono::seconds(120));
  EXPECT_GT(lab.calls_of_first(100), 0);
}

TEST(Accrual, where_all_are_set_aside_requests_fail_fast_and_say_so) {
  AccrualLab lab(in_a_row(1), overloaded);
  lab.applications[1]->service.handler = overloaded;
  lab.send_many(2);
  EXPECT_EQ(lab.calls(0) + lab.calls(1), 2);
  const std::unique_ptr<ServiceCall> waiting = lab.begin();
  EXPECT_FALSE(waiting->result);
  lab.t.advance(std::chrono::milliseconds(1200), std::chrono::milliseconds(50));
  EXPECT_TRUE(waiting->result) << "it is the probe of one of them";

  lab.applications[0]->service.handler = lab.applications[1]->service.handler =
      ScriptedService::hang;
  lab.t.advance(std::chrono::seconds(10));
  const auto first = lab.begin();
  const auto second = lab.begin();
  const auto third = lab.begin();
  lab.t.advance(std::chrono::seconds(4), std::chrono::milliseconds(100));
  ASSERT_TRUE(third->result && !*third->result);
  EXPECT_EQ(third->result->error().code, ErrorCode::kFailfast);
  EXPECT_EQ(third->result->error().message,
            "web:80: none of its 2 endpoints is ready, 2 set aside for failing");
}

TEST(Accrual, never_leaves_fewer_endpoints_than_the_policy_wants) {
  AccrualLab lab(in_a_row(1, /*min_ready=*/1), overloaded);
  lab.applications[1]->service.handler = overloaded;
  lab.send_many(40);
  lab.t.advance(std::chrono::seconds(120));
  EXPECT_GT(lab.calls(0) + lab.calls(1), 30) << "the last one answers on";
}

TEST(Accrual, who_asks_to_be_left_alone_is_spared_by_the_load) {
  AccrualLab lab({}, too_many_requests, model::PeakEwmaPenalty{});
  while (lab.calls(0) == 0) lab.send();
  EXPECT_EQ(lab.calls_of_first(50), 0);
  lab.t.advance(std::chrono::seconds(15));
  EXPECT_EQ(lab.calls_of_first(50), 0) << "20 s were asked for, not the penalty's 5 s";
}

struct Connecting {
  Connecting(runtime::EventLoop& loop, Balancer& balancer) : scope(loop, [](Error) {}) {
    scope.spawn(run(*this, balancer));
  }
  static runtime::Task<void> run(Connecting& self, Balancer& balancer) {
    self.result = co_await balancer.connect();
  }
  std::optional<Result<std::unique_ptr<runtime::Stream>>> result;
  runtime::TaskScope scope;
};

TEST(Balancer, raw_connections_wait_in_a_line_of_their_own) {
  Config config = testing::worker_config();
  config.outbound.queue_capacity = 1;
  config.outbound.tcp_queue_capacity = 2;
  BalancerLab lab({}, std::move(config));
  const Connecting first(lab.t.loop, lab.balancer);
  const Connecting second(lab.t.loop, lab.balancer);
  lab.t.settle();
  const ServiceCall request(lab.t.loop, lab, request_for("web", http::Version::kHttp2));
  lab.t.settle();
  EXPECT_FALSE(first.result || second.result || request.result);
  const Connecting third(lab.t.loop, lab.balancer);
  lab.t.settle();
  ASSERT_TRUE(third.result && !third.result->has_value());
  EXPECT_EQ(third.result->error().message, "web:80: 2 connections wait already");
}

}  // namespace
}  // namespace seine::proxy
