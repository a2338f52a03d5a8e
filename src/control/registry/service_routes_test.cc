// SPDX-License-Identifier: Apache-2.0
#include "control/registry/service_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/registry/registry_limits.h"

namespace seine::control {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

Lease lease(std::string pod, Duration since, std::initializer_list<std::string_view> routes) {
  Lease out{.pod = std::move(pod), .joining = {.since = WallTime(since)}};
  for (const std::string_view text : routes) {
    out.announced.routes.push_back(read_route(text).value());
  }
  return out;
}

std::vector<std::string> merged(const std::vector<Lease>& leases) {
  std::vector<const Lease*> pointers;
  for (const Lease& one : leases) pointers.push_back(&one);
  const auto routes = merge_routes(pointers);
  std::ranges::reverse(pointers);
  EXPECT_EQ(merge_routes(pointers), routes) << "the order of leases means nothing";
  std::vector<std::string> out;
  for (const auto& route : routes) out.push_back(to_text(route));
  return out;
}

TEST(ServiceRoutes, are_those_of_all_pods_the_most_precise_first) {
  EXPECT_THAT(merged({lease("a", seconds(1), {"all=*:/*", "buy=POST:/buy"}),
                      lease("b", seconds(2), {"buy=POST:/buy", "longer=*:/longer"})}),
              ElementsAre("longer=*:/longer", "buy=POST:/buy", "all=*:/*"));
  EXPECT_THAT(merged({}), ElementsAre());
}

TEST(ServiceRoutes, are_the_newest_pods_where_two_differ) {
  EXPECT_THAT(merged({lease("z", seconds(1), {"buy=POST:/buy", "old=GET:/same"}),
                      lease("a", seconds(2), {"buy=POST:/v2/buy", "new=GET:/same"})}),
              ElementsAre("buy=POST:/v2/buy", "new=GET:/same"));
}

// The registry's file keeps seconds: it must not decide otherwise after a restart.
TEST(ServiceRoutes, of_pods_of_one_second_are_the_lasts_by_name) {
  EXPECT_THAT(merged({lease("b", seconds(1), {"buy=POST:/b"}),
                      lease("a", seconds(1) + milliseconds(900), {"buy=POST:/a"})}),
              ElementsAre("buy=POST:/b"));
}

TEST(ServiceRoutes, have_a_limit_that_the_newest_pods_use) {
  std::vector<Lease> leases;
  for (int pod = 0; pod < 5; ++pod) {
    leases.push_back(lease("p", seconds(pod), {}));
    for (std::size_t i = 0; i < model::kMaxDeclaredRoutes; ++i) {
      const std::string name = "r" + std::to_string(pod) + "-" + std::to_string(i);
      leases.back().announced.routes.push_back({name, "GET", "/" + name});
    }
  }
  const auto routes = merged(leases);
  EXPECT_EQ(routes.size(), kMaxServiceRoutes);
  EXPECT_THAT(routes, Contains("r4-0=GET:/r4-0"));
  EXPECT_THAT(routes, Not(Contains("r0-0=GET:/r0-0")));
}

TEST(ServiceRoutes, that_cannot_be_are_named) {
  EXPECT_EQ(read_route("buy").error().message,
            "the route \"buy\" is none: expected NAME=METHOD:PATH, as purchase=POST:/purchase");
}

}  // namespace
}  // namespace seine::control
