// SPDX-License-Identifier: Apache-2.0
#include "control/registry/snapshot.h"

#include <gtest/gtest.h>

namespace seine::control {
namespace {

IpAddress ip(std::string_view text) {
  return IpAddress::parse(text).value();
}

Workload workload(std::string name, std::string pod, std::string_view address) {
  Workload out;
  out.ns = "shop";
  out.name = std::move(name);
  out.pods = {{.name = std::move(pod), .ips = {ip(address)}}};
  return out;
}

Service service(std::string name, std::string_view address, std::vector<std::string> workloads) {
  Service out;
  out.ns = "shop";
  out.name = std::move(name);
  out.cluster_ips = {ip(address)};
  out.workloads = std::move(workloads);
  return out;
}

std::string refusal(std::vector<Workload> workloads, std::vector<Service> services) {
  const auto snapshot = Snapshot::create(std::move(workloads), std::move(services));
  EXPECT_FALSE(snapshot);
  return snapshot ? "" : snapshot.error().message;
}

TEST(Snapshot, finds_pods_and_services_by_name_and_address) {
  const auto snapshot = Snapshot::create({workload("web", "web-0", "10.0.0.1")},
                                         {service("web", "10.96.0.1", {"web"})})
                            .value();
  EXPECT_EQ(snapshot->find_pod(ip("10.0.0.1")).pod->name, "web-0");
  EXPECT_EQ(snapshot->find_pod("shop", "web-0").workload->name, "web");
  EXPECT_EQ(snapshot->find_service(ip("10.96.0.1"))->name, "web");
  EXPECT_EQ(snapshot->find_service("shop", "web"), snapshot->find_service(ip("10.96.0.1")));
  EXPECT_EQ(snapshot->find_pod(ip("10.96.0.1")).pod, nullptr);
  EXPECT_EQ(snapshot->find_service("other", "web"), nullptr);
}

TEST(Snapshot, refuses_one_name_or_address_for_two) {
  EXPECT_EQ(refusal({workload("web", "a", "10.0.0.1"), workload("web", "b", "10.0.0.2")}, {}),
            "workload shop/web stands twice");
  EXPECT_EQ(refusal({workload("web", "a", "10.0.0.1"), workload("api", "a", "10.0.0.2")}, {}),
            "pod shop/a stands twice");
  EXPECT_EQ(refusal({workload("web", "a", "10.0.0.1"), workload("api", "b", "10.0.0.1")}, {}),
            "address 10.0.0.1 stands twice");
  EXPECT_EQ(refusal({workload("web", "a", "10.0.0.1")}, {service("web", "10.0.0.1", {})}),
            "address 10.0.0.1 stands twice");
  EXPECT_EQ(refusal({}, {service("a", "10.0.0.1", {}), service("a", "10.0.0.2", {})}),
            "service shop/a stands twice");
}

TEST(Snapshot, gives_a_port_the_routes_of_all_services_that_lead_to_it) {
  Service front = service("front", "10.96.0.1", {"web"});
  front.ports = {{.number = 80, .target = 8080}};
  front.routes = {{"buy", "POST", "/buy"}, {"all", "", "/*"}};
  Service back = service("back", "10.96.0.2", {"web"});
  back.ports = {{.number = 81, .target = 8080}};
  back.routes = {{"restock", "POST", "/restock"}, {"buy", "POST", "/v2"}};
  const auto snapshot =
      Snapshot::create({workload("web", "web-0", "10.0.0.1")}, {front, back}).value();
  const Workload& web = *snapshot->find_workload("shop", "web");
  const std::vector<model::DeclaredRoute> both{
      {"restock", "POST", "/restock"}, {"buy", "POST", "/buy"}, {"all", "", "/*"}};
  EXPECT_EQ(snapshot->routes(web, 8080), both);
  EXPECT_TRUE(snapshot->routes(web, 80).empty());
}

TEST(Snapshot, refuses_a_service_of_no_workload) {
  EXPECT_EQ(refusal({}, {service("web", "10.0.0.1", {"web"})}),
            "service shop/web names workload web, which its namespace does not have");
}

}  // namespace
}  // namespace seine::control
