// SPDX-License-Identifier: Apache-2.0
#include "control/destination/endpoints.h"

#include <gtest/gtest.h>

#include "control/testing/shop.h"

namespace seine::control {
namespace {

SocketAddr addr(std::string_view text) {
  return SocketAddr::parse(text).value();
}

using Updates = std::vector<model::EndpointUpdate>;

class Endpoints : public ::testing::Test {
 protected:
  EndpointSet find(std::string_view path) {
    return find_endpoints(names_, *shop_, parse_target(names_, path).value());
  }
  const MeshNames names_;
  const std::shared_ptr<const Snapshot> shop_ = testing::make_shop();
};

TEST_F(Endpoints, of_a_service_are_the_first_addresses_of_its_ready_pods) {
  const EndpointSet set = find("web.shop.svc.cluster.local:80");
  EXPECT_TRUE(set.exists);
  ASSERT_EQ(set.endpoints.size(), 1u);
  const model::Endpoint& endpoint = set.endpoints.at(addr("10.0.0.1:8080"));
  EXPECT_EQ(endpoint.labels, (model::Labels{{"control_plane_ns", "linkerd"},
                                            {"deployment", "web"},
                                            {"namespace", "shop"},
                                            {"pod", "web-0"},
                                            {"port", "8080"},
                                            {"service", "web"},
                                            {"serviceaccount", "web-sa"},
                                            {"version", "v1"},
                                            {"zone", "z1"}}));
  ASSERT_TRUE(endpoint.tls);
  EXPECT_EQ(endpoint.tls->id.text(), "web-sa.shop.serviceaccount.identity.linkerd.cluster.local");
  EXPECT_EQ(endpoint.tls->server_name, endpoint.tls->id.text());
  EXPECT_EQ(endpoint.hint, model::ProtocolHint::kH2);
  EXPECT_FALSE(endpoint.opaque_transport_port);
  EXPECT_EQ(endpoint.http2->keep_alive_interval, std::chrono::seconds(10));
}

TEST_F(Endpoints, of_a_port_on_which_nobody_listens_are_none_and_say_the_pods_own_version) {
  Workload web{.ns = "shop", .name = "web", .service_account = "web", .version = "v1"};
  const auto pod = [](const char* name, std::string_view ip, std::vector<std::uint16_t> listening) {
    return Pod{.name = name,
               .ips = {IpAddress::parse(ip).value()},
               .version = "v2",
               .listening = std::move(listening)};
  };
  web.pods = {pod("web-0", "10.0.0.1", {8080, 9090}), pod("web-1", "10.0.0.2", {9090})};
  const Service service{.ns = "shop",
                        .name = "web",
                        .ports = {{.number = 8080, .target = 8080}},
                        .workloads = {"web"}};
  const auto snapshot = Snapshot::create({web}, {service}).value();
  const EndpointSet set = find_endpoints(
      names_, *snapshot, parse_target(names_, "web.shop.svc.cluster.local:8080").value());
  ASSERT_EQ(set.endpoints.size(), 1u);
  EXPECT_EQ(set.endpoints.at(addr("10.0.0.1:8080")).labels.at("version"), "v2");
}

TEST_F(Endpoints, are_the_same_by_name_and_by_cluster_address) {
  EXPECT_EQ(find("10.96.0.1:80"), find("web.shop.svc.cluster.local"));
}

TEST_F(Endpoints, of_opaque_ports_are_reached_through_the_transport_header) {
  const EndpointSet set = find("db.shop.svc.cluster.local:5000");
  const model::Endpoint& endpoint = set.endpoints.at(addr("10.0.0.3:5000"));
  EXPECT_EQ(endpoint.hint, model::ProtocolHint::kOpaque);
  EXPECT_EQ(endpoint.opaque_transport_port, 4143);
  EXPECT_TRUE(endpoint.tls);
  EXPECT_EQ(endpoint.labels.at("statefulset"), "db");
}

TEST_F(Endpoints, without_a_proxy_in_front_get_neither_tls_nor_hint) {
  for (const char* path : {"legacy.shop.svc.cluster.local", "web.shop.svc.cluster.local:81"}) {
    const EndpointSet set = find(path);
    ASSERT_EQ(set.endpoints.size(), 1u) << path;
    EXPECT_FALSE(set.endpoints.begin()->second.tls);
    EXPECT_EQ(set.endpoints.begin()->second.hint, model::ProtocolHint::kNone);
  }
}

TEST_F(Endpoints, of_a_pods_address_are_that_pod_ready_or_not) {
  const EndpointSet set = find("10.0.0.2:1234");
  ASSERT_EQ(set.endpoints.size(), 1u);
  EXPECT_EQ(set.endpoints.begin()->second.labels.at("pod"), "web-1");
}

TEST_F(Endpoints, of_what_nobody_knows_do_not_exist) {
  EXPECT_FALSE(find("none.shop.svc.cluster.local").exists);
  EXPECT_FALSE(find("10.9.9.9:80").exists);
  const EndpointSet other_port = find("web.shop.svc.cluster.local:4711");
  EXPECT_TRUE(other_port.exists);
  EXPECT_TRUE(other_port.endpoints.empty());
}

TEST_F(Endpoints, need_a_path_that_is_a_service_or_an_address) {
  for (const char* path : {"", "example.com:80", "web.shop:80", "10.0.0.1:x", "a b"}) {
    const auto target = parse_target(names_, path);
    ASSERT_FALSE(target) << path;
    EXPECT_EQ(target.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST_F(Endpoints, differ_by_what_was_added_changed_and_removed) {
  const EndpointSet before = find("web.shop.svc.cluster.local");
  const model::Endpoint first = before.endpoints.at(addr("10.0.0.1:8080"));
  EXPECT_EQ(diff(nullptr, before), (Updates{model::EndpointsAdded{.endpoints = {first}}}));
  EXPECT_TRUE(diff(&before, before).empty());

  EndpointSet after = before;
  after.endpoints.at(addr("10.0.0.1:8080")).weight = 5;
  const model::Endpoint second{.addr = addr("10.0.0.7:8080")};
  after.endpoints.emplace(second.addr, second);
  model::Endpoint heavier = first;
  heavier.weight = 5;
  EXPECT_EQ(diff(&before, after), (Updates{model::EndpointsAdded{.endpoints = {heavier, second}}}));
  EXPECT_EQ(diff(&after, before), (Updates{model::EndpointsAdded{.endpoints = {first}},
                                           model::EndpointsRemoved{.addrs = {second.addr}}}));
}

TEST_F(Endpoints, say_once_that_there_are_none) {
  const EndpointSet full = find("web.shop.svc.cluster.local");
  const EndpointSet empty{.exists = true};
  const EndpointSet unknown;
  EXPECT_EQ(diff(nullptr, empty), (Updates{model::NoEndpoints{.exists = true}}));
  EXPECT_EQ(diff(&full, empty), (Updates{model::NoEndpoints{.exists = true}}));
  EXPECT_TRUE(diff(&empty, empty).empty());
  EXPECT_EQ(diff(&empty, unknown), (Updates{model::NoEndpoints{.exists = false}}));
}

}  // namespace
}  // namespace seine::control
