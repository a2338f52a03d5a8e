// SPDX-License-Identifier: Apache-2.0
#include "crypto/names.h"

#include "gtest/gtest.h"

namespace seine::crypto {
namespace {

TEST(SubjectName, tells_dns_names_from_spiffe_ids) {
  EXPECT_EQ(SubjectName::parse("web.shop.serviceaccount.identity.linkerd.cluster.local")->kind(),
            SubjectName::Kind::kDns);
  EXPECT_EQ(SubjectName::parse("spiffe://root.local/web")->kind(), SubjectName::Kind::kSpiffe);
}

TEST(SubjectName, compares_dns_names_without_regard_to_case) {
  EXPECT_EQ(SubjectName::parse("Web.Shop").value(), SubjectName::parse("web.shop").value());
  EXPECT_EQ(SubjectName::parse("Web.Shop")->text(), "web.shop");
}

TEST(SubjectName, compares_a_spiffe_path_exactly_and_its_domain_without_regard_to_case) {
  EXPECT_EQ(SubjectName::parse("SPIFFE://Root.Local/Web")->text(), "spiffe://root.local/Web");
  EXPECT_NE(SubjectName::parse("spiffe://root.local/web").value(),
            SubjectName::parse("spiffe://root.local/Web").value());
}

TEST(SubjectName, takes_names_up_to_the_limits) {
  const std::string label(63, 'a');
  const std::string longest = label + "." + label + "." + label + "." + std::string(61, 'b');
  ASSERT_EQ(longest.size(), kMaxDnsName);
  EXPECT_TRUE(SubjectName::parse(longest).has_value());
  EXPECT_FALSE(SubjectName::parse(longest + "b").has_value());
  EXPECT_FALSE(SubjectName::parse(label + "a.b").has_value());
  const std::string domain = "spiffe://" + std::string(255, 'd');
  EXPECT_TRUE(SubjectName::parse(domain).has_value());
  EXPECT_FALSE(SubjectName::parse(domain + "d").has_value());
  EXPECT_TRUE(SubjectName::parse(domain + "/" + std::string(2048 - 265, 'p')).has_value());
  EXPECT_FALSE(SubjectName::parse(domain + "/" + std::string(2048 - 264, 'p')).has_value());
}

TEST(SubjectName, refuses_what_is_no_dns_name) {
  for (const std::string bad : {"", ".", "a.", ".a", "a..b", "-a", "a-", "a.-b", "*.a", "a b",
                                "a/b", "a:80", "10.0.0.1", "a.1", "::1", "caf\xC3\xA9"}) {
    EXPECT_FALSE(SubjectName::parse(bad).has_value()) << bad;
  }
  EXPECT_FALSE(SubjectName::parse(std::string_view("a\0b", 3)).has_value());
  EXPECT_TRUE(SubjectName::parse("a_b.c-d.e1").has_value());
  EXPECT_TRUE(SubjectName::parse("localhost").has_value());
}

TEST(SubjectName, refuses_what_is_no_spiffe_id) {
  for (const std::string bad :
       {"spiffe://", "spiffe:///a", "spiffe://a/", "spiffe://a//b", "spiffe://a/.",
        "spiffe://a/../b", "spiffe://a:80/b", "spiffe://u@a/b", "spiffe://a/b?c", "spiffe://a/b#c",
        "spiffe://a/%41", "spiffe://a/b c", "https://a/b"}) {
    EXPECT_FALSE(SubjectName::parse(bad).has_value()) << bad;
  }
  EXPECT_TRUE(SubjectName::parse("spiffe://a").has_value());
  EXPECT_TRUE(SubjectName::parse("spiffe://a/ns/x/sa/y.z_w-1").has_value());
}

TEST(SubjectName, says_why) {
  EXPECT_EQ(SubjectName::parse("*.a").error().message,
            "DNS name: a character other than letters, digits, '-', '_' and '.'");
  EXPECT_EQ(SubjectName::parse("spiffe://a/").error().message,
            "SPIFFE id: an empty, '.' or '..' segment in its path");
}

}  // namespace
}  // namespace seine::crypto
