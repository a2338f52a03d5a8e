// SPDX-License-Identifier: Apache-2.0
#include "proxy/outbound/choose_backend.h"

#include <map>
#include <set>
#include <string>

#include "gtest/gtest.h"

namespace seine::proxy {
namespace {

using Distribution = model::Distribution<model::Filter>;

class ChooseBackendTest : public ::testing::Test {
 protected:
  void add(std::string name, std::uint32_t weight = 1) {
    model::RouteBackend<model::Filter> each;
    each.backend.meta.name = std::move(name);
    each.weight = weight;
    distribution_.backends.push_back(std::move(each));
  }
  // "" where there is none.
  std::string choose(Distribution::Kind kind) {
    distribution_.kind = kind;
    const auto* chosen = choose_backend(distribution_, random_, [this](const auto& each) {
      return !away_.contains(each.backend.meta.name);
    });
    return chosen == nullptr ? "" : chosen->backend.meta.name;
  }
  std::map<std::string, int> choose_many() {
    std::map<std::string, int> out;
    for (int i = 0; i < 10'000; ++i) ++out[choose(Distribution::Kind::kRandomAvailable)];
    return out;
  }

  Distribution distribution_;
  std::set<std::string> away_;
  FastRandom random_{7};
};

TEST_F(ChooseBackendTest, of_none_is_none) {
  EXPECT_EQ(choose(Distribution::Kind::kFirstAvailable), "");
  add("a");
  EXPECT_EQ(choose(Distribution::Kind::kEmpty), "");
}

TEST_F(ChooseBackendTest, an_only_one_is_taken_whether_it_is_available_or_not) {
  add("a", 0);
  away_ = {"a"};
  EXPECT_EQ(choose(Distribution::Kind::kFirstAvailable), "a");
  EXPECT_EQ(choose(Distribution::Kind::kRandomAvailable), "a");
}

TEST_F(ChooseBackendTest, the_first_that_is_available_takes_all) {
  add("a");
  add("b");
  EXPECT_EQ(choose(Distribution::Kind::kFirstAvailable), "a");
  away_ = {"a"};
  EXPECT_EQ(choose(Distribution::Kind::kFirstAvailable), "b");
  away_ = {"a", "b"};
  EXPECT_EQ(choose(Distribution::Kind::kFirstAvailable), "");
}

TEST_F(ChooseBackendTest, weights_are_shares_of_those_that_are_available) {
  add("a", 1);
  add("b", 3);
  add("c", 6);
  add("none", 0);
  auto chosen = choose_many();
  EXPECT_NEAR(chosen["a"], 1000, 120);
  EXPECT_NEAR(chosen["b"], 3000, 180);
  EXPECT_NEAR(chosen["c"], 6000, 200);
  EXPECT_EQ(chosen.size(), 3U);
  away_ = {"c"};
  chosen = choose_many();
  EXPECT_NEAR(chosen["a"], 2500, 180);
  EXPECT_NEAR(chosen["b"], 7500, 180);
  away_ = {"a", "b", "c"};
  EXPECT_EQ(choose_many().at(""), 10'000);
}

}  // namespace
}  // namespace seine::proxy
