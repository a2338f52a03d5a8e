// SPDX-License-Identifier: Apache-2.0
// The whole agent between sources and a Dive of the test's, over deaths of both.
#include "dive/agent/agent.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <random>
#include <set>

#include "base/file.h"
#include "base/temporary_folder.h"
#include "dive/agent/agent_limits.h"
#include "dive/agent/testing/fake_dive.h"
#include "dive/agent/testing/fake_sources.h"
#include "runtime/testing/test_loop.h"

namespace seine::dive {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Fate;

class AgentTest : public ::testing::Test {
 protected:
  ~AgentTest() override {
    agent_.reset();
    ::close(log_fd_);
  }
  // As after a kill: nothing is told that it ends.
  void start() {
    agent_.reset();
    metrics_.break_off();
    workloads_.begin_anew();
    AgentSettings settings{.folder = folder_, .metric_outbox = metric_outbox_};
    settings.link = {.cluster = "test",
                     .authority = "dive:80",
                     .agent_version = "edge-test",
                     .join_token = [] { return "one-time token"; },
                     .has_joined = has_joined_,
                     .on_joined = [this] { has_joined_ = true; }};
    agent_ =
        Agent::start(t_.loop, log_, dive_, key_, metrics_, workloads_, std::move(settings)).value();
    t_.settle();
  }
  // Each bucket that was counted has been told, once.
  void expect_exact() {
    EXPECT_EQ(dive_.buckets.size(), metrics_.made());
    for (const auto& [name, times] : dive_.buckets) EXPECT_EQ(times, 1) << std::get<2>(name);
    EXPECT_EQ(dive_.told["AddMetric"].gaps, 0u);
  }
  std::string logged() const { return read_file(folder_ + "/log", 1 << 22).value(); }

  const TemporaryFolder temporary_ = TemporaryFolder::make("agent").value();
  const std::string& folder_ = temporary_.path();
  const int log_fd_ = ::open((folder_ + "/log").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  runtime::testing::TestLoop t_;
  const Log log_{t_.clock, log_fd_, LogLevel::kInfo, LogFormat::kPlain};
  const crypto::PrivateKey key_ = crypto::PrivateKey::generate().value();
  bool has_joined_ = false;
  journal::Limits metric_outbox_ = kMetricOutbox;
  testing::FakeDive dive_{t_.loop};
  testing::FakeMetricsSource metrics_{t_.loop};
  testing::FakeWorkloadSource workloads_{t_.loop};
  std::unique_ptr<Agent> agent_;
};

TEST_F(AgentTest, joins_and_tells_what_it_hears) {
  workloads_.add_pod("web", "web-aaaaa", "v1");
  start();
  EXPECT_EQ(dive_.joins, 1);
  EXPECT_EQ(dive_.authentications, 1);
  EXPECT_TRUE(has_joined_);
  metrics_.make(5);
  metrics_.complete(seconds(40));
  t_.settle();
  expect_exact();
  EXPECT_EQ(dive_.complete_until, metrics_.time_of(seconds(40)));
  ASSERT_EQ(dive_.deployments.size(), 1u);
  EXPECT_EQ(dive_.deployments[0].all().workloads(0).name().name(), "web");
  ASSERT_EQ(dive_.services.size(), 1u);
  ASSERT_EQ(dive_.events.size(), 1u);
  EXPECT_EQ(dive_.events[0].kind(), "agent.started");
  EXPECT_EQ(dive_.events[0].id().find_first_of("/ "), std::string::npos) << "Dive takes none such";
  EXPECT_TRUE(agent_->is_ready());
  EXPECT_EQ(metrics_.acknowledged(), metrics_.last());
}

TEST_F(AgentTest, joins_once) {
  start();
  start();
  EXPECT_EQ(dive_.joins, 1);
  EXPECT_EQ(dive_.authentications, 2);
  EXPECT_EQ(dive_.events.size(), 2u) << "each start is told";
}

TEST_F(AgentTest, tells_all_again_to_a_dive_that_has_lost_its_database) {
  workloads_.add_pod("web", "web-aaaaa", "v1");
  start();
  workloads_.add_pod("web", "web-bbbbb", "v1");
  t_.settle();
  ASSERT_EQ(dive_.deployments.size(), 2u);
  dive_.denies = true;
  dive_.cut();
  t_.advance(seconds(3), milliseconds(50));
  dive_.denies = false;
  dive_.deployments.clear();
  dive_.services.clear();
  t_.advance(kLongestBackoff, milliseconds(50));
  EXPECT_GT(dive_.joins, 1);
  ASSERT_EQ(dive_.deployments.size(), 1u);
  ASSERT_EQ(dive_.deployments[0].all().workloads_size(), 1);
  EXPECT_EQ(dive_.deployments[0].all().workloads(0).pods_size(), 2);
  ASSERT_EQ(dive_.services.size(), 1u);
  EXPECT_TRUE(dive_.services[0].has_all());
  EXPECT_EQ(logged().find("Dive does not know"), std::string::npos) << "there was a token at once";
}

TEST_F(AgentTest, says_that_it_needs_a_token_where_nobody_gives_it_one) {
  start();
  dive_.denies = true;
  dive_.cut();
  t_.advance(std::chrono::minutes(2), milliseconds(100));
  const std::string log = logged();
  const auto said = log.find("Dive does not know this cluster; it is to join by a new token");
  ASSERT_NE(said, std::string::npos) << log;
  EXPECT_EQ(log.find("Dive does not know this cluster", said + 1), std::string::npos) << "once";
}

TEST_F(AgentTest, keeps_everything_while_dive_is_away) {
  dive_.is_away = true;
  workloads_.add_pod("web", "web-aaaaa", "v1");
  start();
  metrics_.make(50);
  workloads_.add_pod("web", "web-bbbbb", "v2");
  t_.advance(seconds(120), milliseconds(100));
  EXPECT_FALSE(agent_->is_ready());
  EXPECT_EQ(metrics_.acknowledged(), metrics_.last()) << "the source may forget it";
  start();
  metrics_.make(5);
  dive_.is_away = false;
  t_.advance(kLongestBackoff + seconds(1), milliseconds(100));
  expect_exact();
  EXPECT_EQ(dive_.events.size(), 2u);
  const std::string log = logged();
  EXPECT_EQ(log.find("Dive is away", log.find("Dive is away") + 1), log.rfind("Dive is away"))
      << "said once a start";
}

TEST_F(AgentTest, is_exact_over_cuts_and_deaths_at_random) {
  std::mt19937 random(11);
  dive_.fate = [&random](const std::string&) {
    switch (random() % 12) {
      case 0: return Fate::kLost;
      case 1: return Fate::kUnsaid;
      case 2: return Fate::kExhausted;
      case 3: return Fate::kKept;
      default: return Fate::kTaken;
    }
  };
  start();
  std::size_t starts = 1;
  for (int round = 0; round < 200; ++round) {
    metrics_.make(random() % 4);
    if (round % 5 == 0) workloads_.add_pod("web", "web-" + std::to_string(round), "v1");
    switch (random() % 6) {
      case 0: dive_.cut(); break;
      case 1: metrics_.break_off(); break;
      case 2:
        start();
        ++starts;
        break;
      case 3: dive_.forget_tokens(); break;
      default: break;
    }
    t_.advance(milliseconds(random() % 400), milliseconds(20));
  }
  dive_.fate = nullptr;
  t_.advance(2 * kLongestBackoff, milliseconds(100));
  expect_exact();
  EXPECT_GT(metrics_.made(), 200u);
  EXPECT_GT(dive_.told["AddMetric"].again, 0u) << "something did come again";
  EXPECT_EQ(dive_.events.size(), starts);
  std::set<std::string> ids;
  for (const auto& event : dive_.events) ids.insert(event.id());
  EXPECT_EQ(ids.size(), starts) << "no event is told twice";
  EXPECT_EQ(dive_.told["DeploymentStream"].gaps, 0u);
  // What Dive was told last is what there is.
  std::set<std::string> pods;
  for (const auto& message : dive_.deployments) {
    const auto& workload = message.has_all() && message.all().workloads_size() > 0
                               ? message.all().workloads(0)
                               : message.changed();
    pods.clear();
    for (const auto& pod : workload.pods()) pods.insert(pod.name());
  }
  EXPECT_EQ(pods.size(), 40u);
}

TEST_F(AgentTest, reads_no_more_than_its_outbox_has_room_for) {
  dive_.is_away = true;
  metric_outbox_ = {.record = 10'000, .segment = 20'000, .total = 100'000};
  start();
  metrics_.bucket_octets = 3000;
  for (int i = 0; i < 100; ++i) {
    metrics_.make(1);
    t_.settle();
  }
  EXPECT_LT(metrics_.acknowledged(), 40u) << "the rest stays where it is";
  EXPECT_GT(metrics_.acknowledged(), 20u);
  dive_.is_away = false;
  t_.advance(2 * kLongestBackoff, milliseconds(100));
  expect_exact();
  EXPECT_EQ(dive_.told["AddMetric"].dropped, 0u);
}

TEST_F(AgentTest, goes_on_where_dive_refuses_a_message) {
  start();
  int refused = 0;
  dive_.fate = [&refused](const std::string& method) {
    return method == "AddMetric" && refused++ == 0 ? Fate::kRefused : Fate::kTaken;
  };
  metrics_.make(1);
  t_.settle();
  metrics_.make(3);
  t_.settle();
  EXPECT_EQ(dive_.buckets.size(), 3u);
  EXPECT_NE(logged().find("does not take a message"), std::string::npos);
}

TEST_F(AgentTest, is_told_of_a_controller_of_another_cluster) {
  workloads_.set_cluster("other");
  start();
  EXPECT_TRUE(dive_.deployments.empty());
  EXPECT_FALSE(agent_->is_ready());
  EXPECT_NE(logged().find("its controller of other"), std::string::npos);
}

TEST_F(AgentTest, renews_its_token_before_that_is_over) {
  dive_.token_life = 20;
  start();
  EXPECT_EQ(dive_.authentications, 1);
  t_.advance(seconds(9), milliseconds(100));
  EXPECT_EQ(dive_.authentications, 1);
  t_.advance(seconds(2), milliseconds(100));
  EXPECT_EQ(dive_.authentications, 2);
  EXPECT_EQ(dive_.connections, 1);
}

TEST_F(AgentTest, tells_what_it_has_before_it_ends) {
  start();
  dive_.fate = [](const std::string&) { return Fate::kKept; };
  metrics_.make(3);
  t_.settle();
  std::optional<int> ended;
  runtime::TaskScope scope(t_.loop, [](Error) {});
  struct Run {
    static runtime::Task<void> drain(Agent& agent, std::optional<int>& out) {
      out = co_await agent.drain();
    }
  };
  scope.spawn(Run::drain(*agent_, ended));
  t_.advance(seconds(1));
  EXPECT_FALSE(ended) << "it is not acknowledged";
  dive_.fate = nullptr;
  dive_.cut();
  t_.advance(seconds(3));
  EXPECT_TRUE(ended);
  expect_exact();
}

TEST_F(AgentTest, ends_in_time_whatever_dive_does) {
  start();
  dive_.is_away = true;
  dive_.cut();
  metrics_.make(3);
  t_.settle();
  std::optional<int> ended;
  runtime::TaskScope scope(t_.loop, [](Error) {});
  struct Run {
    static runtime::Task<void> drain(Agent& agent, std::optional<int>& out) {
      out = co_await agent.drain();
    }
  };
  scope.spawn(Run::drain(*agent_, ended));
  t_.advance(kDrainTime + seconds(1));
  EXPECT_TRUE(ended);
  dive_.is_away = false;
  start();
  t_.advance(seconds(2));
  expect_exact();
}

}  // namespace
}  // namespace seine::dive
