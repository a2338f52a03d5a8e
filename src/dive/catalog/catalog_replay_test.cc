// SPDX-License-Identifier: Apache-2.0
// Streams that are cut and resumed at random: whatever comes again, the catalog is the same.
#include <gtest/gtest.h>

#include <random>
#include <variant>

#include "dive/catalog/cluster_catalog.h"
#include "dive/catalog/testing/agent_script.h"

namespace seine::dive {
namespace {

using Random = std::mt19937_64;

std::size_t pick(Random& random, std::size_t size) {
  return std::uniform_int_distribution<std::size_t>(0, size - 1)(random);
}

// A cluster in which things happen at random, and what its agent tells of it.
struct History {
  std::vector<::dive::v1::DeploymentMessage> deployments;
  std::vector<::dive::v1::ServiceMessage> services;
};

History make_history(Random& random, std::size_t steps) {
  const std::vector<std::string> names{"graph", "ledger", "payments"};
  AgentScript script;
  History out;
  std::map<std::string, std::vector<ScriptPod>> pods;
  std::map<std::string, std::vector<std::string>> services;
  double now = 0;
  for (std::size_t i = 0; i < steps; ++i) {
    now += static_cast<double>(pick(random, 12)) + 0.25;
    const std::string& name = names[pick(random, names.size())];
    std::vector<ScriptPod>& mine = pods[name];
    switch (pick(random, 8)) {
      case 0:
      case 1:
        mine.push_back({.name = "p" + std::to_string(i),
                        .version = "v" + std::to_string(1 + pick(random, 3)),
                        .since = now,
                        .ready = pick(random, 2) == 0});
        break;
      case 2:
      case 3:
        if (!mine.empty())
          mine.erase(mine.begin() + static_cast<std::ptrdiff_t>(pick(random, mine.size())));
        break;
      case 4:
        for (ScriptPod& pod : mine) pod.ready = true;
        break;
      case 5:
        if (!mine.empty()) mine[pick(random, mine.size())].leaving = true;
        break;
      case 6:
        pods.erase(name);
        out.deployments.push_back(script.removed(now, name));
        continue;
      default:
        services[name] = {name};
        if (pick(random, 3) == 0) services.erase(name);
        out.services.push_back(services.contains(name) ? script.service(now, name, services[name])
                                                       : script.service_removed(now, name));
        continue;
    }
    out.deployments.push_back(pick(random, 6) == 0 ? script.all(now, pods)
                                                   : script.changed(now, name, mine));
  }
  return out;
}

// A catalog, and what a store would hold of what it handed out.
struct Kept {
  ClusterCatalog catalog;
  std::map<std::pair<WorkloadName, std::uint64_t>, Rollout> rollouts;

  template <class Message>
  void apply(const Message& message) {
    auto news = read_news(message);
    ASSERT_TRUE(news) << news.error().message;
    const ClusterCatalog::State before = catalog.state();
    const auto changes = catalog.apply(std::move(*news));
    ASSERT_TRUE(changes) << changes.error().message;
    if (changes->is_replay) EXPECT_EQ(catalog.state(), before);
    for (const auto& [workload, rollout] : changes->rollouts) {
      rollouts[{workload, rollout.number}] = rollout;
    }
  }

  void expect_same(const Kept& other) const {
    EXPECT_EQ(catalog.state(), other.catalog.state());
    EXPECT_EQ(rollouts, other.rollouts);
  }
};

Kept in_order(const History& history) {
  Kept kept;
  for (const auto& message : history.deployments) kept.apply(message);
  for (const auto& message : history.services) kept.apply(message);
  return kept;
}

// Sends from the front; a cut sends it back to some message that came already.
template <class Messages>
struct CutStream {
  const Messages& messages;
  std::size_t next = 0;
  bool is_over() const { return next == messages.size(); }
  void send(Random& random, Kept& to) {
    to.apply(messages[next]);
    ++next;
    if (pick(random, 4) == 0) next = pick(random, next + 1);
  }
};

TEST(CatalogReplay, of_streams_that_are_cut_at_random_changes_nothing) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const History history = make_history(random, 40);
    Kept kept;
    CutStream deployments{history.deployments};
    CutStream services{history.services};
    // The rounds bound a run of cuts.
    for (int i = 0; i < 2000 && !(deployments.is_over() && services.is_over()); ++i) {
      if (!deployments.is_over() && (services.is_over() || pick(random, 2) == 0)) {
        deployments.send(random, kept);
      } else {
        services.send(random, kept);
      }
    }
    for (; !deployments.is_over(); ++deployments.next)
      kept.apply(history.deployments[deployments.next]);
    for (; !services.is_over(); ++services.next) kept.apply(history.services[services.next]);
    kept.expect_same(in_order(history));
    if (HasFailure()) return;
  }
}

TEST(CatalogReplay, after_a_restart_goes_on_from_what_was_kept) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const History history = make_history(random, 40);
    Kept kept;
    for (const auto& message : history.deployments) {
      kept.apply(message);
      kept.catalog = ClusterCatalog(ClusterCatalog::State(kept.catalog.state()));
      kept.apply(message);
    }
    for (const auto& message : history.services) kept.apply(message);
    kept.expect_same(in_order(history));
    if (HasFailure()) return;
  }
}

// An agent that lost its outbox tells all there is; nothing of what was there is lost or new.
TEST(CatalogReplay, of_a_new_epoch_that_tells_the_same_changes_nothing) {
  const std::map<std::string, std::vector<ScriptPod>> pods{
      {"payments", {{"a", "v1"}, {"b", "v2", 5}}}};
  AgentScript first;
  Kept kept;
  kept.apply(first.all(1, {{"payments", {{"a", "v1"}}}}));
  const auto late = first.all(6, pods);
  kept.apply(late);
  const Kept before = kept;
  kept.apply(AgentScript('n').all(90, pods));
  kept.apply(late);
  EXPECT_EQ(kept.catalog.state().workloads, before.catalog.state().workloads);
  EXPECT_EQ(kept.rollouts, before.rollouts);
}

// What holds of every rollout, whatever happens.
TEST(CatalogReplay, makes_rollouts_that_make_sense) {
  for (std::uint64_t seed = 100; seed <= 160; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const Kept kept = in_order(make_history(random, 60));
    std::map<WorkloadName, std::size_t> open;
    for (const auto& [key, rollout] : kept.rollouts) {
      EXPECT_NE(rollout.from, rollout.to);
      EXPECT_LE(rollout.ready, rollout.pods);
      if (!rollout.end) {
        ++open[key.first];
        EXPECT_EQ(kept.catalog.state().workloads.at(key.first).rollout, rollout);
        continue;
      }
      EXPECT_GE(rollout.ended_at, rollout.started_at);
      if (rollout.end == Rollout::End::kConcluded) {
        EXPECT_EQ(rollout.others, 0U);
        EXPECT_GT(rollout.ready, 0U);
      }
      if (rollout.end == Rollout::End::kUndone) EXPECT_EQ(rollout.pods, 0U);
    }
    for (const auto& [workload, count] : open) EXPECT_EQ(count, 1U);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace seine::dive
