// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <vector>

#include "gtest/gtest.h"

#include "proxy/balance/p2c.h"
#include "proxy/balance/peak_ewma.h"

namespace seine::proxy {
namespace {

using namespace std::chrono_literals;

TEST(PeakEwma, a_slow_answer_counts_at_once_and_a_fast_one_slowly) {
  ManualClock clock;
  PeakEwma ewma(30ms, 10s, clock.now());
  ewma.record(200ms, clock.now());
  EXPECT_DOUBLE_EQ(ewma.load(clock.now()), 200e6);
  clock.advance(10s);
  ewma.record(10ms, clock.now());
  // 200 ms * e^-1 + 10 ms * (1 - e^-1)
  EXPECT_NEAR(ewma.load(clock.now()), 200e6 * 0.36788 + 10e6 * 0.63212, 1e4);
}

TEST(PeakEwma, what_is_in_flight_multiplies_and_time_forgives) {
  ManualClock clock;
  PeakEwma ewma(30ms, 10s, clock.now());
  const double alone = ewma.load(clock.now());
  ewma.begin();
  ewma.begin();
  EXPECT_DOUBLE_EQ(ewma.load(clock.now()), 3 * alone);
  clock.advance(100s);
  EXPECT_LT(ewma.load(clock.now()), alone / 100);
  ewma.end();
  EXPECT_EQ(ewma.pending(), 1U);
}

TEST(PeakEwma, a_penalty_counts_at_once_and_is_forgiven_by_itself) {
  ManualClock clock;
  PeakEwma ewma(30ms, 10s, clock.now());
  ewma.penalise(5s, 20s, clock.now());
  EXPECT_DOUBLE_EQ(ewma.load(clock.now()), 5e9);
  ewma.record(1ms, clock.now());
  ewma.penalise(1s, 20s, clock.now());
  EXPECT_DOUBLE_EQ(ewma.load(clock.now()), 5e9) << "neither a quick answer nor a lesser penalty";
  clock.advance(20s);
  EXPECT_NEAR(ewma.load(clock.now()), 5e9 * 0.36788, 1e6);
}

TEST(P2c, prefers_the_less_loaded_and_spares_the_unready) {
  FastRandom random(7);
  const std::vector<double> loads = {10, 1, 1, 1};
  const std::vector<bool> ready = {true, true, true, false};
  std::array<int, 4> chosen{};
  for (int i = 0; i < 10'000; ++i) {
    const auto index = pick_p2c(
        loads.size(), random, [&](std::size_t k) { return ready[k]; },
        [&](std::size_t k) { return loads[k]; });
    ASSERT_TRUE(index.has_value());
    ++chosen[*index];
  }
  EXPECT_EQ(chosen[3], 0);
  EXPECT_LT(chosen[0], 2000);
  EXPECT_NEAR(chosen[1], chosen[2], 1000);
}

TEST(P2c, finds_the_only_ready_one_among_many_and_says_none) {
  FastRandom random(7);
  const auto only = [](std::size_t k) { return k == 777; };
  const auto zero = [](std::size_t) { return 0.0; };
  EXPECT_EQ(pick_p2c(1000, random, only, zero), 777U);
  EXPECT_EQ(pick_p2c(1000, random, [](std::size_t) { return false; }, zero), std::nullopt);
  EXPECT_EQ(pick_p2c(0, random, only, zero), std::nullopt);
}

TEST(P2c, spreads_equal_loads_evenly_over_two) {
  FastRandom random(3);
  std::array<int, 2> chosen{};
  for (int i = 0; i < 10'000; ++i) {
    ++chosen[*pick_p2c(
        2, random, [](std::size_t) { return true; }, [](std::size_t) { return 1.0; })];
  }
  EXPECT_NEAR(chosen[0], 5000, 400);
}

}  // namespace
}  // namespace seine::proxy
