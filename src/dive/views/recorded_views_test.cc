// SPDX-License-Identifier: Apache-2.0
// From what an agent tells of workloads, services and counts to what pages show, over the records
// and the store of one database.
#include <algorithm>

#include "gtest/gtest.h"

#include "base/check.h"
#include "dive/records/testing/records_world.h"
#include "dive/views/dive_views.h"

namespace seine::dive {
namespace {

using runtime::Task;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::add_row;

class RecordedViewsTest : public testing::RecordsTest {
 protected:
  RecordedViewsTest() {
    at(minute(20));
    tell(script_.all(0, {{"payments", {{"p-1", "v1"}}}, {"web", {{"w-1", "v3"}}}}));
    tell(script_.all_services(0, {{"payments", {"payments"}}, {"web", {"web"}}}));
    tell(script_.changed(10, "payments", {{"p-2", "v2", 10}}));
    SEINE_CHECK(
        real_.run(records_->put_objectives({testing::objective_of("payments")}, {"ada", minute(1)}))
            .has_value(),
        "a test has an objective");
  }
  // Of every ten seconds of the last minute: what web asked of v2, and a tenth that failed.
  void count() {
    testing::TestProxy web{.workload = "web", .version = "v3", .instance = 'w'};
    for (int i = 5; i >= 0; --i) {
      auto bucket = web.bucket(minute(20) - seconds(10) * i);
      for (const std::uint32_t status : {200U, 503U}) {
        auto& row = add_row(bucket, {.inbound = false,
                                     .status = status,
                                     .count = status == 200 ? 90U : 10U,
                                     .peer = "payments"});
        row.mutable_peer()->set_version("v2");
        row.mutable_peer()->set_identity("payments.shop");
      }
      auto message = agent_.message({bucket});
      testing::set_time(*message.mutable_complete_until(), minute(20) - seconds(10) * i);
      tell(std::move(message));
    }
  }
  static Objective objective_of_payments() { return testing::objective_of("payments"); }
  template <class T>
  T must(Task<Result<T>> task) {
    auto result = real_.run(std::move(task));
    EXPECT_TRUE(result.has_value()) << result.error().to_string();
    SEINE_CHECK(result.has_value(), "what a test asks for is there");
    return *std::move(result);
  }

  const ServiceRef payments_{"demo", "shop", "payments"};
  const Span span_{minute(20) - hours(1), minute(20)};
  AgentScript script_;
  testing::TestAgent agent_;
  RecordsInStore known_{*records_};
  ZoneFolder zones_;
  DiveViews views_{real_.loop, *store_, known_, zones_};
};

TEST_F(RecordedViewsTest, the_dashboard_has_what_runs_what_was_rolled_out_and_what_is_missing) {
  count();
  const DashboardView view = must(views_.dashboard(span_));
  ASSERT_EQ(view.clusters.size(), 1U);
  EXPECT_TRUE(view.clusters[0].is_connected);
  ASSERT_EQ(view.namespaces.size(), 1U);
  EXPECT_EQ(view.namespaces[0].pods, 2U);
  EXPECT_EQ(view.namespaces[0].meshed_pods, 1U) << "payments' proxy tells nothing";
  const ServiceRow& row = view.namespaces[0].services.at(0);
  EXPECT_EQ(row.service, payments_);
  EXPECT_EQ(row.golden.counts, (Outcomes{540, 60}));
  EXPECT_EQ(row.golden.counted_for, minutes(1)) << "600 requests of a minute are 10 a second";
  EXPECT_EQ(row.coverage.measured, 0U);
  EXPECT_EQ(row.coverage.expected, 1'170'000U)
      << "one pod or the other lived for 20 minutes, without the buckets at the edges";
  ASSERT_TRUE(row.last_rollout);
  EXPECT_EQ(row.last_rollout->version, "v2");
  EXPECT_EQ(row.last_rollout->at, minute(10));
  const auto missing = std::ranges::find(
      view.attention, "shop/deployment/payments: counts are missing", &Attention::title);
  ASSERT_NE(missing, view.attention.end());
  EXPECT_EQ(missing->service, payments_);
}

TEST_F(RecordedViewsTest, a_rollout_is_on_the_page_of_its_service_and_on_its_charts) {
  count();
  const ServiceView page = must(views_.service(payments_, span_));
  ASSERT_EQ(page.events.size(), 1U);
  EXPECT_EQ(page.events[0].event.title, "Rolled out v2");
  EXPECT_EQ(page.events[0].event.revisions, std::pair(std::string("v1"), std::string("v2")));
  EXPECT_EQ(page.events[0].services, std::vector<ServiceRef>{payments_});
  EXPECT_EQ(page.workloads.at(0).versions.at(0).version, "v2");
  EXPECT_EQ(page.objectives.size(), 1U);
  const ChartsView charts = must(views_.charts(payments_, span_));
  ASSERT_EQ(charts.markers.size(), 1U);
  EXPECT_EQ(charts.markers[0].at, minute(10));
  EXPECT_EQ(must(views_.event(charts.markers[0].event)).event.title, "Rolled out v2");
}

TEST_F(RecordedViewsTest, a_service_whose_pods_have_gone_keeps_what_its_servers_saw) {
  count();
  testing::TestProxy payments{.version = "v2", .instance = 'p'};
  auto served = payments.bucket(minute(20));
  for (const char* caller : {"", "web.shop"}) {
    auto& row = add_row(served, {.count = 40, .peer = ""});
    row.clear_target();
    row.clear_peer();
    row.mutable_target()->set_port(8080);
    row.mutable_peer()->set_identity(caller);
  }
  tell(agent_.message({served}));
  const auto servers = [&] { return must(views_.try_objective(objective_of_payments())).servers; };
  EXPECT_EQ(servers(), (Outcomes{80, 0}));
  tell(script_.changed(21, "payments", {}));
  tell(script_.service(21, "payments", {}));
  EXPECT_EQ(servers(), (Outcomes{80, 0}));
  const ServiceView page = must(views_.service(payments_, span_));
  EXPECT_EQ(page.golden.counts, (Outcomes{580, 60})) << "with those of callers without a proxy";
  EXPECT_EQ(page.workloads.at(0).workload.name, "payments");
  EXPECT_EQ(page.events.size(), 1U) << "its rollout";
  const DashboardView all = must(views_.dashboard(span_));
  EXPECT_EQ(all.namespaces.at(0).services.at(0).golden.counts, page.golden.counts);
  EXPECT_TRUE(all.namespaces.at(0).services.at(0).last_rollout);
}

TEST_F(RecordedViewsTest, what_people_told_is_found_with_its_comments) {
  ProcessEvent told = testing::told_at("Deploy payments", 5, 9);
  told.targets = {{"demo", "shop", "service", "payments"}};
  told.comments.push_back({"c", {"grace", minute(6)}, "went **well**"});
  const std::string id = "process." + add(told).id;
  const EventView one = must(views_.event(id));
  ASSERT_TRUE(one.comments);
  EXPECT_EQ(one.comments->at(0).text, "went **well**");
  const EventListView all = must(views_.events({.from = span_.from, .to = span_.to}));
  EXPECT_EQ(all.events.size(), 2U);
  EXPECT_EQ(must(views_.service(payments_, span_)).events.size(), 2U);
  told.targets = {{"demo", "shop", "service", "web"}};
  add(told);
  EventQuestion question{.from = span_.from, .to = span_.to, .limit = 1};
  std::size_t found = 0;
  for (int page = 0; page < 5; ++page) {
    const EventListView some = must(views_.events_of_service(payments_, question));
    for (const EventView& each : some.events) {
      EXPECT_EQ(each.services, std::vector<ServiceRef>{payments_}) << "another is left out";
    }
    found += some.events.size();
    if (some.next.empty()) break;
    question.after = some.next;
  }
  EXPECT_EQ(found, 2U) << "all pages have them all";
}

}  // namespace
}  // namespace seine::dive
