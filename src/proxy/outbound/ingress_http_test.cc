// SPDX-License-Identifier: Apache-2.0
#include "proxy/outbound/ingress_http.h"

#include "gtest/gtest.h"

#include "proxy/testing/outbound_lab.h"

namespace seine::proxy {
namespace {

using namespace std::chrono_literals;
using http::testing::ScriptedService;
using runtime::Task;
using testing::LocalApplication;
using testing::request_for;
using testing::ServiceCall;

constexpr char kWeb[] = "web.shop.svc.cluster.local:80";
constexpr char kApi[] = "api.shop.svc.cluster.local:8080";

template <int kStatus>
Task<Result<http::Response>> answer_with(ScriptedService& self, http::Request request) {
  self.last = request.head;
  http::Response response;
  response.head.status = kStatus;
  co_return response;
}

Config ingress_config() {
  Config config = testing::worker_config();
  config.ingress_mode = true;
  config.profile_suffixes = {"svc.cluster.local."};
  return config;
}

// A connection of an ingress to an address of the lab's application. Two services, web and api, are
// others, which a test publishes.
struct IngressLab : testing::OutboundLab {
  explicit IngressLab(Config with = ingress_config()) : OutboundLab(std::move(with)) {
    application.service.handler = answer_with<200>;
    web.service.handler = answer_with<201>;
    api.service.handler = answer_with<202>;
  }
  http::Request request(const std::string& name) {
    http::Request out = request_for("example.com");
    if (!name.empty()) out.head.headers.add("l5d-dst-override", name);
    return out;
  }
  Result<http::Response> send(const std::string& name) {
    return t.run(ingress.call(request(name)));
  }
  int status(const std::string& name) {
    const Result<http::Response> response = send(name);
    return response ? response->head.status : 0;
  }
  std::string error(const std::string& name) {
    const Result<http::Response> response = send(name);
    return response ? std::string(response->head.headers.get("l5d-proxy-error").value_or("")) : "";
  }
  void publish(const std::string& name, const LocalApplication& to) {
    targets.publish(name, testing::forward_to(to.addr()));
  }
  // As if discovery had answered before.
  void know(const std::string& name, const LocalApplication& to) {
    leases.push_back(targets.lease(name));
    publish(name, to);
  }

  LocalApplication web{t, false};
  LocalApplication api{t, false};
  std::vector<OutboundTargets::Lease> leases;
  OverrideTargets overrides{context, targets};
  IngressHttp ingress{context, overrides,   backends,
                      lease,   destination, SocketAddr::parse("10.0.0.9:1234").value()};
};

TEST(IngressHttp, requests_go_to_the_service_that_they_name_whatever_the_address) {
  IngressLab lab;
  lab.know(kWeb, lab.web);
  lab.know(kApi, lab.api);
  EXPECT_EQ(lab.status(kWeb), 201);
  EXPECT_FALSE(lab.web.service.last.headers.contains("l5d-dst-override"));
  // Not where the request before it went, on the same connection to the same address.
  EXPECT_EQ(lab.status(kApi), 202);
  EXPECT_EQ(lab.status("Web.shop.svc.cluster.local"), 201) << "port 80 is understood";
  EXPECT_EQ(lab.status(""), 200) << "without a name to the address";
  EXPECT_EQ(lab.application.connections, 1);
}

TEST(IngressHttp, a_request_waits_for_what_is_known_of_its_name) {
  IngressLab lab;
  {
    const ServiceCall call(lab.t.loop, lab.ingress, lab.request(kWeb));
    lab.t.advance(500ms);
    EXPECT_FALSE(call.result);
    lab.publish(kWeb, lab.web);
    lab.t.settle();
    ASSERT_TRUE(call.result && *call.result);
    EXPECT_EQ((*call.result)->head.status, 201);
  }
  const ServiceCall call(lab.t.loop, lab.ingress, lab.request(kApi));
  lab.t.advance(1100ms, 100ms);
  ASSERT_TRUE(call.result && *call.result);
  EXPECT_EQ((*call.result)->head.status, 504);
  EXPECT_TRUE((*call.result)
                  ->head.headers.get("l5d-proxy-error")
                  .value_or("")
                  .contains("discovery of " + std::string(kApi)));
}

TEST(IngressHttp, what_waits_for_a_name_is_in_flight_and_its_end_is_told) {
  Config config = ingress_config();
  config.outbound.max_in_flight = 1;
  IngressLab lab(std::move(config));
  SpanBox box(lab.t.loop);
  Tracer tracer(lab.t.loop, lab.t.clock, box, 0);
  lab.context.tracer = &tracer;
  http::Request traced = lab.request(kWeb);
  traced.head.headers.add("b3", "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1");
  const ServiceCall call(lab.t.loop, lab.ingress, std::move(traced));
  lab.t.settle();
  EXPECT_TRUE(lab.error(kApi).starts_with("loadshed: "));
  EXPECT_FALSE(call.result);
  lab.t.advance(1100ms, 100ms);
  ASSERT_TRUE(call.result && *call.result);
  const std::vector<Span> spans = box.take();
  ASSERT_EQ(spans.size(), 1U);
  EXPECT_EQ(spans.front().error, "failfast");
  EXPECT_EQ(lab.counted("outbound_http_errors_total", "error=\"failfast\""), 1);
}

TEST(IngressHttp, who_names_a_service_waits_for_nothing_of_the_address) {
  IngressLab lab;
  lab.know(kWeb, lab.web);
  const SocketAddr unknown = SocketAddr::parse("10.0.0.2:80").value();
  OutboundTargets::Lease lease = lab.targets.lease(unknown);
  IngressHttp elsewhere{lab.context, lab.overrides, lab.backends,
                        lease,       unknown,       SocketAddr::parse("10.0.0.9:1235").value()};
  EXPECT_EQ(lab.t.run(elsewhere.call(lab.request(kWeb)))->head.status, 201);
  const ServiceCall direct(lab.t.loop, elsewhere, lab.request(""));
  lab.t.settle();
  EXPECT_FALSE(direct.result);
  lab.targets.publish(unknown, testing::forward_to(lab.api.addr()));
  lab.t.settle();
  ASSERT_TRUE(direct.result && *direct.result);
  EXPECT_EQ((*direct.result)->head.status, 202);
}

TEST(IngressHttp, what_names_no_service_goes_nowhere) {
  IngressLab lab;
  for (const char* name : {"10.0.0.1:80", "[::1]:80", "a b", "http://web", "web.shop:99999",
                           "web.shop.svc.cluster.local:0", " "}) {
    EXPECT_EQ(lab.status(name), 400) << name;
    EXPECT_TRUE(lab.error(name).contains("l5d-dst-override: expected a service's name")) << name;
  }
  EXPECT_EQ(lab.status("example.com"), 404);
  EXPECT_EQ(lab.status("svc.cluster.local.example.com:80"), 404);
  http::Request twice = lab.request(kWeb);
  twice.head.headers.add("l5d-dst-override", kApi);
  EXPECT_EQ(lab.t.run(lab.ingress.call(std::move(twice)))->head.status, 400);
  EXPECT_EQ(lab.targets.size(), 1U) << "nobody is asked";
  EXPECT_EQ(lab.application.connections, 0);
  EXPECT_GE(lab.counted("outbound_http_errors_total"), 10);
}

TEST(IngressHttp, follows_so_many_names_and_no_more) {
  IngressLab lab;
  const auto name = [](std::size_t i) { return "w" + std::to_string(i) + ".svc.cluster.local:80"; };
  for (std::size_t i = 0; i < kMaxOverrideNames; ++i) {
    ASSERT_TRUE(lab.overrides.find(name(i)));
  }
  EXPECT_EQ(lab.status(kWeb), 503);
  EXPECT_TRUE(lab.error(kWeb).contains("1000 names are in use already"));
  EXPECT_TRUE(lab.overrides.find(name(7))) << "those that are known go on";
  // Unused ones are let go of.
  lab.t.advance(2s);
  lab.t.settle();
  lab.know(kWeb, lab.web);
  EXPECT_EQ(lab.status(kWeb), 201);
}

TEST(IngressHttp, names_beyond_the_bound_have_unused_ones_looked_for_ten_times_a_second_at_most) {
  IngressLab lab;
  for (std::size_t i = 0; i < kMaxOverrideNames; ++i) {
    ASSERT_TRUE(lab.overrides.find("w" + std::to_string(i) + ".svc.cluster.local:80"));
  }
  lab.t.advance(950ms);
  EXPECT_FALSE(lab.overrides.find(kWeb)) << "all are followed still";
  lab.t.advance(70ms);
  EXPECT_FALSE(lab.overrides.find(kWeb)) << "it is not looked again so soon";
  lab.t.advance(100ms);
  EXPECT_TRUE(lab.overrides.find(kWeb));
}

TEST(IngressHttp, a_connection_may_use_more_names_than_it_remembers) {
  IngressLab lab;
  for (int i = 0; i < 150; ++i) {
    const std::string name = "w" + std::to_string(i) + ".svc.cluster.local:80";
    lab.know(name, i % 2 == 0 ? lab.web : lab.api);
    EXPECT_EQ(lab.status(name), i % 2 == 0 ? 201 : 202);
  }
  EXPECT_EQ(lab.status("w0.svc.cluster.local"), 201);
}

TEST(OutboundHttp, without_ingress_mode_an_override_is_a_header_as_others) {
  testing::OutboundLab lab;
  lab.application.service.handler = answer_with<200>;
  http::Request request = request_for("web");
  request.head.headers.add("l5d-dst-override", kWeb);
  ASSERT_TRUE(lab.t.run(lab.service.call(std::move(request))));
  EXPECT_EQ(lab.application.service.last.headers.get("l5d-dst-override"), kWeb);
}

}  // namespace
}  // namespace seine::proxy
