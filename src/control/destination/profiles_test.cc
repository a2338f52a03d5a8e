// SPDX-License-Identifier: Apache-2.0
#include "control/destination/profiles.h"

#include <gtest/gtest.h>

#include "control/testing/shop.h"

namespace seine::control {
namespace {

class Profiles : public ::testing::Test {
 protected:
  model::Profile find(std::string_view path) {
    return find_profile(names_, *shop_, parse_target(names_, path).value());
  }
  const MeshNames names_;
  const std::shared_ptr<const Snapshot> shop_ = testing::make_shop();
};

TEST_F(Profiles, of_a_service_name_it_and_its_parent) {
  const model::Profile profile = find("web.shop.svc.cluster.local:80");
  EXPECT_EQ(profile.fully_qualified_name, "web.shop.svc.cluster.local");
  EXPECT_FALSE(profile.is_opaque);
  EXPECT_FALSE(profile.endpoint);
  EXPECT_TRUE(profile.routes.empty());
  ASSERT_TRUE(profile.parent);
  EXPECT_EQ(profile.parent->group, "core");
  EXPECT_EQ(profile.parent->kind, "Service");
  EXPECT_EQ(profile.parent->port, 80);
  EXPECT_EQ(find("10.96.0.1:80"), profile);
}

TEST_F(Profiles, say_which_services_are_opaque) {
  EXPECT_TRUE(find("10.96.0.3:5000").is_opaque);
}

TEST_F(Profiles, of_a_pod_are_its_endpoint) {
  const model::Profile profile = find("10.0.0.3:5000");
  ASSERT_TRUE(profile.endpoint);
  EXPECT_EQ(profile.endpoint->labels.at("namespace"), "shop");
  EXPECT_TRUE(profile.is_opaque);
  EXPECT_TRUE(profile.fully_qualified_name.empty());
  EXPECT_TRUE(find("10.0.0.1:3306").is_opaque);  // MySQL, which nobody mentions
}

TEST_F(Profiles, of_what_nobody_knows_say_nothing) {
  for (const char* path : {"10.9.9.9:80", "none.shop.svc.cluster.local", "10.96.0.1:4711"}) {
    EXPECT_EQ(find(path), model::Profile{}) << path;
  }
}

}  // namespace
}  // namespace seine::control
