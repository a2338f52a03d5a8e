// SPDX-License-Identifier: Apache-2.0
#include "dns/zone.h"

#include <gtest/gtest.h>

#include <utility>

#include "dns/testing/shop_zone.h"

namespace seine::dns {
namespace {

using testing::shop_spec;
using testing::shop_zone;

Name name_of(std::string_view text) {
  return Name::from_text(text).value();
}
IpAddress ip(std::string_view text) {
  return IpAddress::parse(text).value();
}

// The records of a name, null-safe: a name that does not exist fails the test.
std::vector<Rdata> records(const Zone& zone, std::string_view name) {
  const Zone::Node* node = zone.find(name_of(name));
  EXPECT_NE(node, nullptr) << name;
  return node == nullptr ? std::vector<Rdata>() : node->records;
}

std::string authority(const Zone& zone, std::string_view name) {
  const Record* soa = zone.authority_over(name_of(name));
  return soa == nullptr ? "" : soa->name.to_text();
}

TEST(Zone, names_services_pods_ports_and_addresses) {
  const auto zone = shop_zone();
  const Name web = name_of("web.shop.svc.cluster.local");
  EXPECT_EQ(records(*zone, "web.shop.svc.cluster.local"),
            (std::vector<Rdata>{A{{10, 96, 0, 1}}, Srv{0, 100, 80, web}, Srv{0, 100, 9000, web}}));
  EXPECT_EQ(records(*zone, "web-0.web.shop.svc.cluster.local"),
            (std::vector<Rdata>{A{{10, 97, 0, 5}}}));
  EXPECT_EQ(records(*zone, "_http._tcp.web.shop.svc.cluster.local"),
            (std::vector<Rdata>{Srv{0, 100, 80, web}}));
  EXPECT_EQ(records(*zone, "1.0.96.10.in-addr.arpa"), std::vector<Rdata>{Ptr{web}});
  EXPECT_EQ(records(*zone, "5.0.97.10.in-addr.arpa"),
            std::vector<Rdata>{Ptr{name_of("web-0.web.shop.svc.cluster.local")}});
  EXPECT_EQ(records(*zone, "host.seine.internal"), std::vector<Rdata>{A({10, 97, 255, 254})});
  EXPECT_EQ(zone->left_out().count, 0u);
}

TEST(Zone, gives_the_pods_of_a_headless_service) {
  const auto zone = shop_zone();
  const Srv first{0, 100, 50051, name_of("ledger-0.ledger.shop.svc.cluster.local")};
  const Srv second{0, 100, 50051, name_of("ledger-1.ledger.shop.svc.cluster.local")};
  EXPECT_EQ(records(*zone, "ledger.shop.svc.cluster.local"),
            (std::vector<Rdata>{A{{10, 97, 0, 6}}, A{{10, 97, 0, 7}}, first, second}));
  EXPECT_EQ(records(*zone, "_grpc._tcp.ledger.shop.svc.cluster.local"),
            (std::vector<Rdata>{first, second}));
  EXPECT_TRUE(records(*zone, "idle.shop.svc.cluster.local").empty());
}

TEST(Zone, has_every_name_between_a_record_and_its_apex) {
  const auto zone = shop_zone();
  for (const char* name : {"_tcp.web.shop.svc.cluster.local", "shop.svc.cluster.local",
                           "svc.cluster.local", "0.97.10.in-addr.arpa"}) {
    EXPECT_TRUE(records(*zone, name).empty()) << name;
  }
  EXPECT_EQ(zone->find(name_of("pod.cluster.local")), nullptr);
  EXPECT_EQ(zone->find(name_of("local")), nullptr);
  EXPECT_EQ(zone->find(name_of("10.in-addr.arpa")), nullptr);
}

TEST(Zone, has_authority_over_exactly_its_own_names) {
  const auto zone = shop_zone();
  EXPECT_EQ(authority(*zone, "x.Cluster.LOCAL"), "cluster.local.");
  EXPECT_EQ(authority(*zone, "cluster.local"), "cluster.local.");
  EXPECT_EQ(authority(*zone, "other.seine.internal"), "seine.internal.");
  EXPECT_EQ(authority(*zone, "9.9.97.10.in-addr.arpa"), "97.10.in-addr.arpa.");
  EXPECT_EQ(authority(*zone, "96.10.in-addr.arpa"), "96.10.in-addr.arpa.");
  for (const char* name : {"local", "example.com", "internal", "9.9.98.10.in-addr.arpa",
                           "10.in-addr.arpa", ".", "xcluster.local"}) {
    EXPECT_EQ(authority(*zone, name), "") << name;
  }
}

TEST(Zone, cuts_a_reverse_range_into_zones_of_whole_octets) {
  ZoneSpec spec = shop_spec();
  spec.reverse_ranges = {IpNet::parse("10.96.4.0/22").value(), IpNet::parse("10.1.2.3").value()};
  const auto zone = Zone::make(spec).value();
  EXPECT_EQ(authority(*zone, "1.7.96.10.in-addr.arpa"), "7.96.10.in-addr.arpa.");
  EXPECT_EQ(authority(*zone, "1.8.96.10.in-addr.arpa"), "");
  EXPECT_EQ(authority(*zone, "3.2.1.10.in-addr.arpa"), "3.2.1.10.in-addr.arpa.");
  // No service has an address in there, so none has a reverse name.
  EXPECT_EQ(zone->find(name_of("1.0.96.10.in-addr.arpa")), nullptr);
}

TEST(Zone, knows_services_by_names_that_are_not_whole) {
  const auto zone = shop_zone();
  const auto service = [&](std::string_view name, std::string_view client_namespace) {
    const Zone::Node* node = zone->find_relative(name_of(name), client_namespace);
    return node == nullptr ? Rdata(A{}) : node->records.at(0);
  };
  const Rdata none = A{};
  const Rdata shop = A{{10, 96, 0, 1}};
  const Rdata other = A{{10, 96, 0, 2}};
  EXPECT_EQ(service("web", "shop"), shop);
  EXPECT_EQ(service("WEB", "other"), other);
  EXPECT_EQ(service("web", ""), none);
  EXPECT_EQ(service("web", "no such.namespace"), none);
  EXPECT_EQ(service("web.other", "shop"), other);
  EXPECT_EQ(service("web.other", ""), other);
  EXPECT_EQ(service("web.other.svc", "shop"), other);
  for (const char* name :
       {"web.dev", "shop.svc", "web-0.web", "svc", "web.other.pod", ".", "web.other.svc.cluster"}) {
    EXPECT_EQ(service(name, "shop"), none) << name;
  }
}

TEST(Zone, never_takes_localhost_for_a_service) {
  ZoneSpec spec = shop_spec();
  spec.services = {{.name = "localhost", .namespace_name = "shop", .addresses = {ip("10.96.0.9")}}};
  const auto zone = Zone::make(spec).value();
  EXPECT_EQ(zone->find_relative(name_of("LocalHost"), "shop"), nullptr);
  EXPECT_NE(zone->find_relative(name_of("localhost.shop"), "shop"), nullptr);
}

TEST(Zone, leaves_bad_entries_out_and_says_which) {
  ZoneSpec spec = shop_spec();
  spec.services.insert(spec.services.begin(),
                       {{.name = "under_score", .namespace_name = "shop"},
                        {.name = "web", .namespace_name = std::string(64, 'n')},
                        {.name = "dot.ted", .namespace_name = "shop"},
                        {.name = "six",
                         .namespace_name = "shop",
                         .addresses = {ip("fd00::1"), ip("10.96.0.6")},
                         .ports = {{"-bad", "tcp", 1}},
                         .pods = {{"", ip("10.97.0.1")}}}});
  const auto zone = Zone::make(spec).value();
  EXPECT_EQ(zone->left_out().count, 6u);
  EXPECT_EQ(zone->left_out().first,
            "service \"under_score\" of namespace \"shop\": \"under_score\" is no host name");
  EXPECT_EQ(records(*zone, "six.shop.svc.cluster.local").at(0), Rdata(A{{10, 96, 0, 6}}));
  EXPECT_EQ(records(*zone, "web.shop.svc.cluster.local").size(), 3u);
}

TEST(Zone, keeps_to_500_records_of_a_type_at_a_name) {
  ZoneSpec spec = shop_spec();
  ZoneService big{.name = "big", .namespace_name = "shop", .ports = {{"", "tcp", 80}}};
  for (std::uint32_t i = 0; i < 501; ++i) {
    big.pods.push_back({"p" + std::to_string(i), IpAddress::v4(0x0a610000 + i)});
  }
  spec.services = {big};
  const auto zone = Zone::make(spec).value();
  EXPECT_EQ(records(*zone, "big.shop.svc.cluster.local").size(), 2 * kMaxRecordsOfType);
  // The last pod's address and its port.
  EXPECT_EQ(zone->left_out().count, 2u);
  EXPECT_NE(zone->left_out().first.find("500 such records"), std::string::npos);
}

TEST(Zone, keeps_to_50000_names) {
  ZoneSpec spec = shop_spec();
  spec.services.clear();
  for (int i = 0; i < 50'010; ++i) {
    spec.services.push_back({.name = "s" + std::to_string(i), .namespace_name = "shop"});
  }
  const auto zone = Zone::make(spec).value();
  EXPECT_EQ(zone->name_count(), kMaxZoneNames);
  // Beside the services: four apexes, the host, svc and shop.
  EXPECT_EQ(zone->left_out().count, 10u + 7);
}

TEST(Zone, refuses_what_is_configured_wrong) {
  const auto refusal = [](auto change) {
    ZoneSpec spec = shop_spec();
    change(spec);
    const auto zone = Zone::make(spec);
    return zone ? "" : zone.error().message;
  };
  EXPECT_NE(refusal([](ZoneSpec& s) { s.cluster_domain = Name(); }), "");
  EXPECT_NE(refusal([](ZoneSpec& s) {
              s.cluster_domain = name_of(std::string(60, 'a') + "." + std::string(60, 'b'));
            }),
            "");
  EXPECT_NE(refusal([](ZoneSpec& s) { s.reverse_ranges = {IpNet::parse("fd00::/64").value()}; }),
            "");
  EXPECT_NE(refusal([](ZoneSpec& s) { s.reverse_ranges = {IpNet::parse("0.0.0.0/7").value()}; }),
            "");
  EXPECT_NE(
      refusal([](ZoneSpec& s) { s.reverse_ranges.assign(9, IpNet::parse("10.0.0.0/16").value()); }),
      "");
}

}  // namespace
}  // namespace seine::dns
