// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/told_names.h"

#include <gtest/gtest.h>

namespace seine::cli {
namespace {

namespace wire = seine::registry::v1;

wire::MeshNames shop() {
  wire::MeshNames out;
  out.set_cluster_domain("cluster.local");
  wire::NamedService& web = *out.add_services();
  web.set_namespace_("shop");
  web.set_name("web");
  web.add_ips("10.96.0.1");
  web.add_ports()->set_name("http");
  web.mutable_ports(0)->set_number(80);
  web.add_pods()->set_name("web-0");
  web.mutable_pods(0)->set_ip("10.0.0.1");
  wire::NamedNamespace& ns = *out.add_namespaces();
  ns.set_name("shop");
  ns.add_pod_ips("10.0.0.1");
  ns.add_pod_ips("10.0.0.2");
  return out;
}

TEST(ToldNames, are_services_and_whose_pods_are_where) {
  const ToldNames names = decode_names(shop()).value();
  EXPECT_EQ(names.cluster_domain, dns::Name::from_text("cluster.local").value());
  ASSERT_EQ(names.services.size(), 1u);
  const dns::ZoneService& web = names.services[0];
  EXPECT_EQ(web.name, "web");
  EXPECT_EQ(web.namespace_name, "shop");
  EXPECT_EQ(web.addresses, std::vector{IpAddress::parse("10.96.0.1").value()});
  EXPECT_EQ(web.ports.at(0).name, "http");
  EXPECT_EQ(web.ports.at(0).port, 80);
  EXPECT_EQ(web.pods.at(0).hostname, "web-0");
  EXPECT_EQ(web.pods.at(0).address, IpAddress::parse("10.0.0.1").value());
  EXPECT_EQ(names.namespaces.size(), 2u);
  EXPECT_EQ(names.namespaces.at(IpAddress::parse("10.0.0.2").value()), "shop");
}

TEST(ToldNames, are_refused_where_an_address_a_port_or_the_domain_is_none) {
  const auto refused = [](const wire::MeshNames& message) {
    const auto names = decode_names(message);
    return !names && names.error().code == ErrorCode::kProtocol;
  };
  wire::MeshNames broken = shop();
  broken.mutable_services(0)->set_ips(0, "10.96.0");
  EXPECT_TRUE(refused(broken));
  broken = shop();
  broken.mutable_services(0)->mutable_pods(0)->set_ip("");
  EXPECT_TRUE(refused(broken));
  broken = shop();
  broken.mutable_services(0)->mutable_ports(0)->set_number(65'536);
  EXPECT_TRUE(refused(broken));
  broken = shop();
  broken.mutable_namespaces(0)->add_pod_ips("nowhere");
  EXPECT_TRUE(refused(broken));
  broken = shop();
  broken.set_cluster_domain("a..b");
  EXPECT_TRUE(refused(broken));
}

}  // namespace
}  // namespace seine::cli
