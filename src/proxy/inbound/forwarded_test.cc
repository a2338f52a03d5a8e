// SPDX-License-Identifier: Apache-2.0
#include "proxy/inbound/forwarded.h"

#include "gtest/gtest.h"

namespace seine::proxy {
namespace {

constexpr char kOwn[] = "gateway.multicluster.serviceaccount.identity.linkerd.cluster.local";

bool passed(std::initializer_list<std::string_view> fields, std::string_view by = kOwn) {
  http::Headers headers;
  headers.add("by", by);
  for (const std::string_view field : fields) headers.add("forwarded", field);
  return was_forwarded_by(headers, by);
}

TEST(Forwarded, says_whom_a_gateway_forwards_for) {
  EXPECT_EQ(forwarded_value({.by = "gw.id", .client = "web.id", .authority = "Pay.shop:8080"}),
            "by=gw.id;for=web.id;host=pay.shop:8080;proto=https");
  EXPECT_EQ(forwarded_value({.by = "spiffe://a/b", .client = "spiffe://c/d", .authority = ""}),
            "by=spiffe://a/b;for=spiffe://c/d;proto=https");
}

TEST(Forwarded, a_host_that_is_none_says_nothing_else) {
  for (const char* host : {"pay;by=other.id", "pay, by=other.id", "a b", "\"pay"}) {
    EXPECT_EQ(forwarded_value({.by = "gw.id", .client = "web.id", .authority = host}),
              "by=gw.id;for=web.id;proto=https")
        << host;
  }
}

TEST(Forwarded, what_it_says_is_found_again) {
  const std::string own = kOwn;
  EXPECT_TRUE(
      passed({forwarded_value({.by = kOwn, .client = "web.id", .authority = "pay.shop:80"})}));
  EXPECT_TRUE(passed({"by=\"spiffe://a/b\""}, "spiffe://a/b"));
  EXPECT_TRUE(passed({"for=1.2.3.4", "for=5.6.7.8, by=other.id;for=x,  For=y ; BY = " + own}));
  EXPECT_TRUE(passed({"by=other.id", "by=\"" + own + "\""}));
  EXPECT_TRUE(passed({"for=\"open, by=" + own})) << "a quote hides nothing";
}

TEST(Forwarded, what_others_say_is_not_taken_for_it) {
  const std::string own = kOwn;
  EXPECT_FALSE(passed({}));
  for (const std::string& field :
       {std::string(), std::string("by"), std::string("by="), std::string(";,=;"),
        "for=" + own + ";by=other.id", "by=other." + own, "by=" + own + ".example.com",
        "standby=" + own, own, "by=" + own.substr(1)}) {
    EXPECT_FALSE(passed({field})) << field;
  }
}

}  // namespace
}  // namespace seine::proxy
