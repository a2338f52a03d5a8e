// SPDX-License-Identifier: Apache-2.0
#include "proxy/tap/tap_match.h"

#include "gtest/gtest.h"

namespace seine::proxy {
namespace {

const model::Labels kDestinationLabels{{"namespace", "shop"}, {"deployment", "payments"}};
const model::Labels kRouteLabels{{"route", "GET /a"}};

TapView request() {
  return {.source = SocketAddr::parse("10.0.0.9:40000").value(),
          .destination = SocketAddr::parse("[fd00::2]:8082").value(),
          .destination_labels = kDestinationLabels,
          .route_labels = kRouteLabels,
          .scheme = "http",
          .authority = "payments:8082",
          .method = "POST",
          .path = "/purchase/7"};
}

TapMatch method(std::string value) {
  return {TapMatch::Text{TapMatch::Part::kMethod, false, std::move(value)}};
}

TEST(TapMatch, all_of_nothing_is_everything_and_any_of_nothing_is_none) {
  EXPECT_TRUE(TapMatch{TapMatch::All{}}.matches(request()));
  EXPECT_FALSE(TapMatch{TapMatch::Any{}}.matches(request()));
}

TEST(TapMatch, all_wants_each_any_wants_one_not_wants_none) {
  const TapMatch post = method("POST");
  const TapMatch get = method("GET");
  EXPECT_FALSE((TapMatch{TapMatch::All{{post, get}}}.matches(request())));
  EXPECT_TRUE((TapMatch{TapMatch::Any{{post, get}}}.matches(request())));
  EXPECT_TRUE(TapMatch{TapMatch::Not{{get}}}.matches(request()));
  EXPECT_FALSE(TapMatch{TapMatch::Not{{post}}}.matches(request()));
}

TEST(TapMatch, networks_and_ports_are_of_one_end) {
  const auto in = [](TapMatch::End end, std::string_view net) {
    return TapMatch{TapMatch::Network{end, IpNet::parse(net).value()}}.matches(request());
  };
  EXPECT_TRUE(in(TapMatch::End::kSource, "10.0.0.0/24"));
  EXPECT_FALSE(in(TapMatch::End::kSource, "10.0.1.0/24"));
  EXPECT_TRUE(in(TapMatch::End::kDestination, "fd00::/64"));
  EXPECT_FALSE(in(TapMatch::End::kDestination, "10.0.0.0/24"));
  const auto ports = [](TapMatch::End end, std::uint16_t min, std::uint16_t max) {
    return TapMatch{TapMatch::Ports{end, min, max}}.matches(request());
  };
  EXPECT_TRUE(ports(TapMatch::End::kDestination, 8082, 8082));
  EXPECT_TRUE(ports(TapMatch::End::kDestination, 8000, 8082));
  EXPECT_FALSE(ports(TapMatch::End::kDestination, 8083, 9000));
  EXPECT_FALSE(ports(TapMatch::End::kSource, 8000, 9000));
}

TEST(TapMatch, texts_are_exact_or_prefixes) {
  const auto text = [](TapMatch::Part part, bool prefix, std::string value) {
    return TapMatch{TapMatch::Text{part, prefix, std::move(value)}}.matches(request());
  };
  EXPECT_TRUE(text(TapMatch::Part::kPath, true, "/purchase"));
  EXPECT_FALSE(text(TapMatch::Part::kPath, false, "/purchase"));
  EXPECT_TRUE(text(TapMatch::Part::kPath, false, "/purchase/7"));
  EXPECT_TRUE(text(TapMatch::Part::kAuthority, true, "payments"));
  EXPECT_TRUE(text(TapMatch::Part::kScheme, false, "http"));
  EXPECT_FALSE(text(TapMatch::Part::kScheme, false, "https"));
}

TEST(TapMatch, labels_are_of_the_destination_or_of_the_route) {
  EXPECT_TRUE((TapMatch{TapMatch::Label{false, "namespace", "shop"}}.matches(request())));
  EXPECT_FALSE((TapMatch{TapMatch::Label{false, "namespace", "test"}}.matches(request())));
  EXPECT_FALSE((TapMatch{TapMatch::Label{false, "route", "GET /a"}}.matches(request())));
  EXPECT_TRUE((TapMatch{TapMatch::Label{true, "route", "GET /a"}}.matches(request())));
}

}  // namespace
}  // namespace seine::proxy
