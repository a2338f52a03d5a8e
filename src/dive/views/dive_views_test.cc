// SPDX-License-Identifier: Apache-2.0
// From messages of agents to what pages show, over a real database.
#include "dive/views/dive_views.h"

#include <algorithm>

#include "gtest/gtest.h"

#include "base/check.h"
#include "dive/store/testing/store_world.h"
#include "dive/views/completeness.h"

namespace seine::dive {
namespace {

using runtime::Task;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::add_row;
using testing::kNoon;

constexpr std::string_view kRoute = "HTTPRoute/shop/pay";

const std::string& name_of(const ServiceRow& row) {
  return row.service.name;
}

Objective promise(std::string name, std::string_view goal, std::string_view window = "7d") {
  return {.name = name,
          .description = {},
          .subject = {.ns = "shop", .name = name},
          .latency = std::nullopt,
          .goal = Goal::parse(goal).value(),
          .window = parse_window(window).value()};
}

// Records of a test, without a database.
struct FakeRecords final : KnownRecords {
  const KeptClusters& clusters() const override { return kept_clusters; }
  const KeptObjectives& objectives() const override { return kept_objectives; }
  Task<Result<EventAnswer>> find_events(EventQuestion question, WallTime) override {
    EventAnswer out;
    for (const Event& each : events) {
      const bool is_about =
          !question.about ||
          std::ranges::any_of(each.targets, [&about = *question.about](const EventTarget& target) {
            return concerns(target, about) || concerns(about, target);
          });
      if (is_about && (!question.kind || each.kind == *question.kind)) out.events.push_back(each);
    }
    co_return out;
  }
  Task<Result<Event>> find_event(std::string id, WallTime) override {
    const auto found = std::ranges::find(events, id, &Event::id);
    if (found == events.end()) co_return fail(ErrorCode::kNotFound, "there is no event " + id);
    co_return *found;
  }
  Task<Result<ProcessEvent>> find_process_event(std::string id) override {
    ProcessEvent out;
    out.comments = {{.id = "1", .written = {"grace", kNoon}, .text = "of " + id}};
    co_return out;
  }

  KeptClusters kept_clusters;
  KeptObjectives kept_objectives;
  std::vector<Event> events;
};

class DiveViewsTest : public testing::StoreTest {
 protected:
  DiveViewsTest() { records_.kept_clusters["demo"] = cluster("demo", cluster_); }

  // Services mail, web and payments, which workloads of these names answer on port 80.
  static KeptCluster cluster(std::string name, std::int64_t id) {
    ClusterCatalog::State state;
    for (const char* each : {"mail", "payments", "web"}) {
      const WorkloadName workload{"shop", "deployment", each};
      state.workloads[workload].now.name = workload;
      state.services[{"shop", each}].now = {
          .name = {"shop", each}, .ports = {80}, .workloads = {workload}};
    }
    return {.name = std::move(name),
            .id = id,
            .catalog = ClusterCatalog(std::move(state)),
            .last_heard = kNoon,
            .known_until = kNoon};
  }
  void keep(Objective objective) {
    const std::string name = objective.name;
    records_.kept_objectives.insert_or_assign(
        name, KeptObjective{.objective = std::move(objective), .created = {}, .changed = {}});
  }

  // What the workload traffic sent to a service, and how often that failed, in the ten seconds that
  // ended then.
  void send(std::string_view service, WallTime end, std::uint64_t good, std::uint64_t bad) {
    auto bucket = traffic_.bucket(end);
    if (good > 0)
      add_row(bucket, {.inbound = false, .service = service, .count = good, .peer = service});
    if (bad > 0)
      add_row(bucket,
              {.inbound = false, .service = service, .status = 503, .count = bad, .peer = service});
    apply(agent_.message({bucket}));
  }
  // All proxies have told what ended by then.
  void complete(WallTime until) {
    auto message = agent_.message({});
    testing::set_time(*message.mutable_complete_until(), until);
    apply(message);
  }
  // A pod of the workload, from then on.
  void live(std::string workload, WallTime since) {
    auto transaction = real_.run(store_->database().begin());
    ASSERT_TRUE(transaction.has_value());
    ASSERT_TRUE(real_
                    .run(tell_pods(**transaction, cluster_, {"shop", "deployment", workload},
                                   {{workload + "-1", since}}, since))
                    .has_value());
    ASSERT_TRUE(real_.run((*transaction)->commit()).has_value());
  }
  void run_sql(std::string text, sql::Values values) {
    auto transaction = real_.run(store_->database().begin());
    ASSERT_TRUE(transaction.has_value());
    ASSERT_TRUE(real_.run((*transaction)->run(std::move(text), std::move(values))).has_value());
    ASSERT_TRUE(real_.run((*transaction)->commit()).has_value());
  }
  template <class T>
  T must(Task<Result<T>> task) {
    auto result = real_.run(std::move(task));
    EXPECT_TRUE(result.has_value()) << result.error().to_string();
    SEINE_CHECK(result.has_value(), "what a test asks for is there");
    return *std::move(result);
  }

  testing::TestProxy traffic_{.workload = "traffic", .version = "v1", .instance = 't'};
  testing::TestAgent agent_;
  FakeRecords records_;
  ZoneFolder zones_;
  DiveViews views_{real_.loop, *store_, records_, zones_};
};

// "What happens when service mesh maintainers get a taste of their own mesh?" (2020).
TEST_F(DiveViewsTest, routes_are_those_that_requests_of_a_subject_were_counted_by) {
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

TEST_F(DiveViewsTest, the_talks_cards_come_out_of_counts_that_give_them) {
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

TEST_F(DiveViewsTest, the_way_from_the_dashboard_leads_to_who_fails) {
  keep(promise("payments", "99%", "1h"));
  auto sent = traffic_.bucket(kNoon - minutes(5));
  const auto row = [&](std::string_view version, std::uint32_t status,
                       std::uint64_t count) -> auto& {
    auto& out = add_row(
        sent,
        {.inbound = false, .status = status, .count = count, .peer = "payments", .route = kRoute});
    out.mutable_peer()->set_version(std::string(version));
    out.mutable_peer()->set_identity("payments.shop");
    return out;
  };
  row("v1", 200, 500);
  row("v2", 200, 400);
  auto& example = *row("v2", 503, 100).add_exemplars();
  testing::set_time(*example.mutable_ended_at(), kNoon - minutes(5) - seconds(2));
  example.set_method("POST");
  example.set_path("/pay");
  example.mutable_latency()->set_nanos(40'000'000);
  // What the server saw of the same, and what somebody without a proxy asked.
  testing::TestProxy payments{.version = "v2"};
  auto served = payments.bucket(kNoon - minutes(5));
  add_row(served, {.count = 900, .peer = "traffic"}).mutable_peer()->set_identity("traffic.shop");
  add_row(served, {.status = 500, .count = 7, .peer = ""}).clear_target();
  served.mutable_bucket()->mutable_http(1)->mutable_target()->set_port(80);
  served.mutable_bucket()->mutable_http(1)->clear_peer();
  apply(agent_.message({sent, served}));
  complete(kNoon);

  const Span span{kNoon - hours(1), kNoon};
  const DashboardView dashboard = must(views_.dashboard(span));
  ASSERT_EQ(dashboard.attention.size(), 1U);
  EXPECT_EQ(dashboard.attention[0].service, (ServiceRef{"demo", "shop", "payments"}));
  EXPECT_EQ(dashboard.attention[0].objective, "payments");
  const ServiceRow& of_dashboard = dashboard.namespaces.at(0).services.at(0);
  EXPECT_EQ(of_dashboard.service.name, "payments") << "what is worst comes first";
  EXPECT_EQ(of_dashboard.golden.counts, (Outcomes{900, 107}));
  EXPECT_EQ(of_dashboard.golden.counted_for, seconds(10));

  const ServiceView page = must(views_.service({"demo", "shop", "payments"}, span));
  EXPECT_EQ(page.golden.counts, of_dashboard.golden.counts) << "both say the same";
  ASSERT_EQ(page.objectives.size(), 1U);
  EXPECT_EQ(page.objectives[0].card.tally.counts, (Outcomes{900, 107}));
  EXPECT_EQ(page.objectives[0].callers, (Outcomes{900, 100}));
  EXPECT_EQ(page.objectives[0].servers, (Outcomes{900, 7}));
  EXPECT_EQ(page.objectives[0].clusters, std::vector<std::string>{"demo"});
  ASSERT_EQ(page.callers.size(), 2U);
  EXPECT_EQ(page.callers[0].name, "traffic");
  EXPECT_TRUE(page.callers[0].is_secured);
  EXPECT_EQ(page.workloads.at(0).requests_per_day, 1007U);
  EXPECT_EQ(page.complete_until, kNoon);

  const EvidenceView found = must(views_.evidence("payments"));
  EXPECT_EQ(found.evidence.bad, 107U) << "the number on the card";
  ASSERT_EQ(found.evidence.groups.size(), 2U);
  const EvidenceGroup& worst = found.evidence.groups[0];
  EXPECT_EQ(worst.count, 100U);
  EXPECT_EQ(worst.route, kRoute);
  EXPECT_EQ(worst.caller, "shop/traffic");
  EXPECT_EQ(worst.workload, "shop/payments");
  EXPECT_EQ(worst.version, "v2");
  EXPECT_EQ(worst.cause, "HTTP 503");
  ASSERT_TRUE(worst.example);
  EXPECT_EQ(worst.example->path, "/pay");
  EXPECT_EQ(worst.example->latency, milliseconds(40));
  EXPECT_EQ(found.evidence.groups[1].caller, "outside of the mesh");
}

TEST_F(DiveViewsTest, evidence_and_the_card_that_follows_it_are_of_the_same_counts) {
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

TEST_F(DiveViewsTest, a_chart_begins_with_the_first_lease) {
  ClusterCatalog::State state = records_.kept_clusters["demo"].catalog.state();
  state.services.at({"shop", "payments"}).first_seen = kNoon - minutes(3);
  Workload& workload = state.workloads.at({"shop", "deployment", "payments"});
  workload.first_seen = kNoon - minutes(3);
  Pod pod;
  pod.since = kNoon - minutes(4);
  workload.now.pods = {pod};
  records_.kept_clusters["demo"].catalog = ClusterCatalog(std::move(state));
  complete(kNoon);
  const ServiceRef payments{"demo", "shop", "payments"};
  ChartsView charts = must(views_.charts(payments, {kNoon - hours(24), kNoon}));
  EXPECT_EQ(charts.grid.from, kNoon - minutes(4));
  EXPECT_EQ(charts.grid.step, seconds(10)) << "of what there is, not of what was asked for";
  EXPECT_EQ(charts.asked_from, kNoon - hours(24));
  charts = must(views_.charts(payments, {kNoon - minutes(2), kNoon}));
  EXPECT_EQ(charts.grid.from, kNoon - minutes(2));
}

TEST_F(DiveViewsTest, counts_of_all_clusters_that_have_the_service_are_added) {
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

TEST_F(DiveViewsTest, a_cluster_that_is_silent_is_waited_for_no_longer_than_two_minutes) {
  send("payments", kNoon - minutes(5), 900, 0);
  complete(kNoon - minutes(1));
  EXPECT_EQ(must(views_.try_objective(promise("payments", "99%"))).card.span.to,
            kNoon - minutes(1));
  at(kNoon + hours(1));
  EXPECT_EQ(must(views_.try_objective(promise("payments", "99%"))).card.span.to,
            kNoon + hours(1) - kLongestWait);
}

TEST_F(DiveViewsTest, a_proxy_that_tells_nothing_is_partial_data_and_not_no_traffic) {
  live("payments", kNoon - hours(2));
  complete(kNoon);
  EXPECT_EQ(must(views_.try_objective(promise("payments", "99%", "1h"))).text.state,
            "partial data");
  EXPECT_EQ(must(views_.try_objective(promise("mail", "99%", "1h"))).text.state, "no traffic");
}

TEST_F(DiveViewsTest, charts_have_a_step_for_each_ten_seconds_of_an_hour_and_its_rollouts) {
  live("traffic", kNoon - hours(2));
  for (int i = 0; i < 6; ++i) {
    auto bucket = traffic_.bucket(kNoon - seconds(10) * i);
    if (i != 2) {
      add_row(bucket, {.inbound = false, .count = 10, .peer = "payments"});
    }
    apply(agent_.message({bucket}));
  }
  complete(kNoon);
  Event rollout;
  rollout.id = "rollout.1";
  rollout.kind = EventKind::kRollout;
  rollout.title = "Rolled out v2";
  rollout.begins_at = kNoon - minutes(20);
  rollout.targets = {{"demo", "shop", "deployment", "payments"}};
  Event elsewhere = rollout;
  elsewhere.id = "rollout.2";
  elsewhere.targets = {{"demo", "shop", "deployment", "web"}};
  records_.events = {rollout, elsewhere};

  const ServiceRef payments{"demo", "shop", "payments"};
  const ChartsView charts = must(views_.charts(payments, {kNoon - hours(1), kNoon}));
  ASSERT_EQ(charts.counts.size(), 360U);
  EXPECT_EQ(charts.grid.step, seconds(10));
  EXPECT_EQ(charts.counts[359], (Outcomes{10, 0}));
  EXPECT_EQ(charts.counts[357], (Outcomes{0, 0})) << "nothing was asked, which was measured";
  EXPECT_EQ(charts.gaps, (std::vector<Span>{{kNoon - hours(1), kNoon - minutes(1)}}));
  ASSERT_EQ(charts.markers.size(), 1U);
  EXPECT_EQ(charts.markers[0].event, "rollout.1");

  EXPECT_EQ(must(views_.events_of_service(payments, {.from = kNoon, .to = kNoon})).events.size(),
            1U);
  const ServiceView page = must(views_.service(payments, {kNoon - hours(1), kNoon}));
  ASSERT_EQ(page.events.size(), 1U);
  EXPECT_EQ(page.events[0].services, std::vector<ServiceRef>{payments});
}

TEST_F(DiveViewsTest, an_objectives_state_is_kept_for_some_seconds_but_not_beyond_a_change) {
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

TEST_F(DiveViewsTest, a_page_of_a_service_reads_its_own_objectives_alone) {
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

TEST_F(DiveViewsTest, pages_that_ask_for_the_same_dashboard_get_the_same) {
  send("payments", kNoon - minutes(5), 100, 0);
  complete(kNoon);
  const auto requests = [&](Span span) {
    return must(views_.dashboard(span)).namespaces.at(0).services.at(1).golden.counts.total();
  };
  EXPECT_EQ(requests({kNoon - hours(1), kNoon}), 100U);
  send("payments", kNoon - minutes(4), 50, 0);
  EXPECT_EQ(requests({kNoon - hours(1) + seconds(1), kNoon + seconds(1)}), 100U);
  EXPECT_EQ(requests({kNoon - hours(2), kNoon}), 150U) << "another span is another dashboard";
}

TEST_F(DiveViewsTest, an_event_that_people_told_comes_with_its_comments) {
  Event told;
  told.id = "process.17";
  told.kind = EventKind::kProcess;
  told.targets = {{"demo", "shop", "service", "payments"}};
  Event rollout = told;
  rollout.id = "rollout.17";
  rollout.kind = EventKind::kRollout;
  records_.events = {told, rollout};
  const EventView view = must(views_.event("process.17"));
  ASSERT_TRUE(view.comments);
  EXPECT_EQ(view.comments->at(0).text, "of 17");
  EXPECT_TRUE(must(views_.event("rollout.17")).comments->empty());
  EXPECT_EQ(must(views_.events({.from = kNoon, .to = kNoon})).events.size(), 2U);
}

TEST_F(DiveViewsTest, an_objective_that_cannot_be_read_says_why_and_the_others_go_on) {
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

TEST_F(DiveViewsTest, a_cluster_that_cannot_be_read_takes_nothing_else_with_it) {
  const std::int64_t other = must(store_->cluster("other"));
  records_.kept_clusters["other"] = cluster("other", other);
  records_.kept_clusters["other"].catalog = ClusterCatalog([] {
    ClusterCatalog::State state;
    state.services[{"shop", "orders"}].now = {.name = {"shop", "orders"}, .ports = {80}};
    return state;
  }());
  run_sql("INSERT INTO pending (cluster, id, counts) VALUES ($1, 1, $2)",
          {other, sql::Blob(3, std::byte{0xff})});
  send("payments", kNoon - minutes(5), 90, 10);
  complete(kNoon);
  const Span span{kNoon - hours(1), kNoon};
  const DashboardView dashboard = must(views_.dashboard(span));
  ASSERT_EQ(dashboard.clusters.size(), 2U);
  EXPECT_EQ(dashboard.clusters[0].problem, "");
  EXPECT_NE(dashboard.clusters[1].problem, "");
  ASSERT_EQ(dashboard.namespaces.size(), 2U);
  EXPECT_EQ(dashboard.namespaces[0].services.at(0).golden.counts, (Outcomes{90, 10}));
  EXPECT_EQ(dashboard.namespaces[0].services.at(0).problem, "");
  EXPECT_EQ(dashboard.namespaces[1].services.at(0).problem, dashboard.clusters[1].problem);
  EXPECT_EQ(dashboard.attention.at(0).title, "other: its counts cannot be read");

  records_.kept_clusters["other"] = cluster("other", other);
  const ServiceView page = must(views_.service({"other", "shop", "payments"}, span));
  EXPECT_EQ(page.problems.size(), 3U);
  EXPECT_EQ(page.workloads.size(), 1U) << "what the catalog knows is shown";
}

TEST_F(DiveViewsTest, what_there_is_not_is_named) {
  const auto message = [](const auto& result) {
    EXPECT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, ErrorCode::kNotFound);
    return result.error().message;
  };
  const Span span{kNoon - hours(1), kNoon};
  EXPECT_EQ(message(real_.run(views_.service({"x", "shop", "payments"}, span))),
            "there is no cluster x");
  EXPECT_EQ(message(real_.run(views_.charts({"demo", "shop", "pay"}, span))),
            "cluster demo has no service shop/pay");
  EXPECT_EQ(message(real_.run(views_.evidence("x"))), "there is no objective x");
}

}  // namespace
}  // namespace seine::dive
