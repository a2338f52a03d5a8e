// SPDX-License-Identifier: Apache-2.0
// Over a real database.
#include "dive/views/dive_views.h"

#include "gtest/gtest.h"

#include "dive/views/testing/views_over_store.h"

namespace seine::dive {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::add_row;
using testing::kNoon;

class DiveViewsTest : public ViewsOverStore {};

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
