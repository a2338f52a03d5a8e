// SPDX-License-Identifier: Apache-2.0
#include "telemetry/figures/edge_rows.h"

#include <gtest/gtest.h>

#include "telemetry/figures/testing/shop.h"

namespace seine::telemetry {
namespace {

namespace wire = seine::telemetry::v1;

const Resource kDeploy{ResourceKind::kDeployment, ""};
const Resource kPods{ResourceKind::kPod, ""};

class EdgesTest : public ::testing::Test {
 protected:
  std::vector<Edge> edges(const Resource& resource = kDeploy, const std::string& ns = "") const {
    return make_edges(list_, window_, resource, ns).value();
  }
  registry::v1::ListResponse list_ = testing::make_list();
  wire::ReadResponse window_ = testing::make_window();
};

TEST_F(EdgesTest, are_between_who_called_and_who_was_called) {
  const Edge ledger{.src = "payments",
                    .dst = "ledger",
                    .src_ns = "shop",
                    .dst_ns = "bank",
                    .client_id = "payments.shop",
                    .server_id = "ledger.bank",
                    .no_tls_reason = ""};
  const Edge payments{.src = "web",
                      .dst = "payments",
                      .src_ns = "shop",
                      .dst_ns = "shop",
                      .client_id = "web.shop",
                      .server_id = "payments.shop",
                      .no_tls_reason = ""};
  EXPECT_EQ(edges(), (std::vector{ledger, payments}));
}

TEST_F(EdgesTest, are_of_a_namespace_or_a_name_at_one_end) {
  EXPECT_EQ(edges(kDeploy, "bank").size(), 1u);
  EXPECT_EQ(edges(kDeploy, "shop").size(), 2u);
  EXPECT_EQ(edges({ResourceKind::kDeployment, "web"}, "shop").size(), 1u);
}

TEST_F(EdgesTest, are_not_secured_if_any_of_the_traffic_was_not) {
  auto& plain = testing::add_http(*window_.mutable_sources(0), wire::OUTBOUND, 200, 1);
  testing::to(plain, "shop", "payments", "payments-0");
  plain.mutable_peer()->clear_identity();
  plain.mutable_peer()->set_no_tls_reason("not_provided_by_service_discovery");
  const auto found = edges(kDeploy, "shop");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].no_tls_reason, "");
  EXPECT_EQ(found[1].no_tls_reason, "not_provided_by_service_discovery");
  EXPECT_EQ(found[1].client_id + found[1].server_id, "") << "none is proved of all of it";
}

TEST_F(EdgesTest, are_told_by_raw_connections_too_and_by_no_attempt_without_a_response) {
  window_.clear_sources();
  auto& web = testing::add_source(window_, "shop", "web", "web-0");
  testing::to(testing::add_tcp(web, wire::OUTBOUND, 1, 10), "bank", "ledger", "ledger-0");
  testing::to(testing::add_http(web, wire::OUTBOUND, 0, 1), "shop", "payments", "payments-0");
  const auto found = edges();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].dst, "ledger");
}

TEST_F(EdgesTest, do_not_reach_out_of_the_mesh) {
  testing::add_http(*window_.mutable_sources(0), wire::OUTBOUND, 200, 1)
      .mutable_target()
      ->set_authority("example.com:443");
  EXPECT_EQ(edges().size(), 2u);
}

TEST_F(EdgesTest, are_of_deployments_or_pods_that_exist) {
  EXPECT_EQ(make_edges(list_, window_, {ResourceKind::kService, ""}, "").error().message,
            "edges are between deploy or po");
  EXPECT_EQ(make_edges(list_, window_, {ResourceKind::kPod, "web-9"}, "shop").error().message,
            "there is no pod \"web-9\" in namespace shop; did you mean web-0?");
}

}  // namespace
}  // namespace seine::telemetry
