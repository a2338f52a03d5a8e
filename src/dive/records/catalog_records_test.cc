// SPDX-License-Identifier: Apache-2.0
// What agents tell of workloads and services, kept.
#include "gtest/gtest.h"

#include "dive/catalog/catalog_limits.h"
#include "dive/records/records_limits.h"
#include "dive/records/testing/records_world.h"

namespace seine::dive {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::kNoon;

using Deployments = std::vector<::dive::v1::DeploymentMessage>;

class CatalogRecordsTest : public testing::RecordsTest {
 protected:
  // A rollout that has ended, one that goes on, a workload that went, services.
  void tell_much() { tell_much(script_); }
  void tell_much(AgentScript& script) {
    tell(script.all(0, {{"payments", {{"p1", "v1"}}}, {"web", {{"w1", "v1"}}}, {"old", {}}}));
    tell(script.changed(
        10, "payments",
        {{"p1", "v1"}, {.name = "p2", .version = "v2", .since = 10, .labels = {{"a", "b"}}}}));
    tell(script.changed(12, "payments", {{"p2", "v2", 10}}));
    tell(script.changed(20, "web", {{"w1", "v1"}, {"w2", "v2", 19, /*ready=*/false}}));
    tell(script.removed(21, "old"));
    tell(script.all_services(22, {{"payments", {"payments"}}, {"web", {"web"}}}));
    tell(script.service_removed(23, "web"));
  }

  AgentScript script_;
};

TEST_F(CatalogRecordsTest, what_agents_told_is_the_same_after_a_restart) {
  tell_much();
  const auto before = catalog();
  const auto rollouts_before = rollouts();
  ASSERT_EQ(before.workloads.size(), 3U);
  ASSERT_EQ(before.services.size(), 2U);
  ASSERT_EQ(rollouts_before.size(), 2U);
  EXPECT_EQ(rollouts_before[0].workload.name, "web");
  EXPECT_FALSE(rollouts_before[0].rollout.end);
  EXPECT_EQ(rollouts_before[1].rollout.end, Rollout::End::kConcluded);
  reopen();
  EXPECT_EQ(catalog(), before);
  EXPECT_EQ(rollouts(), rollouts_before);
  EXPECT_EQ(records_->clusters().at("demo").known_until, minute(23));
  EXPECT_FALSE(records_->clusters().at("demo").last_heard);
}

TEST_F(CatalogRecordsTest, messages_that_come_again_change_nothing_also_after_a_restart) {
  tell_much();
  const auto before = catalog();
  const std::int64_t lives = number("SELECT count(*) FROM pods");
  AgentScript again;
  tell_much(again);
  EXPECT_EQ(catalog(), before);
  reopen();
  AgentScript once_more;
  tell_much(once_more);
  EXPECT_EQ(catalog(), before);
  EXPECT_EQ(number("SELECT count(*) FROM pods"), lives);
  EXPECT_EQ(number("SELECT count(*) FROM events"), 2);
}

TEST_F(CatalogRecordsTest, the_lives_of_pods_are_told_at_the_times_of_the_messages) {
  const auto ended = [&](const std::string& pod) {
    return number("SELECT ended FROM pods WHERE pod = '" + pod + "'");
  };
  // In one batch: each message at its own time.
  tell_all(Deployments{script_.changed(0, "payments", {{"p1", "v1"}}),
                       script_.changed(5, "payments", {{"p2", "v1", 4}}),
                       script_.changed(9, "payments", {{"p2", "v1", 4}, {"p3", "v1", 8}})});
  EXPECT_EQ(ended("p1"), to_milliseconds(minute(5)));
  EXPECT_EQ(ended("p2"), 0);
  EXPECT_EQ(number("SELECT since FROM pods WHERE pod = 'p3'"), to_milliseconds(minute(8)));
  tell(script_.removed(11, "payments"));
  EXPECT_EQ(ended("p2"), to_milliseconds(minute(11)));
}

TEST_F(CatalogRecordsTest, a_pod_is_to_be_measured_until_it_says_goodbye) {
  tell(script_.changed(0, "payments", {{"p1", "v1"}}));
  tell(script_.changed(5, "payments",
                       {{.name = "p1", .version = "v1", .leaving = true}, {"p2", "v1", 5}}));
  tell(script_.changed(6, "payments", {{"p2", "v1", 5}}));
  EXPECT_EQ(number("SELECT ended FROM pods WHERE pod = 'p1'"), to_milliseconds(minute(5)));
  EXPECT_EQ(number("SELECT ended FROM pods WHERE pod = 'p2'"), 0);
}

TEST_F(CatalogRecordsTest, what_can_never_be_taken_is_refused_and_the_stream_goes_on) {
  auto bad = script_.changed(1, "payments", {{"p1", "v1"}});
  bad.mutable_changed()->mutable_name()->set_name("Payments \xe2\x80\xae");
  auto good = script_.changed(2, "web", {{"w1", "v1"}});
  const auto outcomes = tell_all(Deployments{bad, good});
  ASSERT_EQ(outcomes.size(), 2U);
  EXPECT_NE(outcomes[0].refused.find("is none"), std::string::npos) << outcomes[0].refused;
  EXPECT_EQ(outcomes[1].refused, "");
  EXPECT_EQ(outcomes[1].sequence, 2U);
  EXPECT_EQ(catalog().workloads.size(), 1U);
  EXPECT_EQ(tell_all(Deployments{bad})[0].refused, outcomes[0].refused) << "told again";
  reopen();
  EXPECT_EQ(catalog().deployments_position.sequence, 2U);
}

TEST_F(CatalogRecordsTest, of_messages_with_an_envelope_that_is_none_nothing_is_taken) {
  auto bad = script_.changed(2, "web", {{"w1", "v1"}});
  bad.mutable_envelope()->set_epoch("short");
  const auto told = real_.run(
      sink_->add("demo", Deployments{script_.changed(1, "payments", {{"p1", "v1"}}), bad}));
  ASSERT_FALSE(told.has_value());
  EXPECT_EQ(told.error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(catalog().workloads.empty());
  EXPECT_EQ(number("SELECT count(*) FROM workloads"), 0);
}

TEST_F(CatalogRecordsTest, a_write_that_fails_leaves_what_is_seen_as_it_was) {
  tell(script_.changed(0, "payments", {{"p1", "v1"}}));
  const auto before = catalog();
  const auto next = script_.changed(10, "payments", {{"p2", "v2", 9}});
  run("ALTER TABLE streams RENAME TO streams_away");
  EXPECT_FALSE(real_.run(sink_->add("demo", Deployments{next})).has_value());
  EXPECT_EQ(catalog(), before);
  EXPECT_EQ(number("SELECT count(*) FROM events"), 0) << "a part of it happened";
  run("ALTER TABLE streams_away RENAME TO streams");
  tell(next);
  EXPECT_EQ(catalog().workloads.begin()->second.now.pods.front().name, "p2");
  const auto after = catalog();
  reopen();
  EXPECT_EQ(catalog(), after);
}

TEST_F(CatalogRecordsTest, a_write_that_is_cancelled_anywhere_happened_whole_or_not_at_all) {
  std::vector<std::string> seen;
  for (int turns = 0; turns < 24; ++turns) {
    const auto message =
        script_.changed(turns, "payments", {{"p" + std::to_string(turns), "v1", double(turns)}});
    {
      runtime::TaskScope scope(real_.loop, [](Error) {});
      scope.spawn([](StoreSink& sink, Deployments messages) -> runtime::Task<void> {
        (void)co_await sink.add("demo", std::move(messages));
      }(*sink_, {message}));
      for (int turn = 0; turn < turns; ++turn) real_.loop.run_turn(/*may_block=*/scope.size() > 0);
    }
    tell(message);
    const auto before = catalog();
    EXPECT_EQ(before.deployments_position.sequence, static_cast<std::uint64_t>(turns) + 1);
    reopen();
    EXPECT_EQ(catalog(), before) << turns;
  }
  EXPECT_EQ(number("SELECT count(*) FROM pods WHERE ended = 0"), 1);
}

TEST_F(CatalogRecordsTest, what_a_cancelled_write_did_is_seen_without_another_one) {
  const auto message = script_.changed(1, "payments", {{"p1", "v1"}});
  bool was_written = false;
  for (int turns = 1; turns < 60 && !was_written; ++turns) {
    runtime::TaskScope scope(real_.loop, [](Error) {});
    scope.spawn([](StoreSink& sink, Deployments messages) -> runtime::Task<void> {
      (void)co_await sink.add("demo", std::move(messages));
    }(*sink_, {message}));
    for (int turn = 0; turn < turns && scope.size() > 0; ++turn) real_.loop.run_turn(true);
    scope.cancel();
    was_written = number("SELECT count(*) FROM workloads") == 1;
  }
  ASSERT_TRUE(was_written);
  while (catalog().workloads.empty()) real_.loop.run_turn(/*may_block=*/true);
  EXPECT_EQ(catalog().deployments_position.sequence, 1U);
}

TEST_F(CatalogRecordsTest, whoever_tells_anything_was_heard) {
  real_.clock.set_date(kNoon + minutes(1));
  testing::TestProxy proxy;
  testing::TestAgent agent;
  auto bucket = proxy.bucket(kNoon);
  testing::add_row(bucket, {.count = 3});
  auto metrics = agent.message({bucket});
  testing::set_time(*metrics.mutable_envelope()->mutable_sent_at(), kNoon + minutes(1));
  tell(metrics);
  const KeptCluster& demo = records_->clusters().at("demo");
  EXPECT_EQ(demo.last_heard, kNoon + minutes(1));
  EXPECT_EQ(demo.known_until, kNoon + minutes(1));
  real_.clock.set_date(kNoon + minutes(2));
  tell(testing::found_at(3, 1, "one"));
  EXPECT_EQ(demo.last_heard, kNoon + minutes(2));
  real_.clock.set_date(kNoon + minutes(3));
  tell(script_.service(4, "payments", {"payments"}));
  EXPECT_EQ(demo.last_heard, kNoon + minutes(3));
  // A clock that was ahead has not the last word.
  testing::TestAgent other{.epoch = 'f'};
  auto corrected = other.message({});
  testing::set_time(*corrected.mutable_envelope()->mutable_sent_at(), kNoon);
  tell(corrected);
  EXPECT_EQ(demo.known_until, kNoon);
}

TEST_F(CatalogRecordsTest, what_went_a_week_ago_is_forgotten_and_its_open_rollout_ends) {
  tell_much();
  tell(script_.removed(30, "web"));
  tell(script_.changed(31, "payments", {{"p2", "v2", 10}}));
  const auto rests = records_->clusters().at("demo").catalog.state().workloads.size();
  ASSERT_EQ(rests, 3U);
  ASSERT_TRUE(real_.run(records_->forget(minute(30) + kGoneFor, WallTime{})).has_value());
  ASSERT_EQ(catalog().workloads.size(), 1U);
  EXPECT_EQ(catalog().workloads.begin()->first.name, "payments");
  EXPECT_EQ(catalog().services.size(), 1U);
  const auto left = rollouts();
  ASSERT_EQ(left.size(), 2U);
  EXPECT_EQ(left[0].rollout.end, Rollout::End::kUndone);
  EXPECT_EQ(left[0].rollout.ended_at, minute(30));
  const auto before = catalog();
  reopen();
  EXPECT_EQ(catalog(), before);
}

TEST_F(CatalogRecordsTest, of_a_workload_the_newest_rollouts_stay) {
  const int many = static_cast<int>(kMaxRolloutsOfWorkload) + 6;
  tell(script_.changed(0, "payments", {{"p0", "v0"}}));
  for (int i = 1; i <= many; i += 50) {
    Deployments some;
    for (int j = i; j < i + 50 && j <= many; ++j) {
      const std::string name = std::to_string(j);
      some.push_back(script_.changed(j, "payments", {{"p" + name, "v" + name, double(j)}}));
    }
    tell_all(some);
  }
  const auto found = rollouts();
  ASSERT_EQ(static_cast<std::int64_t>(found.size()), kMaxRolloutsOfWorkload);
  EXPECT_EQ(found.front().rollout.to.version, "v" + std::to_string(many));
  EXPECT_EQ(found.back().rollout.to.version, "v7");
}

TEST_F(CatalogRecordsTest, clusters_know_nothing_of_each_other) {
  tell(script_.changed(0, "payments", {{"p1", "v1"}}));
  AgentScript other('f');
  ASSERT_TRUE(real_.run(sink_->add("east", Deployments{other.changed(0, "web", {{"w1", "v9"}})})));
  reopen();
  EXPECT_EQ(records_->clusters().at("demo").catalog.state().workloads.begin()->first.name,
            "payments");
  EXPECT_EQ(records_->clusters().at("east").catalog.state().workloads.begin()->first.name, "web");
}

}  // namespace
}  // namespace seine::dive
