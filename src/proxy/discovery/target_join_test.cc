// SPDX-License-Identifier: Apache-2.0
#include "proxy/discovery/target_join.h"

#include "gtest/gtest.h"

#include "proxy/testing/worker_lab.h"

namespace seine::proxy {
namespace {

using namespace std::chrono_literals;

constexpr char kName[] = "web.shop.svc.cluster.local:8080";

struct Kept final : Publisher<OutboundTarget> {
  void publish(std::shared_ptr<const OutboundTarget> value) override { last = std::move(value); }
  std::shared_ptr<const OutboundTarget> last;
};

// What TargetJoin makes of the answers about one key.
struct JoinLab {
  explicit JoinLab(TargetKey key, bool ingress = false)
      : config(testing::worker_config()), joined(std::move(key), config, kept) {
    config.ingress_mode = ingress;
  }
  Config config;
  Kept kept;
  TargetJoin joined;
};

model::Profile profile_of_web() {
  model::Profile profile{.fully_qualified_name = "web.shop.svc.cluster.local"};
  profile.parent = model::Metadata::make_resource("", "Service", "shop", "web");
  return profile;
}

const model::Backend& backend_of(const OutboundTarget& target) {
  const auto& detect = std::get<model::ClientDetect>(target.policy->protocol);
  return detect.http1.routes.at(0).rules.at(0).policy.distribution.backends.at(0).backend;
}

TEST(TargetJoin, waits_for_both_answers) {
  JoinLab lab(SocketAddr::parse("10.0.0.1:80").value());
  lab.joined.set_profile(std::nullopt);
  EXPECT_EQ(lab.kept.last, nullptr);
  lab.joined.set_no_policy();
  ASSERT_NE(lab.kept.last, nullptr);
  EXPECT_EQ(lab.kept.last->policy->meta.name, "fallback");
  EXPECT_EQ(lab.kept.last->profile, nullptr);
}

TEST(TargetJoin, a_budget_goes_on_while_its_numbers_are_the_same) {
  JoinLab lab(SocketAddr::parse("10.0.0.1:80").value());
  model::Profile profile = profile_of_web();
  profile.routes = {model::ProfileRoute()};
  profile.retry_budget =
      model::RetryBudget{.retry_ratio = 0.2, .min_retries_per_second = 1, .ttl = 10s};
  lab.joined.set_no_policy();
  lab.joined.set_profile(profile);
  const auto before = lab.kept.last->profile;
  profile.routes.push_back(model::ProfileRoute());
  lab.joined.set_profile(profile);
  EXPECT_EQ(lab.kept.last->profile->profile.routes.size(), 2U);
  EXPECT_EQ(lab.kept.last->profile->retries, before->retries);
  profile.retry_budget->retry_ratio = 0.3;
  lab.joined.set_profile(profile);
  EXPECT_NE(lab.kept.last->profile->retries, before->retries);
  profile.retry_budget.reset();
  lab.joined.set_profile(profile);
  EXPECT_EQ(lab.kept.last->profile->retries, nullptr);
}

TEST(TargetJoin, a_name_without_a_policy_is_the_service_of_its_profile) {
  JoinLab lab(std::string{kName});
  lab.joined.set_no_policy();
  lab.joined.set_profile(profile_of_web());
  ASSERT_TRUE(lab.kept.last->policy);
  EXPECT_EQ(lab.kept.last->policy->meta.name, "web");
  EXPECT_EQ(std::get<model::Backend::Balancer>(backend_of(*lab.kept.last).kind).path, kName);
}

TEST(TargetJoin, what_has_a_profile_of_a_service_or_a_pod_is_known) {
  JoinLab lab(std::string{kName});
  lab.joined.set_policy(model::make_detect_policy({}, {.kind = {}}, 10s));
  lab.joined.set_profile(std::nullopt);
  EXPECT_FALSE(lab.kept.last->is_known) << "a policy alone says nothing of that";
  lab.joined.set_profile(model::Profile());
  EXPECT_FALSE(lab.kept.last->is_known);
  lab.joined.set_profile(profile_of_web());
  EXPECT_TRUE(lab.kept.last->is_known);
  lab.joined.set_profile(model::Profile{.endpoint = model::Endpoint()});
  EXPECT_TRUE(lab.kept.last->is_known);
}

TEST(TargetJoin, a_name_that_nobody_knows_has_no_route) {
  JoinLab lab(std::string{kName});
  lab.joined.set_no_policy();
  lab.joined.set_profile(std::nullopt);
  ASSERT_FALSE(lab.kept.last->policy);
  EXPECT_EQ(lab.kept.last->policy.error().code, ErrorCode::kNoRoute);
  EXPECT_TRUE(lab.kept.last->policy.error().message.contains(kName));
}

TEST(TargetJoin, in_ingress_mode_what_is_opaque_carries_http_as_well) {
  model::ClientPolicy policy =
      model::make_detect_policy({}, {.kind = model::Backend::Balancer{kName, {}}}, 10s);
  policy.protocol = model::ClientOpaque(std::get<model::ClientDetect>(policy.protocol).opaque);
  JoinLab lab(SocketAddr::parse("10.0.0.1:80").value());
  lab.joined.set_profile(std::nullopt);
  lab.joined.set_policy(policy);
  EXPECT_EQ(*lab.kept.last->policy, policy);
  JoinLab ingress(SocketAddr::parse("10.0.0.1:80").value(), /*ingress=*/true);
  ingress.joined.set_profile(std::nullopt);
  ingress.joined.set_policy(policy);
  EXPECT_EQ(std::get<model::Backend::Balancer>(backend_of(*ingress.kept.last).kind).path, kName);
}

}  // namespace
}  // namespace seine::proxy
