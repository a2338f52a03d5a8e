// SPDX-License-Identifier: Apache-2.0
// Over a real database.
#include "dive/views/objective_reader.h"

#include "gtest/gtest.h"

#include "dive/views/testing/views_over_store.h"

namespace seine::dive {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::add_row;
using testing::kNoon;

class ObjectiveReaderTest : public ViewsOverStore {};

TEST_F(ObjectiveReaderTest, routes_are_those_that_requests_of_a_subject_were_counted_by) {
  at(kNoon);
  auto bucket = traffic_.bucket(kNoon - minutes(5));
  for (const char* route : {"g/HTTPRoute/refund", "g/HTTPRoute/pay", ""}) {
    auto& row = add_row(bucket, {.inbound = false, .service = "payments", .peer = "payments"});
    row.set_route(route);
  }
  add_row(bucket, {.inbound = false, .service = "mail", .peer = "mail"}).set_route("g/HTTPRoute/x");
  apply(agent_.message({bucket}));
  Objective asked = promise("payments", "99%");
  asked.subject.route = "pay";
  EXPECT_EQ(must(views_.routes_of(asked)),
            (std::vector<std::string>{"g/HTTPRoute/pay", "g/HTTPRoute/refund"}));
}

// "What happens when service mesh maintainers get a taste of their own mesh?" (2020).
TEST_F(ObjectiveReaderTest, the_talks_cards_come_out_of_counts_that_give_them) {
  keep(promise("mail", "99%"));
  keep(promise("web", "99%"));
  keep(promise("payments", "99.99%", "30d"));
  const WallTime then = kNoon - days(3);
  send("mail", then, 19'068 - 743 - 113, 743);
  send("mail", kNoon, 113, 0);
  send("web", then, 55'157'000 - 328'000, 0);
  send("web", kNoon, 328'000, 0);
  send("payments", then, 2'000'000 - 90 - 998, 88);
  send("payments", kNoon, 998, 2);
  complete(kNoon);
  for (const bool folded : {false, true}) {
    if (folded) fold();
    real_.clock.set_date(kNoon + (folded ? seconds(1) : seconds(0)));

    const ObjectiveView mail = must(views_.try_objective(promise("mail", "99%")));
    EXPECT_EQ(mail.text.goal,
              "99% of all requests over a rolling 7-day window are served successfully");
    EXPECT_EQ(mail.text.left, "-289.7%");
    EXPECT_EQ(mail.text.compliance, "96.1%");
    EXPECT_EQ(mail.text.recent, "100%");
    EXPECT_EQ(mail.text.state, "exhausted");
    EXPECT_EQ(mail.text.budget,
              "553 failures over budget; recovers after 55,232 good requests in a row, or in 4 "
              "days as old failures age out");

    const ObjectiveView web = must(views_.try_objective(promise("web", "99%")));
    EXPECT_EQ(web.text.budget, "551,570 requests may still fail at this window's traffic");
    EXPECT_EQ(web.text.state, "healthy");

    const ObjectiveView payments = must(views_.try_objective(promise("payments", "99.99%", "30d")));
    EXPECT_EQ(payments.text.left, "55%");
    EXPECT_EQ(payments.text.compliance, "99.99%");
    EXPECT_EQ(payments.text.recent, "99.8%");
    EXPECT_EQ(payments.text.burn, "20x");
    EXPECT_EQ(payments.allowance, "1 of every 10,000 requests may fail");

    const ProposalsView better = must(views_.propose(promise("mail", "95%"), true));
    const auto own = std::ranges::find(better.goals, true, &ProposalView::is_own);
    ASSERT_NE(own, better.goals.end());
    EXPECT_TRUE(own->is_recommended);
    EXPECT_EQ(own->left_now, "22%");
  }
  const DashboardView dashboard = must(views_.dashboard({kNoon - hours(1), kNoon}));
  ASSERT_FALSE(dashboard.attention.empty());
  EXPECT_EQ(dashboard.attention[0].title, "mail: the error budget is gone");
  const std::vector<ServiceRow>& rows = dashboard.namespaces.at(0).services;
  const auto payments = std::ranges::find(rows, "payments", &name_of);
  ASSERT_NE(payments, rows.end());
  EXPECT_EQ(payments->objectives.at(0).left, "55%");
}

TEST_F(ObjectiveReaderTest, evidence_and_the_card_that_follows_it_are_of_the_same_counts) {
  keep(promise("payments", "99%"));
  send("payments", kNoon - minutes(5), 90, 10);
  complete(kNoon);
  EXPECT_EQ(must(views_.objective("payments")).card.tally.counts.bad, 10U);
  send("payments", kNoon - minutes(4), 90, 5);
  EvidenceView evidence = must(views_.evidence("payments"));
  EXPECT_EQ(evidence.evidence.bad, 15U);
  EXPECT_EQ(evidence.card.card.tally.counts.bad, 15U);
  EXPECT_EQ(must(views_.objective("payments")).card.tally.counts.bad, 15U);
  send("payments", kNoon - minutes(3), 90, 2);
  evidence = must(views_.evidence("payments"));
  EXPECT_EQ(evidence.evidence.bad, must(views_.objective("payments")).card.tally.counts.bad);
}

TEST_F(ObjectiveReaderTest, counts_of_all_clusters_that_have_the_service_are_added) {
  const std::int64_t other = must(store_->cluster("other"));
  records_.kept_clusters["other"] = cluster("other", other);
  send("payments", kNoon - minutes(5), 900, 10);
  complete(kNoon);
  testing::TestProxy proxy{.workload = "traffic", .instance = 'z'};
  testing::TestAgent agent{.epoch = 'z'};
  auto bucket = proxy.bucket(kNoon - minutes(5));
  add_row(bucket, {.inbound = false, .status = 503, .count = 90, .peer = "payments"});
  std::vector<::dive::v1::MetricMessage> messages = {agent.message({bucket})};
  testing::set_time(*messages[0].mutable_complete_until(), kNoon - seconds(30));
  ASSERT_TRUE(real_.run(store_->metrics().apply(other, std::move(messages))).has_value());

  const ObjectiveView view = must(views_.try_objective(promise("payments", "99%")));
  EXPECT_EQ(view.card.tally.counts, (Outcomes{900, 100}));
  EXPECT_EQ(view.clusters, (std::vector<std::string>{"demo", "other"}));
  EXPECT_EQ(view.card.span.to, kNoon - seconds(30)) << "complete is what both have told";
}

TEST_F(ObjectiveReaderTest, a_cluster_that_is_silent_is_waited_for_no_longer_than_two_minutes) {
  send("payments", kNoon - minutes(5), 900, 0);
  complete(kNoon - minutes(1));
  EXPECT_EQ(must(views_.try_objective(promise("payments", "99%"))).card.span.to,
            kNoon - minutes(1));
  at(kNoon + hours(1));
  EXPECT_EQ(must(views_.try_objective(promise("payments", "99%"))).card.span.to,
            kNoon + hours(1) - kLongestWait);
}

TEST_F(ObjectiveReaderTest, a_proxy_that_tells_nothing_is_partial_data_and_not_no_traffic) {
  live("payments", kNoon - hours(2));
  complete(kNoon);
  EXPECT_EQ(must(views_.try_objective(promise("payments", "99%", "1h"))).text.state,
            "partial data");
  EXPECT_EQ(must(views_.try_objective(promise("mail", "99%", "1h"))).text.state, "no traffic");
}

TEST_F(ObjectiveReaderTest, an_objectives_state_is_kept_for_some_seconds_but_not_beyond_a_change) {
  keep(promise("payments", "99%"));
  send("payments", kNoon - minutes(5), 100, 0);
  complete(kNoon);
  EXPECT_EQ(must(views_.objective("payments")).card.tally.counts.bad, 0U);
  send("payments", kNoon - minutes(4), 0, 50);
  EXPECT_EQ(must(views_.objective("payments")).card.tally.counts.bad, 0U);
  EXPECT_EQ(must(views_.objectives()).at(0).card.tally.counts.bad, 0U);
  keep(promise("payments", "98%"));
  EXPECT_EQ(must(views_.objective("payments")).card.tally.counts.bad, 50U);
}

TEST(KeptAmong, many_that_take_long_are_kept_for_longer_but_never_too_long) {
  using std::chrono::microseconds;
  EXPECT_EQ(kept_among(0, {}), kObjectiveKeptFor);
  EXPECT_EQ(kept_among(100, microseconds(2700)), kObjectiveKeptFor);
  EXPECT_EQ(kept_among(1000, microseconds(2700)), seconds(27));
  EXPECT_EQ(kept_among(100'000, microseconds(2700)), kObjectiveKeptForAtMost);
}

TEST(MeanOfLate, follows_what_readings_take_and_not_the_one_that_waited) {
  Duration mean{};
  for (int i = 0; i < 100; ++i) mean = mean_of_late(mean, milliseconds(3));
  EXPECT_NEAR(static_cast<double>(mean.count()), 3e6, 1e4);
  mean = mean_of_late(mean, seconds(10));
  EXPECT_EQ(kept_among(20, mean), kObjectiveKeptFor);
  for (int i = 0; i < 100; ++i) mean = mean_of_late(mean, milliseconds(100));
  EXPECT_GT(mean, milliseconds(90)) << "but what takes long all the time does count";
}

TEST_F(ObjectiveReaderTest, a_page_of_a_service_reads_its_own_objectives_alone) {
  keep(promise("payments", "99%"));
  send("payments", kNoon - minutes(5), 100, 0);
  complete(kNoon);
  const Span hour{kNoon - hours(1), kNoon};
  EXPECT_TRUE(must(views_.service({"demo", "shop", "mail"}, hour)).objectives.empty());
  send("payments", kNoon - minutes(4), 0, 50);
  const ServiceView page = must(views_.service({"demo", "shop", "payments"}, hour));
  ASSERT_EQ(page.objectives.size(), 1U);
  EXPECT_EQ(page.objectives[0].card.tally.counts.bad, 50U) << "read before";
}

TEST_F(ObjectiveReaderTest, an_objective_that_cannot_be_read_says_why_and_the_others_go_on) {
  Objective nowhere = promise("web", "99%");
  nowhere.window = CalendarMonth{"Europe/Nowhere"};
  keep(nowhere);
  keep(promise("payments", "99%"));
  send("payments", kNoon - minutes(5), 90, 10);
  complete(kNoon);
  const std::vector<ObjectiveView> all = must(views_.objectives());
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].text.state, "exhausted");
  EXPECT_EQ(all[0].problem, "");
  EXPECT_EQ(all[1].text.state, "unreadable");
  EXPECT_NE(all[1].problem.find("Europe/Nowhere"), std::string::npos) << all[1].problem;
  EXPECT_NE(all[1].text.budget.find(all[1].problem), std::string::npos);
  EXPECT_EQ(all[1].text.left, "");
  EXPECT_EQ(all[1].clusters, std::vector<std::string>{"demo"});
  EXPECT_EQ(must(views_.objective("web")).text.state, "unreadable");
  EXPECT_FALSE(real_.run(views_.evidence("web")).has_value());

  const Span span{kNoon - hours(1), kNoon};
  const DashboardView dashboard = must(views_.dashboard(span));
  ASSERT_EQ(dashboard.attention.size(), 2U);
  EXPECT_EQ(dashboard.attention[0].title, "payments: the error budget is gone");
  EXPECT_EQ(dashboard.attention[1].title, "web: it cannot be read");
  EXPECT_EQ(must(views_.service({"demo", "shop", "web"}, span)).objectives.at(0).text.state,
            "unreadable");
}

}  // namespace
}  // namespace seine::dive
