// SPDX-License-Identifier: Apache-2.0
#include "model/identity.h"

#include "gtest/gtest.h"

namespace seine::model {
namespace {

constexpr std::string_view kWeb = "web.shop.serviceaccount.identity.linkerd.cluster.local";

Identity id(std::string_view text) {
  return Identity::parse(text).value();
}

TEST(DnsName, is_lower_case_without_a_trailing_dot) {
  EXPECT_EQ(parse_dns_name("Web.Example.").value(), "web.example");
  EXPECT_EQ(parse_dns_name("a").value(), "a");
  EXPECT_EQ(parse_dns_name("_srv.x-y.9").value(), "_srv.x-y.9");
}

TEST(DnsName, refuses_what_is_not_a_name) {
  const std::string long_label(64, 'a');
  std::string long_name = "a";
  while (long_name.size() <= kMaxDnsName) long_name += ".a";
  for (const std::string& bad :
       {std::string(), std::string("."), std::string("a..b"), std::string(".a"), std::string("-a"),
        std::string("a-.b"), std::string("a b"), std::string("*.a"), std::string("a/b"),
        std::string("\xc3\xa9"), std::string("a.."), long_label, long_name}) {
    EXPECT_FALSE(parse_dns_name(bad).has_value()) << bad;
  }
  EXPECT_TRUE(parse_dns_name(std::string(63, 'a')).has_value());
}

TEST(Identity, tells_names_from_uris) {
  EXPECT_EQ(id(kWeb).kind(), Identity::Kind::kDns);
  EXPECT_EQ(id("spiffe://example.org/ns/Shop/sa/web").kind(), Identity::Kind::kUri);
  EXPECT_EQ(id("spiffe://example.org/ns/Shop/sa/web").text(),
            "spiffe://example.org/ns/Shop/sa/web");
  EXPECT_EQ(id("spiffe://example.org").text(), "spiffe://example.org");
}

TEST(Identity, refuses_what_is_not_a_spiffe_id) {
  for (std::string_view bad :
       {"spiffe://", "spiffe:///a", "https://example.org/a", "spiffe://example.org/",
        "spiffe://example.org//a", "spiffe://example.org/a/", "spiffe://example.org/../a",
        "spiffe://example.org/./a", "spiffe://Example.org/a", "spiffe://example.org:80/a",
        "spiffe://u@example.org/a", "spiffe://example.org/a?b", "spiffe://example.org/a#b",
        "spiffe://example.org/%41", "SPIFFE://example.org/a"}) {
    EXPECT_FALSE(Identity::parse(bad).has_value()) << bad;
  }
  EXPECT_FALSE(Identity::parse("spiffe://a/" + std::string(kMaxSpiffeUri, 'x')).has_value());
}

TEST(Identity, lies_below_suffixes_of_whole_labels) {
  const std::vector<std::string> shop = {"shop", "example"};
  EXPECT_TRUE(id("web.shop.example").is_below(shop));
  EXPECT_TRUE(id("a.web.shop.example").is_below(shop));
  EXPECT_FALSE(id("shop.example").is_below(shop));
  EXPECT_FALSE(id("webshop.example").is_below(shop));
  EXPECT_FALSE(id("web.shop.example.org").is_below(shop));
  EXPECT_TRUE(id("anything").is_below({}));
  EXPECT_FALSE(id("spiffe://shop.example/web").is_below(shop));
  EXPECT_FALSE(id("spiffe://shop.example/web").is_below({}));
}

TEST(ServiceAccountName, is_read_from_an_identity_and_made_into_one) {
  const ServiceAccountName name = ServiceAccountName::parse(id(kWeb)).value();
  EXPECT_EQ(name, (ServiceAccountName{"web", "shop", "linkerd", "cluster.local"}));
  EXPECT_EQ(name.identity().value().text(), kWeb);
}

TEST(ServiceAccountName, refuses_identities_of_another_form) {
  for (std::string_view bad :
       {"web.shop.svc.cluster.local", "shop.serviceaccount.identity.linkerd.cluster.local",
        "a.web.shop.serviceaccount.identity.linkerd.cluster.local",
        "web.shop.serviceaccount.identity.linkerd", "spiffe://example.org/ns/shop/sa/web"}) {
    EXPECT_FALSE(ServiceAccountName::parse(id(bad)).has_value()) << bad;
  }
  EXPECT_FALSE((ServiceAccountName{"web", "", "linkerd", "a"}).identity().has_value());
}

}  // namespace
}  // namespace seine::model
