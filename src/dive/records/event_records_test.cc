// SPDX-License-Identifier: Apache-2.0
// Events of all kinds, kept and found again.
#include <algorithm>
#include <set>

#include "gtest/gtest.h"

#include "dive/events/event_limits.h"
#include "dive/records/records_limits.h"
#include "dive/records/testing/records_world.h"

namespace seine::dive {
namespace {

using testing::found_at;
using testing::kAges;
using testing::scheduled_at;
using testing::told_at;

const std::string kHostile =
    "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \xe2\x80\xae '; DROP TABLE events; -- \"x\" " +
    std::string("a\0b", 3) + std::string(253, 'n') + " \xff";

class EventRecordsTest : public testing::RecordsTest {
 protected:
  EventQuestion everything() { return {.from = WallTime{}, .to = kAges}; }
  ProcessEvent found(const std::string& id) {
    auto event = real_.run(records_->find_process_event(id));
    EXPECT_TRUE(event.has_value()) << event.error().to_string();
    return event.value_or(ProcessEvent());
  }
  // 60 of each kind, in all three states.
  void tell_many() {
    real_.clock.set_date(minute(100));
    for (int i = 0; i < 20; ++i) {
      add(told_at("over", i, i + 5));
      add(told_at("goes on", 2 * i));
      add(scheduled_at("is to come", 200 + i / 3));
      tell(found_at(i / 4, static_cast<std::uint64_t>(i) + 1, "event." + std::to_string(i),
                    i % 2 == 0 ? "payments" : ""));
      const std::string name = "w" + std::to_string(i);
      tell(script_.changed(i, name, {{"a", "v1"}}));
      tell(script_.changed(i + 1, name, {{"a", "v1"}, {"b", "v2", i + 1.0, i % 2 == 0}}));
      if (i % 3 == 0) tell(script_.changed(i + 2, name, {{"b", "v2", i + 1.0}}));
    }
  }

  AgentScript script_;
};

TEST_F(EventRecordsTest, what_people_told_is_the_same_after_a_restart) {
  ProcessEvent event = told_at("Deploy payments", 1, 5);
  event.targets.push_back({"east", "", "", ""});
  event.comments.push_back({"c1", {"ada", minute(2)}, "first"});
  event.comments.push_back({"c2", {"grace", minute(3)}, "second"});
  const ProcessEvent added = add(event);
  EXPECT_NE(added.id, event.id);
  event.id = added.id;
  EXPECT_EQ(added, event);
  const ProcessEvent scheduled = add(scheduled_at("later", 500));
  reopen();
  EXPECT_EQ(found(added.id), added);
  EXPECT_EQ(found(scheduled.id), scheduled);
  const auto shown = real_.run(records_->find_event("process." + added.id, minute(9)));
  ASSERT_TRUE(shown.has_value());
  EXPECT_EQ(shown->title, "Deploy payments");
}

TEST_F(EventRecordsTest, an_event_is_replaced_with_its_comments) {
  ProcessEvent event = add(told_at("Deploy payments", 1));
  for (int i = 0; i < 5; ++i) {
    event.comments.push_back({std::to_string(i), {"ada", minute(i)}, "text " + std::to_string(i)});
    ASSERT_TRUE(real_.run(records_->replace_event(event)).has_value());
  }
  EXPECT_EQ(found(event.id), event);
  event.concluded = Deed{"grace", minute(9)};
  event.comments[1].text = "another";
  event.comments.resize(3);
  ASSERT_TRUE(real_.run(records_->replace_event(event)).has_value());
  reopen();
  EXPECT_EQ(found(event.id), event);
  EXPECT_TRUE(real_.run(records_->find_event("process." + event.id, minute(9)))->is_over);
}

TEST_F(EventRecordsTest, hostile_text_comes_back_as_it_was) {
  ProcessEvent event = told_at("x", 1);
  event.title = kHostile;
  event.description = std::string(kMaxEventDescription, '\xff');
  event.created.person = kHostile;
  event.comments.push_back({kHostile, {kHostile, minute(2)}, kHostile});
  event = add(event);
  auto hostile = found_at(1, 1, "a'\"$1;--");
  hostile.mutable_event()->set_description("\xd7\xa9\xd7\x9c'\"\n<script>");
  tell(hostile);
  reopen();
  EXPECT_EQ(found(event.id), event);
  const auto shown = real_.run(records_->find_event("cluster.demo.a'\"$1;--", minute(2)));
  ASSERT_TRUE(shown.has_value()) << shown.error().to_string();
  EXPECT_EQ(shown->description, "\xd7\xa9\xd7\x9c'\"\n<script>");
}

TEST_F(EventRecordsTest, names_that_nobody_has_are_not_found) {
  const std::vector<std::string> names = {"",       "process.x",          "x",
                                          kHostile, std::string(1, '\0'), std::string(5000, 'a')};
  for (const std::string& name : names) {
    const auto event = real_.run(records_->find_event(name, minute(1)));
    ASSERT_FALSE(event.has_value());
    EXPECT_EQ(event.error().code, ErrorCode::kNotFound);
    EXPECT_EQ(real_.run(records_->find_process_event(name)).error().code, ErrorCode::kNotFound);
    ProcessEvent none = told_at("x", 1);
    none.id = name;
    EXPECT_EQ(real_.run(records_->replace_event(none)).error().code, ErrorCode::kNotFound);
  }
}

TEST_F(EventRecordsTest, what_an_agent_found_is_there_once) {
  tell(found_at(1, 1, "one"));
  tell(found_at(1, 1, "one"));           // sent again
  tell(found_at(1, 1, "one", "", 'f'));  // by an agent that lost its outbox
  tell(found_at(2, 2, "two", "payments"));
  auto refused = found_at(3, 3, "three");
  refused.mutable_event()->set_kind("Not A Kind");
  const std::vector<::dive::v1::AddEventRequest> batch = {refused, found_at(4, 4, "four")};
  const auto outcomes = tell_all(batch);
  EXPECT_NE(outcomes[0].refused, "");
  EXPECT_EQ(outcomes[1].refused, "");
  reopen();
  EXPECT_NE(tell_all(batch)[0].refused, "");
  const std::vector<std::string> expected = {"cluster.demo.four", "cluster.demo.two",
                                             "cluster.demo.one"};
  EXPECT_EQ(ids(find(everything())), expected);
  auto malformed = found_at(5, 5, "five");
  malformed.mutable_envelope()->set_sequence(0);
  EXPECT_EQ(real_.run(sink_->add("demo", std::vector{malformed})).error().code,
            ErrorCode::kInvalidArgument);
}

TEST_F(EventRecordsTest, events_come_as_sort_events_has_them) {
  tell_many();
  const EventAnswer all = find({.from = WallTime{}, .to = kAges, .limit = 500});
  EXPECT_EQ(all.next, "");
  EXPECT_EQ(all.events.size(), 100U);
  EventAnswer sorted = all;
  std::ranges::reverse(sorted.events);
  sort_events(sorted.events, minute(100));
  EXPECT_EQ(ids(all), ids(sorted));
}

TEST_F(EventRecordsTest, pages_neither_skip_nor_repeat_whatever_their_size) {
  tell_many();
  const auto all = ids(find({.from = WallTime{}, .to = kAges, .limit = 500}));
  for (const std::size_t limit : {1U, 7U, 32U, 33U, 99U, 100U}) {
    EventQuestion question = everything();
    question.limit = limit;
    EXPECT_EQ(ids_by_pages(question), all) << limit;
  }
}

TEST_F(EventRecordsTest, what_begins_between_two_pages_comes_once) {
  tell_many();
  EventQuestion question = everything();
  question.limit = 45;  // within what is to come
  const auto first = find(question);
  const auto all = ids(find({.from = WallTime{}, .to = kAges, .limit = 500}));
  real_.clock.set_date(minute(202));
  question.after = first.next;
  question.limit = 500;
  auto both = ids(first);
  for (const std::string& id : ids(find(question))) both.push_back(id);
  EXPECT_EQ(both, all);
}

TEST_F(EventRecordsTest, a_page_after_something_that_is_none_is_refused) {
  for (const std::string after :
       {"x", "1.2", "1.3.1.a", "1.0.9z.a", "99999999999999999999.0.1.a"}) {
    EventQuestion question = everything();
    question.after = after;
    const auto answer = real_.run(records_->find_events(question, minute(1)));
    ASSERT_FALSE(answer.has_value()) << after;
    EXPECT_EQ(answer.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST_F(EventRecordsTest, only_what_touches_the_time_is_found) {
  real_.clock.set_date(minute(100));
  const std::string before = "process." + add(told_at("before", 1, 10)).id;
  const std::string across = "process." + add(told_at("across", 5, 11)).id;
  const std::string within = "process." + add(told_at("within", 12, 13)).id;
  const std::string at_end = "process." + add(told_at("at the end", 20, 30)).id;
  const std::string after = "process." + add(told_at("after", 21, 30)).id;
  const std::string open = "process." + add(told_at("open", 2)).id;
  const std::string to_come = "process." + add(scheduled_at("to come", 200)).id;
  tell(found_at(10, 1, "early"));
  tell(found_at(20, 2, "late"));
  EventQuestion question{.from = minute(10), .to = minute(20)};
  const std::vector<std::string> expected = {open,   to_come, "cluster.demo.late",
                                             at_end, within,  across};
  EXPECT_EQ(ids(find(question)), expected);
  question.with_open = false;
  auto closed = expected;
  closed.erase(closed.begin() + 1);  // what went on then is still of that time
  EXPECT_EQ(ids(find(question)), closed);
}

TEST_F(EventRecordsTest, events_are_found_by_what_they_are_about_both_ways) {
  real_.clock.set_date(minute(100));
  const auto about = [&](double at, EventTarget target) {
    ProcessEvent event = told_at("x", at, at + 1);
    event.targets = {std::move(target)};
    return "process." + add(event).id;
  };
  const std::string cluster = about(1, {"demo", "", "", ""});
  const std::string ns = about(2, {"demo", "shop", "", ""});
  const std::string payments = about(3, {"demo", "shop", "deployment", "payments"});
  const std::string web = about(4, {"demo", "shop", "deployment", "web"});
  const std::string other = about(5, {"demo", "bank", "deployment", "payments"});
  const std::string east = about(6, {"east", "", "", ""});
  tell(found_at(7, 1, "whole"));
  tell(found_at(8, 2, "web", "web"));
  tell(script_.changed(9, "payments", {{"a", "v1"}}));
  tell(script_.changed(10, "payments", {{"b", "v2", 10}}));
  const std::string rollout =
      "rollout.demo.shop.deployment.payments." + std::to_string(rollouts()[0].rollout.number);
  const auto found = [&](EventTarget target) {
    EventQuestion question = everything();
    question.about = std::move(target);
    question.limit = 2;
    return ids_by_pages(question);
  };
  using Ids = std::vector<std::string>;
  EXPECT_EQ(found({"demo", "shop", "deployment", "payments"}),
            (Ids{rollout, "cluster.demo.whole", payments, ns, cluster}));
  EXPECT_EQ(found({"demo", "shop", "", ""}),
            (Ids{rollout, "cluster.demo.web", "cluster.demo.whole", web, payments, ns, cluster}));
  EXPECT_EQ(found({"demo", "", "", ""}).size(), 8U);
  EXPECT_EQ(found({"demo", "bank", "", ""}), (Ids{"cluster.demo.whole", other, cluster}));
  EXPECT_EQ(found({"east", "shop", "service", "x"}), (Ids{east}));
  EXPECT_EQ(found({"west", "", "", ""}), Ids());
  EventQuestion question = everything();
  question.kind = EventKind::kRollout;
  EXPECT_EQ(ids(find(question)), (Ids{rollout}));
  const auto inside = [&](EventTarget target) {
    EventQuestion asked = everything();
    asked.about = std::move(target);
    asked.only_inside = true;
    asked.limit = 1;
    return ids_by_pages(asked);
  };
  EXPECT_EQ(inside({"demo", "shop", "deployment", "payments"}), (Ids{rollout, payments}));
  EXPECT_EQ(inside({"demo", "shop", "", ""}),
            (Ids{rollout, "cluster.demo.web", web, payments, ns}));
  EXPECT_EQ(inside({"demo", "", "", ""}), found({"demo", "", "", ""}));
  EXPECT_EQ(inside({"demo", "shop", "service", "paymnts"}), Ids());
}

TEST_F(EventRecordsTest, what_ended_long_ago_is_forgotten_with_its_comments) {
  ProcessEvent over = told_at("over", 1, 5);
  over.comments.push_back({"c", {"ada", minute(2)}, "text"});
  over = add(over);
  const ProcessEvent open = add(told_at("open", 1));
  ProcessEvent later = told_at("later", 1, 50);
  later.comments = over.comments;
  later = add(later);
  tell(found_at(3, 1, "early"));
  tell(found_at(30, 2, "late"));
  ASSERT_TRUE(real_.run(records_->forget(minute(60), minute(20))).has_value());
  const std::vector<std::string> expected = {"process." + open.id, "cluster.demo.late",
                                             "process." + later.id};
  EXPECT_EQ(ids(find(everything())), expected);
  EXPECT_EQ(number("SELECT count(*) FROM event_comments"), 1);
  EXPECT_EQ(found(later.id), later);
}

// Rows as if they had come before, of `kind` and a cluster, that ended.
std::string many_rows(const std::string& prefix, int kind, std::int64_t cluster,
                      std::int64_t many) {
  const std::string of = std::to_string(kind) + ", " + std::to_string(cluster);
  return "INSERT INTO events SELECT '" + prefix + "' || CAST(i AS TEXT), " + of +
         ", '', '', '', 1, i, i, '' FROM (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL"
         " SELECT i + 1 FROM n WHERE i < " +
         std::to_string(many) + ") SELECT i FROM n) numbers";
}

TEST_F(EventRecordsTest, beyond_its_limit_a_cluster_forgets_the_oldest_events) {
  tell(found_at(1, 1, "first"));
  run(many_rows("cluster.demo.x", 3, cluster_, kMaxClusterEvents - 1));
  tell(found_at(2, 2, "second"));
  EXPECT_EQ(number("SELECT count(*) FROM events"), kMaxClusterEvents);
  EXPECT_EQ(number("SELECT count(*) FROM events WHERE id = 'cluster.demo.x1'"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM events WHERE id = 'cluster.demo.x2'"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM events WHERE id = 'cluster.demo.second'"), 1);
}

TEST_F(EventRecordsTest, beyond_their_limit_what_people_tell_is_refused) {
  run(many_rows("process.x", 2, 0, kMaxProcessEvents - 1));
  add(told_at("the last", 1));
  const auto refused = real_.run(records_->add_event(told_at("one more", 1)));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kLimit);
  EXPECT_EQ(number("SELECT count(*) FROM events"), kMaxProcessEvents);
}

TEST_F(EventRecordsTest, an_id_may_be_cut_where_one_event_alone_begins_so) {
  const ProcessEvent told = add(told_at("move", 1));
  const auto find = [&](std::string text) {
    return real_.run(records_->find_event_id(std::move(text)));
  };
  EXPECT_EQ(find("process." + told.id), "process." + told.id);
  EXPECT_EQ(find(told.id), "process." + told.id);
  EXPECT_EQ(find(told.id.substr(0, 8)), "process." + told.id);
  EXPECT_EQ(find("process." + told.id.substr(0, 8)), "process." + told.id);
  for (const char* none : {"", "%", "_", "process.!", "nope"}) {
    EXPECT_EQ(find(none).error().code, ErrorCode::kNotFound) << none;
  }
  add(told_at("another", 2));
  EXPECT_EQ(find("process.").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(find("process." + told.id), "process." + told.id);
}

}  // namespace
}  // namespace seine::dive
