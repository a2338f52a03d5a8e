// SPDX-License-Identifier: Apache-2.0
// For tests from messages of agents to what pages show, over a real database.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "gtest/gtest.h"

#include "base/check.h"
#include "dive/store/testing/store_world.h"
#include "dive/views/completeness.h"
#include "dive/views/dive_views.h"

namespace seine::dive {

inline constexpr std::string_view kRoute = "HTTPRoute/shop/pay";

inline const std::string& name_of(const ServiceRow& row) {
  return row.service.name;
}

inline Objective promise(std::string name, std::string_view goal, std::string_view window = "7d") {
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
  runtime::Task<Result<EventAnswer>> find_events(EventQuestion question, WallTime) override {
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
  runtime::Task<Result<Event>> find_event(std::string id, WallTime) override {
    const auto found = std::ranges::find(events, id, &Event::id);
    if (found == events.end()) co_return fail(ErrorCode::kNotFound, "there is no event " + id);
    co_return *found;
  }
  runtime::Task<Result<ProcessEvent>> find_process_event(std::string id) override {
    ProcessEvent out;
    out.comments = {{.id = "1", .written = {"grace", testing::kNoon}, .text = "of " + id}};
    co_return out;
  }

  KeptClusters kept_clusters;
  KeptObjectives kept_objectives;
  std::vector<Event> events;
};

class ViewsOverStore : public testing::StoreTest {
 protected:
  ViewsOverStore() { records_.kept_clusters["demo"] = cluster("demo", cluster_); }

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
            .last_heard = testing::kNoon,
            .known_until = testing::kNoon};
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
      testing::add_row(bucket,
                       {.inbound = false, .service = service, .count = good, .peer = service});
    if (bad > 0)
      testing::add_row(
          bucket,
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
  T must(runtime::Task<Result<T>> task) {
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

}  // namespace seine::dive
