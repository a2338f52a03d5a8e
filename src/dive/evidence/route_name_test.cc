// SPDX-License-Identifier: Apache-2.0
#include "dive/evidence/route_name.h"

#include <gtest/gtest.h>

namespace seine::dive {
namespace {

constexpr std::string_view kPurchase = "gateway.networking.k8s.io/HTTPRoute/purchase";

TEST(RouteName, the_short_name_is_the_last_part) {
  EXPECT_EQ(short_route(kPurchase), "purchase");
  EXPECT_EQ(short_route("purchase"), "purchase");
  EXPECT_EQ(short_route(""), "");
  EXPECT_EQ(short_route("core/Service/payments"), "default");
  EXPECT_EQ(short_route("core/Pod/payments-1"), "default");
  EXPECT_EQ(short_route("/default/default"), "default");
  EXPECT_EQ(short_route("/default/probe"), "probe");
}

TEST(RouteName, defaults_of_both_sides_are_one) {
  EXPECT_EQ(canonical_route("core/Service/payments"), canonical_route("/default/default"));
  EXPECT_EQ(canonical_route(kPurchase), kPurchase);
  EXPECT_NE(canonical_route("/default/probe"), canonical_route("/default/default"));
}

TEST(RouteName, a_route_is_meant_by_its_whole_name_its_short_one_and_a_default_by_any) {
  EXPECT_TRUE(names_route(kPurchase, kPurchase));
  EXPECT_TRUE(names_route("purchase", kPurchase));
  EXPECT_TRUE(names_route("purchase", "gateway.networking.k8s.io/GRPCRoute/purchase"));
  EXPECT_FALSE(names_route("HTTPRoute/purchase", kPurchase)) << "neither whole nor short";
  EXPECT_FALSE(names_route("cart", kPurchase));
  EXPECT_FALSE(names_route("purchase", ""));
  EXPECT_TRUE(names_route("core/Service/payments", "/default/default"));
  EXPECT_TRUE(names_route("/default/default", "core/Service/payments"));
  EXPECT_TRUE(names_route("default", "core/Service/payments"));
  EXPECT_FALSE(names_route("default", "/default/probe"));
  EXPECT_FALSE(names_route("default", kPurchase));
  EXPECT_FALSE(names_route("default", "g/HTTPRoute/default")) << "declared, and called so";
  EXPECT_TRUE(names_route("g/HTTPRoute/default", "g/HTTPRoute/default"));
}

}  // namespace
}  // namespace seine::dive
