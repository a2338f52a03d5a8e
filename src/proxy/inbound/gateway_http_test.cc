// SPDX-License-Identifier: Apache-2.0
#include "proxy/inbound/gateway_http.h"

#include "gtest/gtest.h"

#include "proxy/inbound/inbound_http.h"
#include "proxy/orig_proto.h"
#include "proxy/outbound/outbound.h"
#include "proxy/testing/worker_lab.h"

namespace seine::proxy {
namespace {

using namespace std::chrono_literals;
using http::Version;
using http::testing::ScriptedService;
using runtime::Task;
using testing::LocalApplication;
using testing::request_for;
using testing::ServiceCall;

constexpr char kGateway[] = "gateway.multicluster.serviceaccount.identity.linkerd.west";
constexpr char kClient[] = "web.shop.serviceaccount.identity.linkerd.east";
constexpr char kPay[] = "pay.shop.svc.cluster.local:8080";

Task<Result<http::Response>> remember(ScriptedService& self, http::Request request) {
  self.last = request.head;
  http::Response response;
  response.head.status = 201;
  co_return response;
}

Config gateway_config() {
  Config config = testing::worker_config();
  config.gateway_suffixes = {"svc.cluster.local."};
  config.identity.local_id = kGateway;
  return config;
}

model::Authority authority(std::string_view text) {
  return model::Authority::parse(text).value();
}

// A connection of a peer's from another cluster, whose transport header named a service. A test
// publishes what the control plane says of that.
struct GatewayLab : testing::WorkerLab {
  explicit GatewayLab(std::string_view name = kPay) : WorkerLab(gateway_config()), name_(name) {
    pay.service.handler = remember;
    facts.client = SocketAddr::parse("10.0.0.9:1234").value();
    facts.target = SocketAddr::parse("10.0.0.1:4143").value();
    facts.meshed = true;
    facts.identity = model::Identity::parse(kClient).value();
    facts.tls = TlsLabels::meshed(kClient);
  }

  // As if discovery had answered before.
  void know(bool has_profile = true) {
    held = targets.lease(name_);
    publish(has_profile);
  }
  void publish(bool has_profile = true) {
    OutboundTarget target = *testing::forward_to(pay.addr());
    target.is_known = has_profile;
    targets.publish(name_, std::make_shared<const OutboundTarget>(std::move(target)));
  }
  Result<http::Response> send(http::Request request) {
    return t.run(service.call(std::move(request)));
  }
  int status(http::Request request = request_for("pay.east.example:80")) {
    const Result<http::Response> response = send(std::move(request));
    return response ? response->head.status : 0;
  }
  std::string error(http::Request request = request_for("pay.east.example:80")) {
    const Result<http::Response> response = send(std::move(request));
    return response ? std::string(response->head.headers.get("l5d-proxy-error").value_or("")) : "";
  }

  const std::string name_;
  LocalApplication pay{t, false};
  OutboundTargets targets{t.loop, 1s, [](const auto&) {}, [](const auto&) {}};
  Destinations destinations{t.loop, 1s, [](const auto&) {}, [](const auto&) {}};
  Outbound outbound{context, targets, destinations};
  OutboundTargets::Lease held;
  ServerPolicies policies{t.loop, 1s, [](const auto&) {}, [](const auto&) {}};
  PortPolicy policy{policies.lease(4143), testing::open_policy()};
  ProfileCache cache{t.loop, 1s, [](const auto&) {}, [](const auto&) {}};
  ServiceProfiles profiles{context, cache};
  ClientFacts facts;
  GatewayHttp gateway{context, outbound, facts, authority(name_)};
  InboundHttp service{context, policy, facts, nullptr, profiles, &gateway};
};

TEST(GatewayHttp, requests_go_to_the_service_of_the_transport_header_whatever_their_host) {
  GatewayLab lab;
  lab.know();
  http::Request request = request_for("pay.east.example:80");
  request.head.path = "/charge?x=1";
  request.head.headers.add("forwarded", "for=1.2.3.4");
  request.head.headers.add("l5d-client-id", "somebody.else");
  EXPECT_EQ(lab.status(std::move(request)), 201);
  const http::RequestHead& seen = lab.pay.service.last;
  EXPECT_EQ(seen.path, "/charge?x=1");
  EXPECT_EQ(seen.headers.get("host"), "pay.east.example:80");
  EXPECT_FALSE(seen.headers.contains("l5d-client-id"));
  ASSERT_EQ(seen.headers.count("forwarded"), 2U);
  std::string last;
  for (std::size_t i = 0; i < seen.headers.size(); ++i) {
    if (seen.headers.at(i).name == "forwarded") last = seen.headers.at(i).value;
  }
  EXPECT_EQ(last, std::string("by=") + kGateway + ";for=" + kClient +
                      ";host=pay.east.example:80;proto=https");
  EXPECT_EQ(lab.counted("inbound_http_authz_allow_total", "target_port=\"4143\""), 1);
  EXPECT_EQ(lab.counted("request_total", "direction=\"inbound\""), 1);
  EXPECT_EQ(lab.counted("request_total", "direction=\"outbound\""), 1);
  EXPECT_EQ(lab.cache.size(), 0U) << "what a client calls it is not looked up";
}

TEST(GatewayHttp, a_protocol_that_rode_http2_is_restored_and_answered_in_kind) {
  GatewayLab lab;
  lab.know();
  http::Request request = request_for("pay.east.example", Version::kHttp2);
  request.head.headers.add(kOrigProto, "HTTP/1.1");
  const Result<http::Response> response = lab.send(std::move(request));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->head.status, 201);
  EXPECT_EQ(response->head.version, Version::kHttp2);
  EXPECT_EQ(response->head.headers.get(kOrigProto), "HTTP/1.1");
  EXPECT_EQ(lab.pay.service.last.version, Version::kHttp11);
  EXPECT_EQ(lab.pay.service.last.headers.get("host"), "pay.east.example");
  EXPECT_FALSE(lab.pay.service.last.headers.contains(kOrigProto));
}

TEST(GatewayHttp, what_is_not_under_the_suffixes_is_not_found_and_nobody_is_asked) {
  GatewayLab lab("pay.shop.svc.cluster.local.example.com:8080");
  const Result<http::Response> response = lab.send(request_for("pay"));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->head.status, 404);
  EXPECT_FALSE(response->head.headers.contains("connection")) << "the connection goes on";
  EXPECT_FALSE(response->head.headers.contains("l5d-proxy-connection"));
  EXPECT_EQ(response->head.headers.get("l5d-proxy-error"),
            "gateway domain invalid: pay.shop.svc.cluster.local.example.com:8080 is not "
            "under LINKERD2_PROXY_INBOUND_GATEWAY_SUFFIXES");
  http::Request grpc = request_for("pay", Version::kHttp2);
  grpc.head.headers.add("content-type", "application/grpc");
  const Result<http::Response> to_grpc = lab.send(std::move(grpc));
  ASSERT_TRUE(to_grpc);
  EXPECT_EQ(to_grpc->head.headers.get("grpc-status"), "5");
  EXPECT_EQ(lab.targets.size(), 0U);
  EXPECT_EQ(lab.counted("inbound_http_errors_total", "error=\"gateway domain invalid\""), 2);
}

TEST(GatewayHttp, a_service_without_a_profile_is_not_found) {
  GatewayLab lab;
  lab.know(/*has_profile=*/false);
  EXPECT_EQ(lab.status(), 404);
  EXPECT_TRUE(lab.error().contains("the control plane knows no service " + std::string(kPay)));
  EXPECT_EQ(lab.pay.connections, 0);
  EXPECT_EQ(lab.counted("inbound_http_errors_total", "error=\"gateway domain invalid\""), 2);
  // It may come to be while the connection stands.
  lab.publish();
  EXPECT_EQ(lab.status(), 201);
}

TEST(GatewayHttp, what_has_passed_this_gateway_before_ends_here) {
  GatewayLab lab;
  lab.know();
  const std::string before = std::string("by=") + kGateway + ";for=x;host=pay;proto=https";
  http::Request request = request_for("pay");
  request.head.headers.add("forwarded", "by=another.id;for=y");
  request.head.headers.add("forwarded", before);
  const Result<http::Response> response = lab.send(std::move(request));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->head.status, 508);
  EXPECT_EQ(response->head.headers.get("connection"), "close");
  EXPECT_EQ(response->head.headers.get("l5d-proxy-connection"), "close");
  http::Request grpc = request_for("pay", Version::kHttp2);
  grpc.head.headers.add("content-type", "application/grpc");
  grpc.head.headers.add("forwarded", before);
  EXPECT_EQ(lab.send(std::move(grpc))->head.headers.get("grpc-status"), "10");
  EXPECT_EQ(lab.pay.connections, 0);
  EXPECT_EQ(lab.counted("inbound_http_errors_total", "error=\"gateway loop\""), 2);
  EXPECT_EQ(lab.counted("response_total", "classification=\"failure\",error=\"gateway loop\""), 2)
      << lab.registry.scrape();
}

TEST(GatewayHttp, who_is_not_permitted_learns_nothing_of_the_services) {
  GatewayLab lab;
  lab.policies.publish(4143, std::make_shared<const model::ServerPolicy>(
                                 model::make_default_server_policy("deny", {}, 10s).value()));
  EXPECT_EQ(lab.status(), 403);
  http::Request grpc = request_for("pay", Version::kHttp2);
  grpc.head.headers.add("content-type", "application/grpc");
  EXPECT_EQ(lab.send(std::move(grpc))->head.headers.get("grpc-status"), "7");
  EXPECT_EQ(lab.targets.size(), 0U);
  EXPECT_EQ(lab.counted("inbound_http_authz_deny_total", "target_port=\"4143\""), 2);
  // Each request anew.
  lab.know();
  lab.policies.publish(4143, testing::open_policy());
  EXPECT_EQ(lab.status(), 201);
}

TEST(GatewayHttp, a_request_waits_for_what_is_known_of_the_service_and_not_for_ever) {
  GatewayLab lab;
  {
    const ServiceCall first(lab.t.loop, lab.service, request_for("pay"));
    const ServiceCall second(lab.t.loop, lab.service, request_for("pay"));
    lab.t.advance(500ms);
    EXPECT_FALSE(first.result || second.result);
    lab.publish();
    for (const ServiceCall* call : {&first, &second}) {
      lab.t.advance(100ms);
      ASSERT_TRUE(call->result && *call->result);
      EXPECT_EQ((*call->result)->head.status, 201);
    }
  }
  GatewayLab late;
  const ServiceCall call(late.t.loop, late.service, request_for("pay"));
  late.t.advance(1100ms, 100ms);
  ASSERT_TRUE(call.result && *call.result);
  EXPECT_EQ((*call.result)->head.status, 504);
  EXPECT_EQ(late.counted("inbound_http_errors_total", "error=\"failfast\""), 1);
}

TEST(GatewayService, is_a_name_and_a_port) {
  const auto of = [](std::string name) {
    const auto service = gateway_service({.port = 8080, .name = std::move(name)});
    return service ? service->to_string() : "";
  };
  EXPECT_EQ(of("Pay.shop.svc.cluster.local."), kPay);
  for (const char* name : {"10.0.0.1", "[::1]", "pay.shop:80", "a b", "http://pay", "pay/x"}) {
    EXPECT_EQ(of(name), "") << name;
  }
  EXPECT_EQ(of(std::string(300, 'a')), "");
}

}  // namespace
}  // namespace seine::proxy
