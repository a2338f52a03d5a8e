// SPDX-License-Identifier: Apache-2.0
#include "control/registry/name_messages.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "control/registry/workload_file.h"
#include "control/testing/shop.h"

namespace seine::control {
namespace {

namespace wire = seine::registry::v1;

using Texts = std::vector<std::string>;

wire::MeshNames names_of(std::string_view file) {
  wire::MeshNames out;
  encode_names("cluster.local", *parse_workload_file(file).value(), out);
  return out;
}

Texts ips(const wire::NamedService& service) {
  return {service.ips().begin(), service.ips().end()};
}

Texts pods(const wire::NamedService& service) {
  Texts out;
  for (const wire::NamedPod& pod : service.pods()) out.push_back(pod.name() + " " + pod.ip());
  return out;
}

TEST(NameMessages, have_each_service_with_its_address_and_its_ready_pods) {
  const wire::MeshNames names = names_of(testing::kShop);
  EXPECT_EQ(names.cluster_domain(), "cluster.local");
  ASSERT_EQ(names.services_size(), 3);
  const wire::NamedService& web = names.services(0);
  EXPECT_EQ(web.name(), "web");
  EXPECT_EQ(web.namespace_(), "shop");
  EXPECT_EQ(ips(web), Texts{"10.96.0.1"});
  EXPECT_EQ(pods(web), Texts{"web-0 10.0.0.1"});
  ASSERT_EQ(web.ports_size(), 2);
  EXPECT_EQ(web.ports(0).number(), 80u);
  EXPECT_EQ(web.ports(0).name(), "");
}

TEST(NameMessages, have_each_namespace_with_all_its_pods_ready_or_not) {
  const wire::MeshNames names = names_of(testing::kShop);
  ASSERT_EQ(names.namespaces_size(), 1);
  const wire::NamedNamespace& shop = names.namespaces(0);
  EXPECT_EQ(shop.name(), "shop");
  EXPECT_EQ(Texts(shop.pod_ips().begin(), shop.pod_ips().end()),
            (Texts{"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"}));
}

TEST(NameMessages, have_a_service_without_addresses_as_headless_with_the_ports_of_its_pods) {
  const wire::MeshNames names = names_of(R"({
    "workloads": [{"namespace": "shop", "name": "db",
                   "pods": [{"name": "db-0", "ips": ["10.0.0.3"]}]},
                  {"namespace": "shop", "name": "copy",
                   "pods": [{"name": "c-0", "ips": ["10.0.0.4"]}]}],
    "services": [{"namespace": "shop", "name": "db", "workloads": ["db", "copy"],
                  "ports": [{"port": 80, "name": "sql", "target_port": 5432}]}]})");
  const wire::NamedService& db = names.services(0);
  EXPECT_TRUE(db.ips().empty());
  EXPECT_EQ(pods(db), (Texts{"db-0 10.0.0.3", "c-0 10.0.0.4"}));
  EXPECT_EQ(db.ports(0).number(), 5432u);
  EXPECT_EQ(db.ports(0).name(), "sql");
}

TEST(NameMessages, never_give_the_pods_of_a_service_whose_address_is_ipv6) {
  const wire::MeshNames names = names_of(R"({
    "workloads": [{"namespace": "shop", "name": "db",
                   "pods": [{"name": "db-0", "ips": ["10.0.0.3"]}]}],
    "services": [{"namespace": "shop", "name": "db", "cluster_ips": ["fd00::1"],
                  "ports": [{"port": 80}]}]})");
  EXPECT_TRUE(names.services(0).ips().empty());
  EXPECT_TRUE(names.services(0).pods().empty());
}

}  // namespace
}  // namespace seine::control
