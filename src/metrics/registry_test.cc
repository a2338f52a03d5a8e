// SPDX-License-Identifier: Apache-2.0
#include "metrics/registry.h"

#include <atomic>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "metrics/buckets.h"

namespace seine::metrics {
namespace {

using std::chrono::minutes;
using testing::HasSubstr;
using testing::Not;

struct Peer {
  std::string_view direction;
  std::string_view addr;
  void write(LabelWriter& labels) const { labels.add("direction", direction).add("addr", addr); }
};

FamilyOptions plain(std::string name, bool evictable = true) {
  return {.description = {.name = std::move(name), .help = "Help.", .part = Part::kPlain},
          .evictable = evictable};
}

TEST(Registry, writes_the_plain_part_then_open_metrics) {
  ManualClock clock;
  Registry registry(clock, 1);
  auto& requests = registry.counter(plain("request_total"));
  requests.get(0, Peer{"outbound", "10.0.0.2:80"}).add(2);
  requests.get(0, Peer{"inbound", "10.0.0.1:80"}).add();
  constexpr double kBounds[] = {1, 20};
  const Histogram latency = registry.histogram(plain("response_latency_ms"), kBounds).get(0);
  latency.record(1);
  latency.record(1.5);
  latency.record(21);
  registry.gauge({.description = {.name = "queue_length", .help = "Queued."}}).get(0).set(7);
  registry.counter({.description = {.name = "shut_time", .help = "Shut.", .unit = Unit::kSeconds}})
      .get(0, Peer{"outbound", "a"})
      .add(3);
  constexpr double kSeconds[] = {0.05, 1};
  registry
      .histogram({.description = {.name = "took", .help = "Took.", .unit = Unit::kSeconds}},
                 kSeconds)
      .get(0, Peer{"outbound", "a"})
      .record(in_seconds(std::chrono::milliseconds(50)));
  EXPECT_EQ(registry.scrape(),
            R"(# HELP request_total Help.
# TYPE request_total counter
request_total{direction="inbound",addr="10.0.0.1:80"} 1
request_total{direction="outbound",addr="10.0.0.2:80"} 2
# HELP response_latency_ms Help.
# TYPE response_latency_ms histogram
response_latency_ms_bucket{le="1"} 1
response_latency_ms_bucket{le="20"} 2
response_latency_ms_bucket{le="+Inf"} 3
response_latency_ms_count 3
response_latency_ms_sum 23.5
# HELP queue_length Queued.
# TYPE queue_length gauge
queue_length 7
# HELP shut_time_seconds Shut.
# TYPE shut_time_seconds counter
# UNIT shut_time_seconds seconds
shut_time_seconds_total{direction="outbound",addr="a"} 3
# HELP took_seconds Took.
# TYPE took_seconds histogram
# UNIT took_seconds seconds
took_seconds_bucket{direction="outbound",addr="a",le="0.05"} 1
took_seconds_bucket{direction="outbound",addr="a",le="1.0"} 1
took_seconds_bucket{direction="outbound",addr="a",le="+Inf"} 1
took_seconds_count{direction="outbound",addr="a"} 1
took_seconds_sum{direction="outbound",addr="a"} 0.05
# HELP metrics_series_overflows Lookups that shared a family's overflow series, it being full.
# TYPE metrics_series_overflows counter
# EOF
)");
}

TEST(Registry, adds_up_what_each_core_counted) {
  ManualClock clock;
  Registry registry(clock, 3);
  auto& family = registry.counter(plain("hits"));
  for (std::size_t core = 0; core < 3; ++core) family.get(core).add(core + 1);
  auto& latency = registry.histogram(plain("ms"), kLatencyMilliseconds);
  latency.get(0).record(4);
  latency.get(2).record(5);
  const std::string body = registry.scrape();
  EXPECT_THAT(body, HasSubstr("\nhits 6\n"));
  EXPECT_THAT(body, HasSubstr("ms_bucket{le=\"4\"} 1\nms_bucket{le=\"5\"} 2\n"));
  EXPECT_THAT(body, HasSubstr("ms_sum 9\n"));
}

TEST(Registry, gives_equal_labels_the_same_series) {
  ManualClock clock;
  Registry registry(clock, 1);
  registry.counter(plain("hits")).get(0, Peer{"in", "a"}).add();
  registry.counter(plain("hits")).get(0, Peer{"in", "a"}).add();
  EXPECT_EQ(registry.counter(plain("hits")).series_count(), 1U);
  EXPECT_THAT(registry.scrape(), HasSubstr("hits{direction=\"in\",addr=\"a\"} 2\n"));
}

TEST(Registry, drops_series_that_stood_still_for_retain_idle) {
  ManualClock clock;
  Registry registry(clock, 1, minutes(10));
  auto& family = registry.counter(plain("hits"));
  const Counter held = family.get(0, Peer{"in", "held"});
  held.add();
  family.get(0, Peer{"in", "dropped"}).add();
  {
    const Counter busy = family.get(0, Peer{"in", "busy"});
    registry.scrape();
    clock.advance(minutes(9));
    busy.add();
  }
  EXPECT_THAT(registry.scrape(), HasSubstr("dropped"));
  clock.advance(minutes(1));
  const std::string body = registry.scrape();
  EXPECT_THAT(body, HasSubstr("held"));
  EXPECT_THAT(body, HasSubstr("busy"));
  EXPECT_THAT(body, Not(HasSubstr("dropped")));
  clock.advance(minutes(9));
  EXPECT_THAT(registry.scrape(), Not(HasSubstr("busy")));
  family.get(0, Peer{"in", "dropped"}).add();
  EXPECT_THAT(registry.scrape(), HasSubstr("hits{direction=\"in\",addr=\"dropped\"} 1\n"));
}

TEST(Registry, keeps_idle_series_of_families_that_are_not_evictable) {
  ManualClock clock;
  Registry registry(clock, 1, minutes(10));
  registry.counter(plain("hits", /*evictable=*/false)).get(0).add();
  registry.scrape();
  clock.advance(minutes(60));
  registry.scrape();
  clock.advance(minutes(60));
  EXPECT_THAT(registry.scrape(), HasSubstr("\nhits 1\n"));
}

TEST(Registry, a_copied_handle_keeps_its_series) {
  ManualClock clock;
  Registry registry(clock, 1, minutes(10));
  auto& family = registry.counter(plain("hits"));
  auto first = std::make_unique<Counter>(family.get(0));
  Counter copy = *first;
  first.reset();
  const Counter moved = std::move(copy);
  for (int i = 0; i < 3; ++i) {
    registry.scrape();
    clock.advance(minutes(20));
  }
  moved.add();
  EXPECT_THAT(registry.scrape(), HasSubstr("\nhits 1\n"));
}

TEST(Registry, shares_one_series_beyond_the_cap_and_says_so) {
  ManualClock clock;
  Registry registry(clock, 1);
  FamilyOptions options = plain("hits");
  options.max_series = 2;
  auto& family = registry.counter(options);
  for (std::string_view addr : {"a", "b", "c", "d", "a"}) family.get(0, Peer{"in", addr}).add();
  EXPECT_EQ(family.series_count(), 3U);
  const std::string body = registry.scrape();
  EXPECT_THAT(body, HasSubstr("hits{direction=\"in\",addr=\"a\"} 2\n"));
  EXPECT_THAT(body, HasSubstr("hits{overflow=\"true\"} 2\n"));
  EXPECT_THAT(body, HasSubstr("metrics_series_overflows_total{family=\"hits\"} 2\n"));
}

TEST(Registry, asks_collectors_at_each_scrape) {
  ManualClock clock;
  Registry registry(clock, 1);
  std::int64_t length = 1;
  registry.add_callback(Part::kOpenMetrics, [&length](TextWriter& writer) {
    writer.single({.name = "length", .help = "Length."}, Kind::kGauge, length, Peer{"in", "a"});
  });
  EXPECT_THAT(registry.scrape(), HasSubstr("length{direction=\"in\",addr=\"a\"} 1\n"));
  length = -5;
  EXPECT_THAT(registry.scrape(), HasSubstr("length{direction=\"in\",addr=\"a\"} -5\n"));
}

TEST(Registry, is_scraped_while_cores_record_and_look_up) {
  ManualClock clock;
  Registry registry(clock, 2, Duration::zero());
  const Counter held = registry.counter(plain("hits")).get(0);
  std::atomic<bool> done = false;
  std::thread scraper([&] {
    while (!done.load()) registry.scrape();
  });
  std::vector<std::thread> cores;
  for (std::size_t core = 0; core < 2; ++core) {
    cores.emplace_back([&registry, core] {
      auto& hits = registry.counter(plain("hits"));
      auto& latency = registry.histogram(plain("ms"), kLatencyMilliseconds);
      const Counter total = hits.get(core);
      for (int i = 0; i < 2000; ++i) {
        total.add();
        hits.get(core, Peer{"in", i % 2 == 0 ? "a" : "b"}).add();
        latency.get(core).record(i);
      }
    });
  }
  for (std::thread& core : cores) core.join();
  done.store(true);
  scraper.join();
  // What nobody holds may have been dropped in between; what was held has lost nothing.
  EXPECT_THAT(registry.scrape(), HasSubstr("\nhits 4000\n"));
}

}  // namespace
}  // namespace seine::metrics
