// SPDX-License-Identifier: Apache-2.0
#include "control/mesh_names.h"

#include <gtest/gtest.h>

namespace seine::control {
namespace {

TEST(MeshNames, build_identities_and_read_them_back) {
  const MeshNames names{.trust_domain = "mesh.example"};
  const auto identity = names.identity("shop", "web");
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->text(), "web.shop.serviceaccount.identity.linkerd.mesh.example");
  const auto account = names.service_account(*identity);
  ASSERT_TRUE(account);
  EXPECT_EQ(account->ns, "shop");
  EXPECT_EQ(account->service_account, "web");
}

TEST(MeshNames, know_no_service_account_of_another_mesh) {
  const MeshNames names;
  const auto other = MeshNames{.trust_domain = "other"}.identity("shop", "web").value();
  EXPECT_FALSE(names.service_account(other));
  EXPECT_FALSE(names.service_account(model::Identity::parse("spiffe://cluster.local/x").value()));
}

TEST(MeshNames, find_the_service_in_a_host) {
  const MeshNames names;
  EXPECT_EQ(parse_service_name(names, "Web.Shop.svc.cluster.local."),
            (ServiceName{.ns = "shop", .name = "web"}));
  for (const char* other : {"web.shop", "web.shop.svc", "a.web.shop.svc.cluster.local",
                            "shop.svc.cluster.local", "web.shop.svc.cluster.locale", ""}) {
    EXPECT_FALSE(parse_service_name(names, other)) << other;
  }
}

TEST(MeshNames, refuse_domains_that_are_no_names) {
  EXPECT_TRUE(MeshNames{}.validate());
  const auto bad = MeshNames{.trust_domain = "Not Good"}.validate();
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, ErrorCode::kInvalidConfig);
  EXPECT_NE(bad.error().message.find("--trust-domain: \"Not Good\""), std::string::npos);
  EXPECT_FALSE(MeshNames{.cluster_domain = ""}.validate());
}

}  // namespace
}  // namespace seine::control
