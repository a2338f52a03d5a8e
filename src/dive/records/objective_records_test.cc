// SPDX-License-Identifier: Apache-2.0
// Objectives, kept.
#include "gtest/gtest.h"

#include "dive/records/records_limits.h"
#include "dive/records/testing/records_world.h"

namespace seine::dive {
namespace {

using std::chrono::milliseconds;
using testing::objective_of;

class ObjectiveRecordsTest : public testing::RecordsTest {
 protected:
  Result<void> put(std::vector<Objective> objectives, double at = 1) {
    return real_.run(records_->put_objectives(std::move(objectives), {"ada", minute(at)}));
  }
  const KeptObjective& kept(const std::string& name) { return records_->objectives().at(name); }
};

TEST_F(ObjectiveRecordsTest, they_are_the_same_after_a_restart) {
  Objective latency = objective_of("quick", "web");
  latency.latency = milliseconds(50);
  latency.window = CalendarMonth{"Europe/Berlin"};
  latency.subject.kind = Subject::Kind::kWorkload;
  latency.subject.route = "gateway/httproute/balance";
  latency.subject.environment = "staging";
  latency.description = "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d '; DROP TABLE objectives; -- \"x\"";
  latency.goal = *Goal::parse("99.9999999%");
  ASSERT_TRUE(put({objective_of("payments"), latency}).has_value());
  reopen();
  ASSERT_EQ(records_->objectives().size(), 2U);
  EXPECT_EQ(kept("quick").objective, latency);
  EXPECT_EQ(kept("payments").objective, objective_of("payments"));
  EXPECT_EQ(kept("quick").created, (Deed{"ada", minute(1)}));
}

TEST_F(ObjectiveRecordsTest, one_in_place_of_another_keeps_who_made_the_first) {
  ASSERT_TRUE(put({objective_of("payments")}).has_value());
  Objective stricter = objective_of("payments");
  stricter.goal = *Goal::parse("99.99%");
  ASSERT_TRUE(put({stricter, objective_of("web")}, 5).has_value());
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(kept("payments").objective.goal.to_string(), "99.99%");
    EXPECT_EQ(kept("payments").created.at, minute(1));
    EXPECT_EQ(kept("payments").changed.at, minute(5));
    EXPECT_EQ(kept("web").created.at, minute(5));
    reopen();
  }
}

TEST_F(ObjectiveRecordsTest, a_name_stays_with_its_subject) {
  ASSERT_TRUE(put({objective_of("payments")}).has_value());
  Objective elsewhere = objective_of("payments");
  elsewhere.subject.ns = "billing";
  Objective of_pods = objective_of("payments");
  of_pods.subject.kind = Subject::Kind::kWorkload;
  Objective of_route = objective_of("payments");
  of_route.subject.route = "a/HTTPRoute/purchase";
  Objective of_environment = objective_of("payments");
  of_environment.subject.environment = "qa";
  for (const Objective& other :
       {objective_of("payments", "web"), elsewhere, of_pods, of_route, of_environment}) {
    const auto refused = put({objective_of("more"), other});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
    EXPECT_FALSE(records_->check_objectives(std::vector{other}).has_value());
  }
  EXPECT_EQ(put({elsewhere}).error().message,
            "the objective 'payments' is of service payments in namespace shop, and cannot become "
            "one of service payments in namespace billing: give this one another name, or remove "
            "that one before");
  const auto twice = put({objective_of("two"), objective_of("two", "web")});
  EXPECT_FALSE(twice.has_value()) << "the second would be kept in place of the first";
  EXPECT_EQ(records_->objectives().size(), 1U);
  EXPECT_EQ(kept("payments").objective, objective_of("payments"));
  ASSERT_TRUE(real_.run(records_->remove_objective("payments", {"ada", minute(2)})).has_value());
  EXPECT_TRUE(put({elsewhere}).has_value()) << "its name is free";
}

// Regression: what was set before a server had counted could not be changed after.
TEST_F(ObjectiveRecordsTest, the_default_route_is_the_same_by_each_of_its_names) {
  Objective of_default = objective_of("payments");
  for (const char* route : {"/default/default", "default", "core/Service/payments", "default"}) {
    of_default.subject.route = route;
    const auto done = put({of_default});
    ASSERT_TRUE(done) << route << ": " << done.error().message;
    EXPECT_EQ(kept("payments").objective.subject.route, route);
  }
  for (const char* route : {"", "a/HTTPRoute/default", "/default/probe"}) {
    of_default.subject.route = route;
    EXPECT_FALSE(put({of_default})) << route;
  }
}

TEST_F(ObjectiveRecordsTest, one_that_is_removed_is_gone_and_then_not_found) {
  ASSERT_TRUE(put({objective_of("payments"), objective_of("web")}).has_value());
  ASSERT_TRUE(real_.run(records_->remove_objective("web", {"ada", minute(2)})).has_value());
  EXPECT_FALSE(records_->objectives().contains("web"));
  reopen();
  EXPECT_EQ(records_->objectives().size(), 1U);
  const auto again = real_.run(records_->remove_objective("web", {"ada", minute(3)}));
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code, ErrorCode::kNotFound);
}

TEST_F(ObjectiveRecordsTest, of_several_all_are_taken_or_none) {
  Objective bad = objective_of("bad");
  bad.subject.name = "Not A Name";
  const auto refused = put({objective_of("payments"), bad});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(records_->objectives().empty());
  EXPECT_EQ(number("SELECT count(*) FROM objectives"), 0);
}

TEST_F(ObjectiveRecordsTest, there_is_a_limit) {
  std::vector<Objective> many;
  for (std::size_t i = 0; i < kMaxObjectives; ++i) {
    many.push_back(objective_of("o" + std::to_string(i)));
  }
  ASSERT_TRUE(put(many).has_value());
  const auto refused = put({objective_of("one-more"), objective_of("one-more")});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kLimit);
  Objective stricter = objective_of("o7");
  stricter.goal = *Goal::parse("99.99%");
  EXPECT_TRUE(put({stricter}).has_value()) << "in place of another";
  reopen();
  EXPECT_EQ(records_->objectives().size(), kMaxObjectives);
  EXPECT_EQ(kept("o7").objective.goal.to_string(), "99.99%");
}

TEST_F(ObjectiveRecordsTest, a_write_that_fails_leaves_them_as_they_were) {
  ASSERT_TRUE(put({objective_of("payments")}).has_value());
  run("ALTER TABLE objectives RENAME TO away");
  EXPECT_FALSE(put({objective_of("web")}).has_value());
  EXPECT_FALSE(real_.run(records_->remove_objective("payments", {"ada", minute(2)})).has_value());
  EXPECT_EQ(records_->objectives().size(), 1U);
  EXPECT_TRUE(records_->objectives().contains("payments"));
  run("ALTER TABLE away RENAME TO objectives");
  ASSERT_TRUE(put({objective_of("web")}).has_value());
  EXPECT_EQ(records_->objectives().size(), 2U);
}

TEST_F(ObjectiveRecordsTest, a_write_that_was_cancelled_is_seen_if_it_happened) {
  bool was_written = false;
  for (int turns = 1; turns < 60 && !was_written; ++turns) {
    runtime::TaskScope scope(real_.loop, [](Error) {});
    scope.spawn(records_->put_objectives({objective_of("payments")}, {"ada", minute(1)}));
    for (int turn = 0; turn < turns && scope.size() > 0; ++turn) real_.loop.run_turn(true);
    scope.cancel();
    was_written = number("SELECT count(*) FROM objectives") == 1;
  }
  ASSERT_TRUE(was_written);
  while (records_->objectives().empty()) real_.loop.run_turn(/*may_block=*/true);
  EXPECT_EQ(kept("payments").objective, objective_of("payments"));
}

}  // namespace
}  // namespace seine::dive
