// SPDX-License-Identifier: Apache-2.0
// How the application's requests are counted, from their arrival to the row.
#include "proxy/outbound/outbound_rows.h"

#include <set>

#include "gtest/gtest.h"

#include "http/testing/fed_body.h"
#include "proxy/outbound/outbound_http.h"
#include "proxy/testing/telemetry_lab.h"

namespace seine::proxy {
namespace {

using namespace std::chrono_literals;
using http::testing::BodyFeed;
using http::testing::FedBody;
using http::testing::ScriptedService;
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

struct OutboundLab : WorkerLab {
  explicit OutboundLab(Config with = testing::worker_config())
      : WorkerLab(std::move(with)), application(t, false) {
    targets.publish(destination, to_service());
  }
  // Service payments of shop, one endpoint with Linkerd's labels.
  std::shared_ptr<const OutboundTarget> to_service() const {
    model::Metadata meta = model::Metadata::make_resource("", "Service", "shop", "payments");
    meta.port = 80;
    return to(application.addr(), meta);
  }
  std::shared_ptr<const OutboundTarget> to(const SocketAddr& addr,
                                           const model::Metadata& meta) const {
    model::Endpoint endpoint{.addr = addr};
    endpoint.labels = {{"namespace", "shop"},
                       {"deployment", "payments"},
                       {"pod", "payments-1"},
                       {"version", "v2"}};
    const model::Backend backend{.meta = meta, .kind = model::Backend::Forward{endpoint}};
    return std::make_shared<const OutboundTarget>(
        OutboundTarget{.policy = model::make_detect_policy(meta, backend, 10s), .opaque = false});
  }

  TelemetryLab counted{*this};
  LocalApplication application;
  const SocketAddr destination = SocketAddr::parse("10.0.0.1:80").value();
  OutboundTargets targets{t.loop, 1s, [](const auto&) {}, [](const auto&) {}};
  Destinations destinations{t.loop, 1s, [](const auto&) {}, [](const auto&) {}};
  Backends backends{context, destinations};
  OutboundTargets::Lease lease = targets.lease(destination);
  OutboundHttp service{context, backends, lease, destination,
                       SocketAddr::parse("10.0.0.9:1234").value()};
};

TEST(OutboundRows, a_row_says_which_endpoint_of_which_service_answered) {
  OutboundLab lab;
  EXPECT_EQ(ask(lab, request_for("anything")), 200);
  EXPECT_EQ(ask(lab, request_for("something.else")), 200);
  const Bucket bucket = lab.counted.bucket();
  ASSERT_EQ(bucket.http_size(), 1);
  const HttpRow& row = bucket.http(0);
  EXPECT_EQ(row.direction(), telemetry::v1::OUTBOUND);
  EXPECT_EQ(row.target().service(), "payments");
  EXPECT_EQ(row.target().namespace_(), "shop");
  EXPECT_EQ(row.target().port(), 80);
  EXPECT_EQ(row.route(), "core/Service/payments");
  EXPECT_EQ(row.peer().namespace_(), "shop");
  EXPECT_EQ(row.peer().workload(), "payments");
  EXPECT_EQ(row.peer().workload_kind(), "deployment");
  EXPECT_EQ(row.peer().pod(), "payments-1");
  EXPECT_EQ(row.peer().version(), "v2");
  EXPECT_EQ(row.peer().no_tls_reason(), "not_provided_by_service_discovery");
  EXPECT_EQ(row.count(), 2);
}

TEST(OutboundRows, what_goes_to_no_service_is_counted_by_its_authority) {
  OutboundLab lab;
  lab.targets.publish(lab.destination, testing::forward_to(lab.application.addr()));
  ask(lab, request_for("api.example:8080"));
  const Bucket bucket = lab.counted.bucket();
  ASSERT_EQ(bucket.http_size(), 1);
  EXPECT_EQ(bucket.http(0).target().service(), "");
  EXPECT_EQ(bucket.http(0).target().authority(), "api.example:8080");
  EXPECT_EQ(bucket.http(0).target().port(), 80);
}

TEST(OutboundRows, an_endpoint_that_refuses_is_what_the_caller_saw) {
  OutboundLab lab;
  const SocketAddr nobody = LocalApplication(lab.t, false).addr();
  lab.targets.publish(lab.destination, testing::forward_to(nobody));
  EXPECT_EQ(ask(lab, request_for("web")), 502);
  const Bucket bucket = lab.counted.bucket();
  ASSERT_EQ(total(bucket), 1);
  EXPECT_EQ(bucket.http(0).cause(), "connect refused");
  EXPECT_EQ(bucket.http(0).http_status(), 502);
}

TEST(OutboundRows, a_pod_that_nobody_answers_at_is_named_all_the_same) {
  for (const http::Version version : {http::Version::kHttp11, http::Version::kHttp2}) {
    OutboundLab lab;
    const SocketAddr nobody = LocalApplication(lab.t, false).addr();
    lab.targets.publish(lab.destination, lab.to(nobody, model::Metadata::make_resource(
                                                            "", "Pod", "shop", "payments-1")));
    const ServiceCall call(lab.t.loop, lab.service, request_for("10.0.0.1", version));
    lab.t.advance(4s, 100ms);
    ASSERT_TRUE(call.result);
    const Bucket bucket = lab.counted.bucket();
    ASSERT_EQ(total(bucket), 1);
    EXPECT_EQ(bucket.http(0).target().service(), "");
    EXPECT_EQ(bucket.http(0).peer().workload(), "payments");
    EXPECT_NE(bucket.http(0).cause(), "");
  }
}

TEST(OutboundRows, a_policy_that_is_replaced_under_way_changes_no_row) {
  OutboundLab lab;
  BodyFeed feed;
  lab.application.service.handler = answer_kept;
  lab.application.service.answer = std::make_unique<FedBody>(feed);
  Result<http::Response> first = lab.t.run(lab.service.call(request_for("web")));
  ASSERT_TRUE(first);
  lab.targets.publish(lab.destination, testing::forward_to(lab.application.addr()));
  lab.application.service.handler = ScriptedService::echo;
  EXPECT_EQ(ask(lab, request_for("elsewhere")), 200);
  feed.end();
  (void)lab.t.run(http::collect(lab.t.loop, std::move(first->body), 1000));
  const Bucket bucket = lab.counted.bucket();
  ASSERT_EQ(bucket.http_size(), 2);
  std::set<std::string> names;
  for (const HttpRow& row : bucket.http()) {
    names.insert(row.target().service() + row.target().authority());
  }
  EXPECT_EQ(names, (std::set<std::string>{"elsewhere", "payments"}));
}

TEST(OutboundRows, who_gives_up_is_cancelled_once) {
  OutboundLab lab;
  lab.application.service.handler = ScriptedService::hang;
  {
    const ServiceCall given_up(lab.t.loop, lab.service, request_for("web"));
    lab.t.settle();
  }
  const Bucket bucket = lab.counted.bucket();
  ASSERT_EQ(total(bucket), 1);
  EXPECT_EQ(bucket.http(0).cause(), "cancelled");
}

}  // namespace
}  // namespace seine::proxy
