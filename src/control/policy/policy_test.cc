// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "control/policy/inbound.h"
#include "control/policy/outbound.h"
#include "control/testing/shop.h"

namespace seine::control {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class Policies : public ::testing::Test {
 protected:
  std::optional<model::ClientPolicy> outbound(std::string_view path) {
    return find_outbound_policy(names_, *shop_, parse_target(names_, path).value());
  }
  model::ServerPolicy inbound(std::string_view pod, std::uint16_t port) {
    return find_inbound_policy(*shop_, default_, shop_->find_pod("shop", pod), port);
  }
  const MeshNames names_;
  const std::shared_ptr<const Snapshot> shop_ = testing::make_shop();
  const model::ServerPolicy default_ = make_sent_default_policy("all-unauthenticated", {}).value();
};

TEST_F(Policies, of_a_service_detect_and_balance_as_todays_controller_does) {
  const auto policy = outbound("10.96.0.1:80");
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->meta.kind, "Service");
  EXPECT_EQ(policy->meta.name, "web");
  const auto& detect = std::get<model::ClientDetect>(policy->protocol);
  EXPECT_EQ(detect.timeout, seconds(10));
  ASSERT_EQ(detect.http1.routes.size(), 1u);
  const auto& distribution = detect.http1.routes[0].rules.at(0).policy.distribution;
  const model::Backend& backend = distribution.backends.at(0).backend;
  const auto& balancer = std::get<model::Backend::Balancer>(backend.kind);
  EXPECT_EQ(balancer.path, "web.shop.svc.cluster.local:80");
  EXPECT_EQ(balancer.load.default_rtt, milliseconds(30));
  EXPECT_EQ(balancer.load.decay, seconds(10));
  EXPECT_EQ(backend.queue.capacity, 100u);
  EXPECT_EQ(backend.queue.failfast, seconds(3));
  EXPECT_TRUE(detect.opaque.route);
  EXPECT_EQ(outbound("web.shop.svc.cluster.local:80"), policy);
}

TEST_F(Policies, of_an_opaque_service_do_not_detect) {
  EXPECT_TRUE(std::holds_alternative<model::ClientOpaque>(outbound("10.96.0.3:5000")->protocol));
}

TEST_F(Policies, of_a_pods_address_forward_to_it) {
  const auto policy = outbound("10.0.0.1:8080");
  ASSERT_TRUE(policy);
  const auto& detect = std::get<model::ClientDetect>(policy->protocol);
  const auto& backend = detect.http2.routes.at(0).rules.at(0).policy.distribution.backends.at(0);
  EXPECT_TRUE(std::get<model::Backend::Forward>(backend.backend.kind).endpoint.tls);
}

TEST_F(Policies, do_not_exist_for_addresses_nobody_knows) {
  EXPECT_FALSE(outbound("10.9.9.9:80"));
  EXPECT_FALSE(outbound("10.96.0.1:4711"));
  EXPECT_FALSE(outbound("none.shop.svc.cluster.local:80"));
}

TEST_F(Policies, of_any_inbound_port_permit_what_the_default_permits) {
  for (const std::uint16_t port : {8080, 4191, 1}) {
    const model::ServerPolicy policy = inbound("web-0", port);
    EXPECT_EQ(std::get<model::ServerDetect>(policy.protocol).timeout, seconds(10));
    ASSERT_EQ(policy.authorizations.size(), 1u) << "loopback is the proxy's own";
    EXPECT_EQ(policy.authorizations[0].networks.size(), 2u);
    EXPECT_EQ(policy.meta.name, "all-unauthenticated");
    EXPECT_EQ(policy.server_ips.size(), 2u);
  }
}

TEST_F(Policies, of_inbound_ports_permit_what_their_workload_says_before_the_default) {
  const auto snapshot = parse_workload_file(R"({"workloads": [
      {"namespace": "shop", "name": "vault", "inbound_policy": "all-authenticated",
       "ports": [{"port": 5000, "protocol": "opaque"}],
       "pods": [{"name": "vault-0", "ips": ["10.0.0.9"]}]},
      {"namespace": "shop", "name": "attic", "inbound_policy": "deny",
       "pods": [{"name": "attic-0", "ips": ["10.0.0.10"]}]}]})")
                            .value();
  const model::ServerPolicy vault =
      find_inbound_policy(*snapshot, default_, snapshot->find_pod("shop", "vault-0"), 5000);
  EXPECT_EQ(vault.meta.name, "all-authenticated");
  EXPECT_TRUE(std::holds_alternative<model::ServerOpaque>(vault.protocol));
  ASSERT_EQ(vault.authorizations.size(), 1u);
  EXPECT_EQ(vault.authorizations[0].authentication.kind, model::Authentication::Kind::kIdentities);
  EXPECT_EQ(vault.server_ips.size(), 1u);
  const model::ServerPolicy attic =
      find_inbound_policy(*snapshot, default_, snapshot->find_pod("shop", "attic-0"), 80);
  EXPECT_TRUE(attic.authorizations.empty());
}

TEST_F(Policies, of_inbound_ports_follow_the_protocol_declared) {
  EXPECT_TRUE(std::holds_alternative<model::ServerGrpc>(inbound("web-0", 9000).protocol));
  EXPECT_TRUE(std::holds_alternative<model::ServerOpaque>(inbound("db-0", 5000).protocol));
  EXPECT_TRUE(std::holds_alternative<model::ServerOpaque>(inbound("db-0", 5432).protocol));
}

class NoHeaders final : public model::HeaderSource {
 public:
  std::optional<std::string_view> value(std::string_view, std::size_t) const override {
    return std::nullopt;
  }
};

// `web` with one pod, of which a test says more.
std::shared_ptr<const Snapshot> only(WorkloadPort port, Pod pod) {
  pod.name = "web-0";
  pod.ips = {IpAddress::parse("10.0.0.1").value()};
  Workload web{.ns = "shop", .name = "web", .service_account = "web"};
  web.ports.push_back(std::move(port));
  web.pods.push_back(std::move(pod));
  return Snapshot::create({std::move(web)}, {}).value();
}

TEST_F(Policies, of_a_port_admit_whom_the_pod_admits_there_and_nowhere_else) {
  const model::ServerPolicy members = make_sent_default_policy("all-authenticated", {}).value();
  const IpNet relay = IpNet::parse("10.0.9.1").value();
  const auto snapshot = only(
      {.number = 8080}, {.admissions = {{.name = "published", .port = 8080, .from = {relay}}}});
  const PodRef pod = snapshot->find_pod("shop", "web-0");
  const auto allows = [&](std::uint16_t port, const char* from) {
    const auto policy =
        model::with_effective_authorizations(find_inbound_policy(*snapshot, members, pod, port));
    const IpAddress ip = IpAddress::parse(from).value();
    const auto* found = model::authorize(policy.authorizations, {.client_ip = ip});
    return found == nullptr ? "" : found->meta.name;
  };
  EXPECT_EQ(allows(8080, "10.0.9.1"), "published");
  EXPECT_EQ(allows(8080, "10.0.9.2"), "");
  EXPECT_EQ(allows(8081, "10.0.9.1"), "");
}

TEST_F(Policies, of_a_port_with_probes_let_anyone_get_their_exact_paths) {
  const model::ServerPolicy members = make_sent_default_policy("all-authenticated", {}).value();
  const auto snapshot = only({.number = 8080, .probes = {"/healthz"}}, {});
  const auto policy = model::with_effective_authorizations(
      find_inbound_policy(*snapshot, members, snapshot->find_pod("shop", "web-0"), 8080));
  const auto& routes = std::get<model::ServerDetect>(policy.protocol).http.routes;
  const auto allows = [&](std::string_view method, std::string_view path) {
    const NoHeaders headers;
    const auto found = model::find_route<model::ServerHttpRoute>(
        routes, {.host = "web", .path = path, .method = method, .headers = headers});
    return model::authorize(found->route->authorizations,
                            {.client_ip = IpAddress::parse("10.0.0.9").value()}) != nullptr;
  };
  EXPECT_TRUE(allows("GET", "/healthz"));
  EXPECT_FALSE(allows("POST", "/healthz"));
  EXPECT_FALSE(allows("GET", "/healthz/more"));
  EXPECT_FALSE(allows("GET", "/"));
}

// Of `web`, whose port 80 leads to 8080 (or what `port` says); routes as in a file.
std::shared_ptr<const Snapshot> with_routes(std::string_view routes, std::string_view port = "") {
  std::string file = R"({"workloads": [{"namespace": "shop", "name": "web", "ports": [)";
  file.append(port).append(R"(], "pods": [{"name": "web-0", "ips": ["10.0.0.1"]}]}],
      "services": [{"namespace": "shop", "name": "web", "cluster_ips": ["10.96.0.1"],
                    "ports": [{"port": 80, "target_port": 8080}], "routes": )");
  file.append(routes).append("}]}");
  return parse_workload_file(file).value();
}

// The name of what a request is counted by; nothing: 404.
template <class RouteType>
std::string route_of(const std::vector<RouteType>& routes, std::string_view method,
                     std::string_view path) {
  const NoHeaders headers;
  const auto found = model::find_route<RouteType>(
      routes, {.host = "web", .path = path, .method = method, .headers = headers});
  return found ? found->route->meta.kind + "/" + found->route->meta.name : "";
}

constexpr char kRoutes[] = R"(["cart=*:/cart/*", "buy=POST:/cart/buy", "look=GET:/*"])";

TEST_F(Policies, of_a_service_name_its_routes_and_send_all_to_the_backend_there_was) {
  const auto of = [&](std::string_view routes) {
    const Target target = parse_target(names_, "10.96.0.1:80").value();
    return find_outbound_policy(names_, *with_routes(routes), target).value();
  };
  const auto plain = std::get<model::ClientDetect>(of("[]").protocol);
  const auto detect = std::get<model::ClientDetect>(of(kRoutes).protocol);
  EXPECT_EQ(detect.opaque, plain.opaque);
  EXPECT_EQ(detect.http1.routes, detect.http2.routes);
  const auto& routes = detect.http1.routes;
  ASSERT_EQ(routes.size(), 4u);
  EXPECT_EQ(routes[0].meta.name, "buy");
  EXPECT_EQ(routes[0].meta.group, "gateway.networking.k8s.io");
  EXPECT_EQ(routes[0].meta.ns, "shop");
  EXPECT_EQ(routes.back(), plain.http1.routes.at(0)) << "the default is last and as before";
  for (const auto& route : routes) {
    EXPECT_EQ(route.rules.at(0).policy, plain.http1.routes[0].rules.at(0).policy);
  }
  EXPECT_EQ(route_of(routes, "POST", "/cart/buy"), "HTTPRoute/buy");
  EXPECT_EQ(route_of(routes, "GET", "/cart"), "HTTPRoute/cart");
  EXPECT_EQ(route_of(routes, "GET", "/carts"), "HTTPRoute/look");
  EXPECT_EQ(route_of(routes, "PUT", "/other"), "Service/web");
  EXPECT_EQ(route_of(routes, "OPTIONS", "*"), "Service/web");
}

TEST_F(Policies, of_an_opaque_port_or_a_pods_address_have_no_routes) {
  const auto opaque = with_routes(kRoutes, R"({"port": 8080, "protocol": "opaque"})");
  const Target service = parse_target(names_, "10.96.0.1:80").value();
  EXPECT_TRUE(std::holds_alternative<model::ClientOpaque>(
      find_outbound_policy(names_, *opaque, service)->protocol));
  const PodRef pod = opaque->find_pod("shop", "web-0");
  EXPECT_TRUE(std::holds_alternative<model::ServerOpaque>(
      find_inbound_policy(*opaque, default_, pod, 8080).protocol));
  const Target address = parse_target(names_, "10.0.0.1:8080").value();
  const auto direct = find_outbound_policy(names_, *with_routes(kRoutes), address);
  EXPECT_EQ(std::get<model::ClientDetect>(direct->protocol).http1.routes.size(), 1u);
}

TEST_F(Policies, of_a_port_name_the_routes_of_its_services_to_whom_the_server_permits) {
  const model::ServerPolicy members = make_sent_default_policy("all-authenticated", {}).value();
  for (const char* port : {"", R"({"port": 8080, "protocol": "http1", "probes": ["/cart/ok"]})"}) {
    const auto snapshot = with_routes(kRoutes, port);
    const PodRef pod = snapshot->find_pod("shop", "web-0");
    const auto policy =
        model::with_effective_authorizations(find_inbound_policy(*snapshot, members, pod, 8080));
    const auto* detect = std::get_if<model::ServerDetect>(&policy.protocol);
    const auto& routes = detect != nullptr
                             ? detect->http.routes
                             : std::get<model::ServerHttp1>(policy.protocol).http.routes;
    EXPECT_EQ(route_of(routes, "POST", "/cart/buy"), "HTTPRoute/buy");
    EXPECT_EQ(route_of(routes, "GET", "/cart/ok"),
              detect != nullptr ? "HTTPRoute/cart" : "default/probe");
    EXPECT_EQ(route_of(routes, "PUT", "/other"), "default/default");
    EXPECT_EQ(route_of(routes, "OPTIONS", "*"), "default/default");
    for (const auto& route : routes) {
      const auto* anyone = model::authorize(route.authorizations,
                                            {.client_ip = IpAddress::parse("10.0.0.9").value()});
      EXPECT_EQ(anyone != nullptr, route.meta.name == "probe") << route.meta.name;
    }
    EXPECT_TRUE(
        std::get<model::ServerDetect>(find_inbound_policy(*snapshot, members, pod, 8081).protocol)
            .http.routes.empty());
  }
}

TEST_F(Policies, of_a_port_of_grpc_name_the_routes_that_a_call_can_take) {
  const auto snapshot =
      with_routes(R"(["record=grpc:shop.Ledger/Record", "rest=*:/shop.Ledger/*", "home=GET:/"])",
                  R"({"port": 8080, "protocol": "grpc"})");
  const auto policy =
      find_inbound_policy(*snapshot, default_, snapshot->find_pod("shop", "web-0"), 8080);
  const auto& routes = std::get<model::ServerGrpc>(policy.protocol).routes;
  EXPECT_EQ(routes.size(), 3u);
  EXPECT_EQ(route_of(routes, "POST", "/shop.Ledger/Record"), "HTTPRoute/record");
  EXPECT_EQ(route_of(routes, "POST", "/shop.Ledger/Statement"), "HTTPRoute/rest");
  EXPECT_EQ(route_of(routes, "POST", "/other.Service/Call"), "default/default");
  const auto none = with_routes(R"(["home=GET:/"])", R"({"port": 8080, "protocol": "grpc"})");
  EXPECT_TRUE(
      std::get<model::ServerGrpc>(
          find_inbound_policy(*none, default_, none->find_pod("shop", "web-0"), 8080).protocol)
          .routes.empty());
}

TEST_F(Policies, of_a_workload_nobody_knows_are_the_default) {
  EXPECT_EQ(inbound("none", 80), default_);
}

TEST_F(Policies, need_a_default_there_is) {
  EXPECT_EQ(make_sent_default_policy("allow", {}).error().code, ErrorCode::kInvalidConfig);
  EXPECT_TRUE(make_sent_default_policy("deny", {})->authorizations.empty());
}

}  // namespace
}  // namespace seine::control
