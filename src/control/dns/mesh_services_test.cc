// SPDX-License-Identifier: Apache-2.0
#include "control/dns/mesh_services.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "control/registry/workload_file.h"
#include "control/testing/shop.h"

namespace seine::control {
namespace {

std::vector<dns::ZoneService> services_of(std::string_view file) {
  return mesh_services(*parse_workload_file(file).value());
}

std::vector<std::string> texts(const std::vector<IpAddress>& addresses) {
  std::vector<std::string> out;
  out.reserve(addresses.size());
  for (const IpAddress& address : addresses) out.push_back(address.to_string());
  return out;
}

std::vector<std::string> texts(const std::vector<dns::ServicePod>& pods) {
  std::vector<std::string> out;
  out.reserve(pods.size());
  for (const dns::ServicePod& pod : pods) {
    out.push_back(pod.hostname + " " + pod.address.to_string());
  }
  return out;
}

using Texts = std::vector<std::string>;

TEST(MeshServices, has_each_service_with_its_address_and_its_ready_pods) {
  const std::vector<dns::ZoneService> services = services_of(testing::kShop);
  ASSERT_EQ(services.size(), 3u);
  const dns::ZoneService& web = services[0];
  EXPECT_EQ(web.name, "web");
  EXPECT_EQ(web.namespace_name, "shop");
  EXPECT_EQ(texts(web.addresses), Texts{"10.96.0.1"});
  EXPECT_EQ(texts(web.pods), Texts{"web-0 10.0.0.1"});
  ASSERT_EQ(web.ports.size(), 2u);
  EXPECT_EQ(web.ports[0].port, 80);
  EXPECT_EQ(web.ports[0].name, "");
}

TEST(MeshServices, has_a_service_without_addresses_as_headless_with_the_ports_of_its_pods) {
  const std::vector<dns::ZoneService> services = services_of(R"({
    "workloads": [{"namespace": "shop", "name": "db",
                   "pods": [{"name": "db-0", "ips": ["10.0.0.3"]}]},
                  {"namespace": "shop", "name": "copy",
                   "pods": [{"name": "c-0", "ips": ["10.0.0.4"]}]}],
    "services": [{"namespace": "shop", "name": "db", "workloads": ["db", "copy"],
                  "ports": [{"port": 80, "name": "sql", "target_port": 5432}]}]})");
  const dns::ZoneService& db = services.at(0);
  EXPECT_TRUE(db.addresses.empty());
  EXPECT_EQ(texts(db.pods), (Texts{"db-0 10.0.0.3", "c-0 10.0.0.4"}));
  EXPECT_EQ(db.ports.at(0).port, 5432);
  EXPECT_EQ(db.ports.at(0).name, "sql");
}

TEST(MeshServices, never_gives_the_pods_of_a_service_whose_address_is_ipv6) {
  const std::vector<dns::ZoneService> services = services_of(R"({
    "workloads": [{"namespace": "shop", "name": "db",
                   "pods": [{"name": "db-0", "ips": ["10.0.0.3"]}]}],
    "services": [{"namespace": "shop", "name": "db", "cluster_ips": ["fd00::1"],
                  "ports": [{"port": 80}]}]})");
  EXPECT_TRUE(services.at(0).addresses.empty());
  EXPECT_TRUE(services.at(0).pods.empty());
}

}  // namespace
}  // namespace seine::control
