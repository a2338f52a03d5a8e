// SPDX-License-Identifier: Apache-2.0
// The real agent and the real controller, killed at random, and a Dive of the test's.
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <set>

#include "dive/agent/testing/fake_dive.h"
#include "runtime/listener.h"
#include "telemetry_fixture.h"

namespace seine::integration {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr char kTokenVariable[] = "SEINE_DIVE_AGENT_JOIN_TOKEN";

class DiveAgentTest : public TelemetryTest {
 protected:
  DiveAgentTest() { accepting_.spawn(accept(*this)); }
  ~DiveAgentTest() override {
    agent_.reset();
    accepting_.cancel();
  }
  static runtime::Task<void> accept(DiveAgentTest& self) {
    for (;;) {
      auto socket = co_await self.listener_->accept();
      if (!socket) co_return;
      self.dive_.accept(*std::move(socket));
    }
  }
  std::vector<std::string> agent_flags() const {
    return {"--dive",         listener_->addr().to_string(),
            "--feed-socket",  directory() + "/out/feed.sock",
            "--state-dir",    folder_ + "/agent",
            "--admin-listen", "127.0.0.1:9991"};
  }
  void start_agent() {
    ::setenv(kTokenVariable, dive_.join_token.c_str(), 1);
    agent_.emplace(SEINE_DIVE_AGENT_BINARY, agent_flags(), folder_ + "/agent.log");
    ::unsetenv(kTokenVariable);
  }
  // Turns the loop for so long.
  void pass(Duration time) {
    (void)run([](runtime::EventLoop& loop, Duration d) -> runtime::Task<Result<int>> {
      co_await runtime::sleep_for(loop, d);
      co_return 0;
    }(loop_, time));
  }
  template <class Condition>
  void await(Condition condition, const char* what) {
    const auto deadline = std::chrono::steady_clock::now() + seconds(60);
    while (!condition()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << what << "\n" << agent_->log();
      pass(milliseconds(20));
    }
  }
  // As a proxy does it: until it is acknowledged.
  void report_until_taken(const wire::JoinResponse& who, std::uint64_t sequence) {
    for (int i = 0; i < 200; ++i) {
      const auto request = report_of(who, "payments", sequence, sequence);
      if (registry_ && report(*registry_, request)) return;
      auto connection = connect_unix(directory() + "/registry.sock");
      if (connection) registry_ = *std::move(connection);
      pass(milliseconds(20));
    }
    FAIL() << "never taken: " << controller_->log();
  }
  // It begins with the agent's first watch.
  bool has_feed() { return metric("seine_feed_bytes") && !metric("seine_feed_bytes 0\n"); }
  void expect_exact(std::uint64_t last) const {
    EXPECT_EQ(dive_.buckets.size(), last);
    for (const auto& [name, times] : dive_.buckets) EXPECT_EQ(times, 1) << std::get<2>(name);
    EXPECT_EQ(dive_.requests, last * (last + 1) / 2);
  }

  dive::testing::FakeDive dive_{loop_};
  std::unique_ptr<runtime::Listener> listener_ =
      runtime::Listener::tcp(loop_, {IpAddress::v4(0x7f000001), 0}, {}).value();
  std::optional<Child> agent_;
  runtime::TaskScope accepting_{loop_, [](Error) {}};
};

TEST_F(DiveAgentTest, tells_dive_what_runs_and_what_it_counts) {
  start();
  const wire::JoinResponse who = join();
  start_agent();
  await([&] { return !dive_.deployments.empty(); }, "workloads");
  const auto& pod = dive_.deployments[0].all().workloads(0).pods(0);
  EXPECT_EQ(pod.name(), who.pod().name());
  EXPECT_EQ(pod.started_by(), "root");
  EXPECT_EQ(pod.template_().size(), 32u);
  await([&] { return dive_.events.size() == 1; }, "an event");
  await([&] { return has_feed(); }, "a feed");
  for (std::uint64_t i = 1; i <= 5; ++i) report_until_taken(who, i);
  await([&] { return dive_.buckets.size() == 5; }, "counts");
  expect_exact(5);
  struct stat info{};
  ASSERT_EQ(::stat((directory() + "/out/feed.sock").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  agent_->signal(SIGTERM);
  await([&] { return !agent_->running(); }, "its end");
  EXPECT_EQ(agent_->wait(), 0);
}

TEST_F(DiveAgentTest, serves_nothing_on_the_feeds_socket_that_changes_anything) {
  start();
  auto feed = connect_unix(directory() + "/out/feed.sock");
  ASSERT_TRUE(feed);
  for (const char* method : {"/seine.registry.v1.Registry/CreateJoinToken",
                             "/seine.registry.v1.Registry/Join", kReport, kRead}) {
    const auto answer = run(feed->channel->unary<wire::CreateJoinTokenResponse>(
        method, wire::CreateJoinTokenRequest()));
    ASSERT_FALSE(answer) << method;
    EXPECT_EQ(grpc::status_code(answer.error()), grpc::StatusCode::kUnimplemented) << method;
  }
}

TEST_F(DiveAgentTest, loses_and_doubles_nothing_over_kills_at_random) {
  std::mt19937 random(3);
  dive_.fate = [&random](const std::string&) {
    switch (random() % 15) {
      case 0: return dive::testing::Fate::kLost;
      case 1: return dive::testing::Fate::kUnsaid;
      default: return dive::testing::Fate::kTaken;
    }
  };
  start();
  wire::JoinResponse who = join();
  start_agent();
  await([&] { return has_feed(); }, "a feed");
  std::uint64_t last = 0;
  int starts = 1;
  for (int round = 0; round < 20; ++round) {
    for (int i = static_cast<int>(random() % 6); i >= 0; --i) report_until_taken(who, ++last);
    pass(milliseconds(random() % 120));
    if (round % 7 == 6) {
      controller_->signal(SIGKILL);
      controller_->wait();
      start();
    } else {
      agent_->signal(SIGKILL);
      agent_->wait();
      start_agent();
      ++starts;
    }
  }
  dive_.fate = nullptr;
  await([&] { return dive_.buckets.size() == last && dive_.events.size() > 0; }, "all counts");
  expect_exact(last);
  EXPECT_EQ(counted(), last * (last + 1) / 2) << "and the window has the same";
  EXPECT_EQ(dive_.told["AddMetric"].gaps, 0u);
  std::set<std::string> ids;
  for (const auto& event : dive_.events) EXPECT_TRUE(ids.insert(event.id()).second);
  EXPECT_LE(ids.size(), static_cast<std::size_t>(starts))
      << "one that was killed at once tells none";
}

TEST_F(DiveAgentTest, says_in_one_sentence_what_it_cannot_use) {
  const Finished without_token = integration::run(SEINE_DIVE_AGENT_BINARY, agent_flags());
  EXPECT_EQ(without_token.exit_code, 64);
  EXPECT_NE(without_token.err.find("no token to join by"), std::string::npos) << without_token.err;
  const Finished without_flags = integration::run(SEINE_DIVE_AGENT_BINARY, {});
  EXPECT_EQ(without_flags.exit_code, 64);
  EXPECT_EQ(without_flags.err, "seine-dive-agent: --dive: is required\n");
}

}  // namespace
}  // namespace seine::integration
