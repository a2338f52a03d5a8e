// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/dive_pods.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

namespace seine::cli {
namespace {

bool has(const std::vector<std::string>& words, const std::string& word) {
  return std::ranges::find(words, word) != words.end();
}

class DivePodsTest : public ::testing::Test {
 protected:
  PodSite site() const {
    return {.clock = clock_,
            .environment = environment_,
            .folder = folder_,
            .network = network_,
            .hub = hub_,
            .proxy_program = "/p",
            .is_up = true};
  }
  netns::FileView view() const { return {.hidden = {folder_.path}, .resolv_conf = "nameserver"}; }

  const SystemClock clock_;
  Environment environment_{{"PATH", "/bin"}, {"CANARY", "secret"}};
  const MeshFolder folder_{"/dir"};
  MeshNetwork network_;
  const netns::NetworkNamespace hub_ = netns::NetworkNamespace::current().value();
  const DiveSettings settings_{.dive_program = "/d",
                               .agent_program = "/a",
                               .cluster = "home",
                               .version = "edge-1",
                               .log_level = "info"};
};

TEST_F(DivePodsTest, are_pods_of_namespace_seine_that_reach_the_mesh_alone) {
  const RunOptions dive = dive_pod(settings_), agent = dive_agent_pod(settings_);
  EXPECT_EQ(dive.mesh_namespace + "/" + dive.name, "seine/dive");
  EXPECT_EQ(agent.mesh_namespace + "/" + agent.name, "seine/dive-agent");
  EXPECT_FALSE(dive.egress);
  EXPECT_FALSE(agent.egress);
  EXPECT_EQ(dive.version, "edge-1");
  EXPECT_EQ(dive.ports[0], (DeclaredPort{8085, PortProtocol::kGrpc}));
  EXPECT_EQ(dive.ports[1], (DeclaredPort{50750, PortProtocol::kHttp1}));
  ASSERT_EQ(dive.publish.size(), 1u);
  EXPECT_EQ(dive.publish[0].listen.to_string(), "127.0.0.1:50750");
  EXPECT_TRUE(dive.publish[0].or_any_port);
  EXPECT_TRUE(agent.publish.empty());
}

TEST_F(DivePodsTest, see_their_own_part_of_the_state_folder_and_no_environment) {
  const netns::Launch dive = dive_launch(settings_, site(), view());
  const netns::Launch agent = dive_agent_launch(settings_, site(), view(), "cluster.local");
  ASSERT_TRUE(dive.view && agent.view);
  EXPECT_EQ(dive.view->hidden, std::vector<std::string>{"/dir"});
  EXPECT_EQ(dive.view->kept, std::vector<std::string>{"/dir/dive"});
  EXPECT_EQ(agent.view->kept, (std::vector<std::string>{"/dir/dive-agent", "/dir/registry/out"}));
  for (const netns::Launch* launch : {&dive, &agent}) {
    EXPECT_FALSE(has(launch->environment, "CANARY=secret"));
    EXPECT_TRUE(has(launch->environment, "PATH=/bin"));
    EXPECT_EQ(launch->kept_capabilities, 0u);
    EXPECT_EQ(launch->output, STDERR_FILENO) << "what `up` prints is for who starts it";
  }
  EXPECT_TRUE(has(dive.argv, "--state-dir=/dir/dive"));
  EXPECT_TRUE(has(agent.argv, "--dive=dive.seine.svc.cluster.local:8085"));
  EXPECT_TRUE(has(agent.argv, "--feed-socket=/dir/registry/out/feed.sock"));
  EXPECT_TRUE(has(agent.argv, "--cluster=home"));
}

TEST_F(DivePodsTest, under_sudo_dive_is_the_callers_and_the_agent_the_registrys) {
  if (::geteuid() != 0) GTEST_SKIP() << "takes root";
  environment_.insert({{"SUDO_UID", "1234"}, {"SUDO_GID", "1235"}});
  EXPECT_EQ(dive_launch(settings_, site(), view()).identity.uid, 1234u);
  EXPECT_EQ(dive_agent_launch(settings_, site(), view(), "x").identity.uid, 0u);
}

TEST_F(DivePodsTest, where_there_is_one_uid_they_have_user_namespaces_of_their_own) {
  EXPECT_FALSE(dive_launch(settings_, site(), view()).own_user_namespace);
  network_.has_user_namespace = true;
  EXPECT_TRUE(dive_launch(settings_, site(), view()).own_user_namespace);
  EXPECT_TRUE(dive_agent_launch(settings_, site(), view(), "x").own_user_namespace);
}

}  // namespace
}  // namespace seine::cli
