// SPDX-License-Identifier: Apache-2.0
// Kills with SIGKILL whoever takes what agents tell, again and again: what was acknowledged is
// there, and everything once.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <set>

#include "gtest/gtest.h"

#include "base/descriptor.h"
#include "dive/catalog/cluster_news.h"
#include "dive/records/testing/records_world.h"
#include "dive/store/epochs.h"

namespace seine::dive {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using testing::kNoon;

constexpr int kRounds = 25;

std::string text(std::uint64_t number) {
  return std::to_string(number);
}

// Messages of a number are the same in every process. Every third is a rollout of its workload.
::dive::v1::DeploymentMessage deployment_of(std::uint64_t number) {
  const auto at = static_cast<double>(number);
  AgentScript script;
  auto message = script.changed(
      at, "w" + text(number % 4),
      {{.name = "p" + text(number), .version = "v" + text(number / 12), .since = at}});
  message.mutable_envelope()->set_sequence(number);
  return message;
}
::dive::v1::ServiceMessage service_of(std::uint64_t number) {
  AgentScript script;
  auto message =
      script.service(static_cast<double>(number), "s" + text(number % 5), {"w" + text(number % 3)});
  message.mutable_envelope()->set_sequence(number);
  return message;
}
::dive::v1::AddEventRequest event_of(std::uint64_t number) {
  return testing::found_at(static_cast<double>(number), number, "event." + text(number));
}
::dive::v1::MetricMessage metric_of(std::uint64_t number) {
  testing::TestProxy proxy{.sequence = number - 1};
  testing::TestAgent agent{.sequence = number - 1};
  auto bucket = proxy.bucket(kNoon - hours(5) + seconds(10) * static_cast<std::int64_t>(number));
  testing::add_row(bucket, {.count = 1 + number % 7});
  return agent.message({bucket});
}

struct Told {
  Method method{};
  std::uint64_t sequence = 0;
};
using Acknowledged = std::map<Method, std::uint64_t>;

class RecordsKillTest : public testing::RecordsTest {
 protected:
  // Tells from a little before `next` on, as an agent does after a cut, and says what was
  // acknowledged. Never returns.
  [[noreturn]] void take_for_ever(std::uint64_t next, int told) {
    sql::testing::RealLoop real;
    real.clock.set_date(kNoon);
    auto database = fixture_->open(real, {});
    if (!database) ::_exit(1);
    auto store = real.run(Store::open(real.loop, *std::move(database), {}));
    if (!store) ::_exit(2);
    auto records = real.run(Records::open(real.loop, **store));
    if (!records) ::_exit(3);
    StoreSink sink(real.loop, **store, **records);
    const auto say = [told](Told each) {
      if (::write(told, &each, sizeof each) != sizeof each) ::_exit(4);
    };
    for (std::uint64_t number = next > 1 ? next - 1 : 1;; number += 2) {
      const std::uint64_t last = number + 1;
      const auto taken = [&](auto made) {
        if (!real.run(sink.add("demo", std::vector{made(number), made(last)}))) ::_exit(5);
      };
      taken(deployment_of);
      say({Method::kDeployment, last});
      taken(service_of);
      say({Method::kService, last});
      taken(event_of);
      say({Method::kEvent, last});
      taken(metric_of);
      say({Method::kMetric, last});
    }
  }
  // Adds what was acknowledged before the kill.
  void kill_after(Acknowledged& acknowledged, int acknowledgements) {
    sink_.reset();
    records_.reset();
    store_.reset();
    int ends[2] = {-1, -1};
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const Descriptor ours(ends[0]);
    Descriptor theirs(ends[1]);
    const pid_t child = ::fork();
    if (child == 0) take_for_ever(acknowledged[Method::kMetric] + 1, ends[1]);
    theirs.reset();
    Told told{};
    const auto read_one = [&] {
      const bool got = ::read(ours.get(), &told, sizeof told) == sizeof told;
      if (got) acknowledged[told.method] = std::max(acknowledged[told.method], told.sequence);
      return got;
    };
    for (int i = 0; i < acknowledgements && read_one(); ++i) {
    }
    // Somewhere in the next write.
    real_.pass(std::chrono::microseconds(told.sequence * 7919 % 3000));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "it gave up by itself: " << WEXITSTATUS(status);
    while (read_one()) {
    }
  }
  std::uint64_t applied(Method method) {
    const auto found = number("SELECT sequence FROM epochs WHERE method = " +
                              std::to_string(static_cast<int>(method)));
    return static_cast<std::uint64_t>(std::max<std::int64_t>(found, 0));
  }
  // Of a catalog that was told everything once.
  void expect_catalog(std::uint64_t deployments, std::uint64_t services) {
    ClusterCatalog expected;
    std::set<std::pair<std::string, std::uint64_t>> rolled_out;
    for (std::uint64_t i = 1; i <= deployments; ++i) {
      for (const auto& each : expected.apply(*read_news(deployment_of(i)))->rollouts) {
        rolled_out.emplace(each.workload.name, each.rollout.number);
      }
    }
    for (std::uint64_t i = 1; i <= services; ++i) {
      ASSERT_TRUE(expected.apply(*read_news(service_of(i))).has_value());
    }
    EXPECT_EQ(catalog(), expected.state());
    EXPECT_EQ(rollouts().size(), rolled_out.size());
    EXPECT_EQ(number("SELECT count(*) FROM pods"), static_cast<std::int64_t>(deployments));
    EXPECT_EQ(number("SELECT count(*) FROM pods WHERE ended = 0"),
              static_cast<std::int64_t>(std::min<std::uint64_t>(deployments, 4)));
  }
};

TEST_F(RecordsKillTest, nothing_that_was_acknowledged_is_lost_and_nothing_is_doubled) {
  Acknowledged acknowledged;
  for (int round = 0; round < kRounds; ++round) {
    kill_after(acknowledged, 6 + round % 9);
    reopen();
    if (HasFatalFailure()) return;
    const auto& state = catalog();
    EXPECT_GE(state.deployments_position.sequence, acknowledged[Method::kDeployment]);
    EXPECT_GE(state.services_position.sequence, acknowledged[Method::kService]);
    expect_catalog(state.deployments_position.sequence, state.services_position.sequence);
    const std::uint64_t events = applied(Method::kEvent);
    EXPECT_GE(events, acknowledged[Method::kEvent]);
    EXPECT_EQ(number("SELECT count(*) FROM events WHERE kind = 3"),
              static_cast<std::int64_t>(events));
    const std::uint64_t metrics = applied(Method::kMetric);
    EXPECT_GE(metrics, acknowledged[Method::kMetric]);
    std::uint64_t requests = 0;
    for (std::uint64_t i = 1; i <= metrics; ++i) requests += 1 + i % 7;
    EXPECT_EQ(requests_of(ask({.about = CountQuestion::About::kAll,
                               .from = kNoon - hours(24),
                               .to = kNoon + hours(24)})),
              requests)
        << "round " << round;
  }
  EXPECT_GT(acknowledged[Method::kMetric], std::uint64_t{kRounds});
}

}  // namespace
}  // namespace seine::dive
