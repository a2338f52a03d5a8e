// SPDX-License-Identifier: Apache-2.0
#include "model/profile.h"

#include "gtest/gtest.h"

namespace seine::model {
namespace {

using Request = ProfileRequestMatch;
using Response = ProfileResponseMatch;

Request path(std::string_view pattern) {
  return {.kind = Request::Kind::kPath, .path = Regex::compile(pattern).value()};
}
Request method(std::string name) {
  return {.kind = Request::Kind::kMethod, .method = std::move(name)};
}
Response status(std::uint16_t first, std::uint16_t last) {
  return {.kind = Response::Kind::kStatus, .first = first, .last = last};
}

TEST(ProfileRequestMatch, combines_paths_and_methods) {
  const Request both{.kind = Request::Kind::kAll, .children = {path("/a/.*"), method("GET")}};
  EXPECT_TRUE(both.matches("GET", "/a/b"));
  EXPECT_FALSE(both.matches("POST", "/a/b"));
  EXPECT_FALSE(both.matches("GET", "/x/a/b"));
  const Request either{.kind = Request::Kind::kAny, .children = {path("/a"), method("PUT")}};
  EXPECT_TRUE(either.matches("GET", "/a"));
  EXPECT_TRUE(either.matches("PUT", "/b"));
  EXPECT_FALSE(either.matches("GET", "/b"));
  const Request neither{.kind = Request::Kind::kNot, .children = {either}};
  EXPECT_FALSE(neither.matches("GET", "/a"));
  EXPECT_TRUE(neither.matches("GET", "/b"));
}

TEST(ProfileRequestMatch, holds_for_all_of_nothing_and_none_of_any) {
  EXPECT_TRUE((Request{.kind = Request::Kind::kAll}).matches("GET", "/"));
  EXPECT_FALSE((Request{.kind = Request::Kind::kAny}).matches("GET", "/"));
}

TEST(ProfileRoute, classifies_by_the_first_class_that_matches) {
  const Response not_found{.kind = Response::Kind::kNot, .children = {status(200, 499)}};
  const ProfileRoute route{.response_classes = {{status(503, 503), false}, {not_found, true}}};
  EXPECT_EQ(route.classify(503), false);
  EXPECT_EQ(route.classify(500), true);
  EXPECT_EQ(route.classify(199), true);
  EXPECT_EQ(route.classify(404), std::nullopt);
}

TEST(ProfileResponseMatch, combines_ranges) {
  const Response any{.kind = Response::Kind::kAny,
                     .children = {status(429, 429), status(500, 599)}};
  EXPECT_TRUE(any.matches(429));
  EXPECT_TRUE(any.matches(599));
  EXPECT_FALSE(any.matches(600));
  const Response all{.kind = Response::Kind::kAll,
                     .children = {status(400, 599), status(500, 999)}};
  EXPECT_TRUE(all.matches(500));
  EXPECT_FALSE(all.matches(404));
}

TEST(Profile, finds_the_first_route_that_holds) {
  Profile profile{.fully_qualified_name = "web.shop.svc.cluster.local"};
  EXPECT_EQ(profile.find("GET", "/a"), nullptr);
  EXPECT_FALSE(profile.overrides_policy());
  profile.routes = {{.condition = path("/a")}, {.condition = path("/.*")}};
  EXPECT_EQ(profile.find("GET", "/a"), &profile.routes[0]);
  EXPECT_EQ(profile.find("GET", "/b"), &profile.routes[1]);
  EXPECT_EQ(profile.find("GET", "b"), nullptr);
  EXPECT_TRUE(profile.overrides_policy());
}

TEST(Profile, overrides_policy_by_destinations_alone) {
  Profile profile{.fully_qualified_name = "web.shop.svc.cluster.local"};
  profile.dst_overrides = {{.authority = Authority::parse("a.svc:80").value(), .weight = 0}};
  EXPECT_FALSE(profile.overrides_policy()) << "without a weight there is nothing to choose";
  profile.dst_overrides[0].weight = 1;
  EXPECT_TRUE(profile.overrides_policy());
}

TEST(Profile, overrides_no_policy_where_it_is_of_no_service) {
  Profile profile;
  profile.routes = {{.condition = path("/a")}};
  EXPECT_FALSE(profile.overrides_policy());
}

TEST(Profile, a_route_says_of_a_status_what_its_first_class_that_matches_says) {
  ProfileRoute route;
  route.response_classes = {{.condition = status(404, 404), .is_failure = true},
                            {.condition = status(400, 599), .is_failure = false}};
  EXPECT_EQ(success_by_route(&route, 404), false);
  EXPECT_EQ(success_by_route(&route, 503), true);
  EXPECT_EQ(success_by_route(&route, 200), std::nullopt);
  EXPECT_EQ(success_by_route(nullptr, 404), std::nullopt);
}

}  // namespace
}  // namespace seine::model
