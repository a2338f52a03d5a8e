// SPDX-License-Identifier: Apache-2.0
// How requests to the application are counted, from their arrival to the row.
#include "proxy/inbound/inbound_rows.h"

#include "gtest/gtest.h"

#include "http/http2_error.h"
#include "http/testing/fed_body.h"
#include "proxy/inbound/inbound_http.h"
#include "proxy/testing/telemetry_lab.h"

namespace seine::proxy {
namespace {

using namespace std::chrono_literals;
using http::testing::BodyFeed;
using http::testing::FedBody;
using http::testing::ScriptedService;
using runtime::Task;
using telemetry::v1::Bucket;
using telemetry::v1::HttpRow;
using testing::answer_kept;
using testing::ask;
using testing::LocalApplication;
using testing::request_for;
using testing::ServiceCall;
using testing::TelemetryLab;
using testing::total;
using testing::WorkerLab;

constexpr char kWebId[] = "web.shop.serviceaccount.identity.linkerd.cluster.local";

struct InboundLab : WorkerLab {
  explicit InboundLab(Config with = testing::worker_config(), bool http2 = false)
      : WorkerLab(std::move(with)), application(t, http2) {
    facts.client = SocketAddr::parse("10.0.0.9:1234").value();
    facts.target = SocketAddr::parse("10.0.0.1:8080").value();
    facts.meshed = true;
    facts.identity = model::Identity::parse(kWebId).value();
    facts.tls = TlsLabels::meshed(kWebId);
  }

  TelemetryLab counted{*this};
  LocalApplication application;
  ServerPolicies policies{t.loop, 1s, [](const auto&) {}, [](const auto&) {}};
  PortPolicy policy{policies.lease(8080), testing::open_policy()};
  ClientFacts facts;
  std::shared_ptr<ApplicationPort> port =
      std::make_shared<ApplicationPort>(context, application.addr());
  ProfileCache cache{t.loop, 1s, [](const auto&) {}, [](const auto&) {}};
  ServiceProfiles profiles{context, cache};
  InboundHttp service{context, policy, facts, port, profiles};
};

http::Request with_path(const std::string& path) {
  http::Request request = request_for("web");
  request.head.path = path;
  return request;
}

TEST(InboundRows, a_row_says_who_asked_for_what_and_how_it_ended) {
  InboundLab lab;
  EXPECT_EQ(ask(lab, request_for("payments.shop.svc.cluster.local:8080")), 200);
  EXPECT_EQ(ask(lab, request_for("payments.shop.svc.cluster.local:8080")), 200);
  const Bucket bucket = lab.counted.bucket();
  ASSERT_EQ(bucket.http_size(), 1);
  const HttpRow& row = bucket.http(0);
  EXPECT_EQ(row.direction(), telemetry::v1::INBOUND);
  EXPECT_EQ(row.target().service(), "payments");
  EXPECT_EQ(row.target().namespace_(), "shop");
  EXPECT_EQ(row.target().port(), 8080);
  EXPECT_EQ(row.target().authority(), "");
  EXPECT_EQ(row.peer().identity(), kWebId);
  EXPECT_EQ(row.peer().namespace_(), "shop");
  EXPECT_EQ(row.route(), "/default/default");
  EXPECT_EQ(row.http_status(), 200);
  EXPECT_EQ(row.grpc_status(), -1);
  EXPECT_EQ(row.cause(), "");
  EXPECT_EQ(row.count(), 2);
  ASSERT_EQ(row.exemplars_size(), 2);
  EXPECT_EQ(row.exemplars(0).method(), "GET");
}

TEST(InboundRows, hosts_that_are_no_services_make_no_rows_of_their_own) {
  InboundLab lab;
  for (const char* host : {"a", "b.c", "10.0.0.1:80", "x.y.z", "evil.example"}) {
    ask(lab, request_for(host));
  }
  const Bucket bucket = lab.counted.bucket();
  ASSERT_EQ(bucket.http_size(), 1);
  EXPECT_EQ(bucket.http(0).count(), 5);
  EXPECT_EQ(bucket.http(0).target().service(), "");
}

TEST(InboundRows, a_stranger_makes_no_rows_by_inventing_services) {
  InboundLab lab;
  lab.facts.meshed = false;
  lab.facts.identity.reset();
  lab.facts.tls = TlsLabels::none("no_tls_from_remote");
  ask(lab, request_for("a.b.svc.cluster.local"));
  ask(lab, request_for("c.d.svc.cluster.local"));
  const Bucket bucket = lab.counted.bucket();
  ASSERT_EQ(bucket.http_size(), 1);
  EXPECT_EQ(bucket.http(0).count(), 2);
  EXPECT_EQ(bucket.http(0).target().service(), "");
  EXPECT_EQ(bucket.http(0).peer().no_tls_reason(), "no_tls_from_remote");
}

TEST(InboundRows, the_latency_is_to_the_end_of_the_response) {
  InboundLab lab;
  BodyFeed feed;
  lab.application.service.handler = answer_kept;
  lab.application.service.answer = std::make_unique<FedBody>(feed);
  Result<http::Response> response = lab.t.run(lab.service.call(request_for("web")));
  ASSERT_TRUE(response);
  lab.t.advance(30ms);
  EXPECT_EQ(total(lab.counted.bucket()), 0);
  feed.end();
  (void)lab.t.run(http::collect(lab.t.loop, std::move(response->body), 1000));
  const Bucket bucket = lab.counted.bucket();
  ASSERT_EQ(total(bucket), 1);
  EXPECT_GE(bucket.http(0).latency().sum_microseconds(), 30'000);
}

TEST(InboundRows, who_gives_up_before_an_answer_is_cancelled_without_a_status) {
  InboundLab lab;
  lab.application.service.handler = ScriptedService::hang;
  {
    const ServiceCall given_up(lab.t.loop, lab.service, request_for("web"));
    lab.t.settle();
  }
  const Bucket bucket = lab.counted.bucket();
  ASSERT_EQ(bucket.http_size(), 1);
  EXPECT_EQ(bucket.http(0).cause(), "cancelled");
  EXPECT_EQ(bucket.http(0).http_status(), 0);
  EXPECT_EQ(bucket.http(0).count(), 1);
}

TEST(InboundRows, who_gives_up_within_an_answer_is_cancelled_with_its_status) {
  InboundLab lab;
  BodyFeed feed;
  feed.push("a part");
  lab.application.service.handler = answer_kept;
  lab.application.service.answer = std::make_unique<FedBody>(feed);
  Result<http::Response> response = lab.t.run(lab.service.call(request_for("web")));
  ASSERT_TRUE(response);
  response->body.reset();
  const Bucket bucket = lab.counted.bucket();
  ASSERT_EQ(bucket.http_size(), 1);
  EXPECT_EQ(bucket.http(0).cause(), "cancelled");
  EXPECT_EQ(bucket.http(0).http_status(), 200);
}

TEST(InboundRows, a_body_whose_length_is_known_need_not_be_asked_for_its_end) {
  InboundLab lab;
  http::Request request = request_for("web");
  request.head.method = "POST";
  request.body = http::make_body("five!");
  Result<http::Response> response = lab.t.run(lab.service.call(std::move(request)));
  ASSERT_TRUE(response && response->body != nullptr);
  ASSERT_EQ(response->body->length(), 5U);
  runtime::Waker waker(lab.t.loop);
  runtime::Bytes data;
  while (response->body->poll(waker, data) == http::BodyPoll::kPending) lab.t.settle();
  response->body.reset();
  EXPECT_EQ(lab.counted.bucket().http(0).cause(), "");
}

TEST(InboundRows, what_is_refused_counts_with_its_cause) {
  Config config = testing::worker_config();
  config.inbound.max_in_flight = 0;
  InboundLab shed(std::move(config));
  EXPECT_EQ(ask(shed, with_path("/charge?card=1")), 503);
  const Bucket bucket = shed.counted.bucket();
  ASSERT_EQ(bucket.http_size(), 1);
  EXPECT_EQ(bucket.http(0).cause(), "loadshed");
  EXPECT_EQ(bucket.http(0).http_status(), 503);
  ASSERT_EQ(bucket.http(0).exemplars_size(), 1);
  EXPECT_EQ(bucket.http(0).exemplars(0).path(), "/charge");
  EXPECT_TRUE(bucket.http(0).exemplars(0).detail().contains("MAX_IN_FLIGHT"));
}

TEST(InboundRows, a_stranger_is_counted_as_refused_on_the_route_it_took) {
  InboundLab lab;
  lab.policies.publish(8080, std::make_shared<const model::ServerPolicy>(
                                 model::make_default_server_policy("deny", {}, 10s).value()));
  EXPECT_EQ(ask(lab, request_for("web")), 403);
  const Bucket bucket = lab.counted.bucket();
  ASSERT_EQ(bucket.http_size(), 1);
  EXPECT_EQ(bucket.http(0).cause(), "unauthorized");
  EXPECT_EQ(bucket.http(0).http_status(), 403);
}

TEST(InboundRows, a_request_that_is_sent_twice_counts_once) {
  InboundLab lab(testing::worker_config(), true);
  lab.application.service.handler = [](ScriptedService& self,
                                       http::Request) -> Task<Result<http::Response>> {
    if (self.calls == 1) {
      co_return fail(
          http::http2_error(ErrorCode::kReset, http::Http2Code::kRefusedStream, "not now"));
    }
    co_return http::Response();
  };
  EXPECT_EQ(ask(lab, request_for("web", http::Version::kHttp2)), 200);
  EXPECT_EQ(lab.application.service.calls, 2);
  EXPECT_EQ(total(lab.counted.bucket()), 1);
}

TEST(InboundRows, a_reset_by_the_application_is_no_answer) {
  InboundLab lab(testing::worker_config(), true);
  lab.application.service.handler = [](ScriptedService&,
                                       http::Request) -> Task<Result<http::Response>> {
    co_return fail(http::http2_error(ErrorCode::kReset, http::Http2Code::kInternalError, "no"));
  };
  EXPECT_EQ(ask(lab, request_for("web", http::Version::kHttp2)), 0);
  const Bucket bucket = lab.counted.bucket();
  ASSERT_EQ(bucket.http_size(), 1);
  EXPECT_EQ(bucket.http(0).http_status(), 0);
  EXPECT_EQ(bucket.http(0).cause(), error_name(ErrorCode::kReset));
}

TEST(InboundRows, grpc_has_the_status_of_its_trailers) {
  InboundLab lab(testing::worker_config(), true);
  BodyFeed feed;
  feed.push("message");
  http::Headers trailers;
  trailers.add("grpc-status", "5");
  feed.end(trailers);
  lab.application.service.handler = [](ScriptedService& self,
                                       http::Request) -> Task<Result<http::Response>> {
    http::Response response;
    response.head.headers.add("content-type", "application/grpc");
    response.body = std::move(self.answer);
    co_return response;
  };
  lab.application.service.answer = std::make_unique<FedBody>(feed);
  ask(lab, request_for("web", http::Version::kHttp2));
  EXPECT_EQ(lab.counted.bucket().http(0).grpc_status(), 5);
}

TEST(InboundRows, probes_are_excluded_by_agent_and_path_and_not_by_one_of_them) {
  InboundLab lab;
  const auto probe = [&](const std::string& agent, const std::string& path) {
    http::Request request = with_path(path);
    request.head.headers.add("user-agent", agent);
    ask(lab, std::move(request));
    return lab.counted.bucket().http(0).excluded();
  };
  EXPECT_TRUE(probe("kube-probe/1.29", "/healthz"));
  EXPECT_TRUE(probe("kube-probe/1.29", "/ready?verbose"));
  EXPECT_TRUE(probe("ELB-HealthChecker/2.0", "/health"));
  EXPECT_FALSE(probe("kube-probe/1.29", "/purchase"));
  EXPECT_FALSE(probe("curl/8", "/healthz"));
}

TEST(RequestRecord, without_a_recorder_nothing_is_kept) {
  WorkerLab lab(testing::worker_config());
  http::RequestHead head;
  const RequestRecord record(lab.context, head);
  EXPECT_FALSE(record.on());
}

}  // namespace
}  // namespace seine::proxy
