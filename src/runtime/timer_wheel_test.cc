// SPDX-License-Identifier: Apache-2.0
#include "runtime/timer_wheel.h"

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace seine::runtime {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr TimePoint kStart{seconds(5000)};

struct Recorder final : TimerNode {
  explicit Recorder(std::vector<int>& log, int id) : log_(log), id_(id) {}
  void on_timer() override { log_.push_back(id_); }
  std::vector<int>& log_;
  int id_;
};

// Advances as a loop does: to the next wake-up the wheel asks for, at most to `until`.
// Returns how many wake-ups it took.
int run_until(TimerWheel& wheel, TimePoint until) {
  int wakes = 0;
  while (true) {
    const auto next = wheel.next();
    if (!next || *next > until) break;
    wheel.advance(*next);
    ++wakes;
  }
  wheel.advance(until);
  return wakes;
}

TEST(TimerWheel, never_fires_early_and_at_most_one_millisecond_late) {
  for (const Duration after :
       {Duration(1), Duration(microseconds(999)), Duration(milliseconds(1)),
        Duration(milliseconds(1) + Duration(1)), Duration(milliseconds(63)),
        Duration(milliseconds(64)), Duration(milliseconds(65)), Duration(milliseconds(4095)),
        Duration(milliseconds(4096)), Duration(milliseconds(4097)), Duration(seconds(262)),
        Duration(hours(5)), Duration(hours(24 * 11)), Duration(hours(24 * 40))}) {
    TimerWheel wheel(kStart);
    std::vector<int> log;
    Recorder timer(log, 1);
    wheel.add(timer, kStart + after);
    run_until(wheel, kStart + after - Duration(1));
    EXPECT_TRUE(log.empty()) << after.count();
    run_until(wheel, kStart + after + milliseconds(1));
    EXPECT_EQ(log.size(), 1U) << after.count();
  }
}

TEST(TimerWheel, fires_in_order_of_time_across_its_levels) {
  TimerWheel wheel(kStart);
  std::vector<int> log;
  Recorder far(log, 4), near(log, 1), middle(log, 2), later(log, 3);
  wheel.add(far, kStart + hours(1));
  wheel.add(later, kStart + seconds(9));
  wheel.add(near, kStart + milliseconds(5));
  wheel.add(middle, kStart + milliseconds(700));
  wheel.advance(kStart + hours(2));  // one leap, as after a suspended machine
  EXPECT_EQ(log, (std::vector<int>{1, 2, 3, 4}));
}

TEST(TimerWheel, a_moment_in_the_past_fires_at_the_next_tick) {
  TimerWheel wheel(kStart);
  wheel.advance(kStart + seconds(10));
  std::vector<int> log;
  Recorder timer(log, 1);
  wheel.add(timer, kStart);
  wheel.advance(kStart + seconds(10));
  EXPECT_TRUE(log.empty());
  wheel.advance(kStart + seconds(10) + milliseconds(1));
  EXPECT_EQ(log.size(), 1U);
}

TEST(TimerWheel, the_end_of_time_never_comes_and_costs_few_wakes) {
  TimerWheel wheel(kStart);
  std::vector<int> log;
  Recorder timer(log, 1);
  wheel.add(timer, TimePoint::max());
  EXPECT_LT(run_until(wheel, kStart + hours(24 * 365)), 40);
  EXPECT_TRUE(log.empty());
  EXPECT_TRUE(timer.linked());
}

TEST(TimerWheel, a_cancelled_timer_costs_one_early_wake_and_then_silence) {
  TimerWheel wheel(kStart);
  std::vector<int> log;
  {
    Recorder timer(log, 1);
    wheel.add(timer, kStart + milliseconds(20));
  }
  EXPECT_EQ(run_until(wheel, kStart + seconds(1)), 1);
  EXPECT_TRUE(log.empty());
  EXPECT_FALSE(wheel.next().has_value());
}

TEST(TimerWheel, adding_again_moves_the_timer) {
  TimerWheel wheel(kStart);
  std::vector<int> log;
  Recorder timer(log, 1);
  wheel.add(timer, kStart + milliseconds(10));
  wheel.add(timer, kStart + seconds(3));
  run_until(wheel, kStart + seconds(2));
  EXPECT_TRUE(log.empty());
  run_until(wheel, kStart + seconds(4));
  EXPECT_EQ(log.size(), 1U);
}

// Adds `next` from within on_timer(), as a timer that arms another does.
struct Chained final : TimerNode {
  Chained(TimerWheel& w, TimerNode& n, TimePoint at) : wheel(w), next(n), when(at) {}
  void on_timer() override { wheel.add(next, when); }
  TimerWheel& wheel;
  TimerNode& next;
  TimePoint when;
};

TEST(TimerWheel, a_timer_added_while_it_advances_keeps_its_time) {
  for (const Duration first : {milliseconds(1), milliseconds(64), milliseconds(4096)}) {
    for (const Duration after :
         {milliseconds(0), milliseconds(1), milliseconds(63), milliseconds(64), milliseconds(4095),
          milliseconds(4096), milliseconds(262'143)}) {
      TimerWheel wheel(kStart);
      std::vector<int> log;
      Recorder second(log, 1);
      Chained chained(wheel, second, kStart + first + after);
      wheel.add(chained, kStart + first);
      run_until(wheel, kStart + first + after - milliseconds(1));
      EXPECT_TRUE(log.empty());
      run_until(wheel, kStart + first + after + milliseconds(1));
      EXPECT_EQ(log.size(), 1U) << first.count() << " " << after.count();
    }
  }
}

// A timer may end another that is due in the same tick.
struct Killer final : TimerNode {
  explicit Killer(std::unique_ptr<Recorder>& v) : victim(v) {}
  void on_timer() override { victim.reset(); }
  std::unique_ptr<Recorder>& victim;
};

TEST(TimerWheel, a_timer_that_dies_while_its_slot_runs_does_not_fire) {
  TimerWheel wheel(kStart);
  std::vector<int> log;
  auto victim = std::make_unique<Recorder>(log, 1);
  Killer killer(victim);
  wheel.add(killer, kStart + milliseconds(7));
  wheel.add(*victim, kStart + milliseconds(7));
  wheel.advance(kStart + milliseconds(7));
  EXPECT_TRUE(log.empty());
}

// The model: what is due when, in a map. Both see the same additions, moves, cancellations and
// steps of time; what fires between two steps must be the same set.
class ModelRun {
 public:
  explicit ModelRun(std::uint64_t seed) : random_(seed) {}

  void step() {
    switch (pick(4)) {
      case 0:
      case 1: add(); break;
      case 2: cancel(); break;
      default: advance(); break;
    }
  }

  // Distances from under a tick to beyond the wheel's reach, the short ones often.
  Duration distance() {
    const std::uint64_t bits = pick(52);
    return Duration(static_cast<std::int64_t>(random_() & ((1ULL << bits) - 1)));
  }

  void add() {
    const std::size_t i = pick(kTimers);
    const TimePoint when = now_ + distance() - Duration(pick(3) == 0 ? 5'000'000 : 0);
    forget(i);
    wheel_.add(*timers_[i], when);
    // A past moment fires at the next tick; any other at the first tick that is not before it.
    const Duration tick = milliseconds(1);
    const auto ticks = [&](Duration d) { return (d + tick - Duration(1)) / tick; };
    const std::int64_t due = std::max<std::int64_t>(
        ticks(std::max(when - kStart, Duration::zero())), (now_ - kStart) / tick + 1);
    model_.emplace(due, static_cast<int>(i));
  }

  void cancel() {
    const std::size_t i = pick(kTimers);
    forget(i);
    timers_[i]->unlink();
  }

  void advance() {
    now_ += distance();
    wheel_.advance(now_);
    std::vector<int> expected;
    const std::int64_t tick = (now_ - kStart) / milliseconds(1);
    std::vector<std::int64_t> order;
    while (!model_.empty() && model_.begin()->first <= tick) {
      expected.push_back(model_.begin()->second);
      order.push_back(model_.begin()->first);
      due_of_[model_.begin()->second] = model_.begin()->first;
      model_.erase(model_.begin());
    }
    std::vector<std::int64_t> seen;
    for (const int id : fired_) seen.push_back(due_of_[id]);
    ASSERT_TRUE(
        std::is_permutation(fired_.begin(), fired_.end(), expected.begin(), expected.end()));
    ASSERT_EQ(seen, order);
    fired_.clear();
    const auto next = wheel_.next();
    ASSERT_EQ(next.has_value() || model_.empty(), true);
    if (!model_.empty()) {
      ASSERT_LE(*next, kStart + milliseconds(model_.begin()->first));
      ASSERT_GT(*next, now_ - milliseconds(1));
    }
  }

 private:
  static constexpr std::size_t kTimers = 64;
  std::uint64_t pick(std::uint64_t n) { return random_() % n; }
  void forget(std::size_t i) {
    std::erase_if(model_, [&](const auto& entry) { return entry.second == static_cast<int>(i); });
  }

  std::mt19937_64 random_;
  TimePoint now_ = kStart;
  TimerWheel wheel_{kStart};
  std::vector<int> fired_;
  std::vector<std::unique_ptr<Recorder>> timers_ = [this] {
    std::vector<std::unique_ptr<Recorder>> all;
    for (std::size_t i = 0; i < kTimers; ++i) {
      all.push_back(std::make_unique<Recorder>(fired_, static_cast<int>(i)));
    }
    return all;
  }();
  std::multimap<std::int64_t, int> model_;  // tick -> timer
  std::map<int, std::int64_t> due_of_;
};

TEST(TimerWheel, agrees_with_a_sorted_map_over_random_work) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    ModelRun run(seed);
    for (int i = 0; i < 2000; ++i) {
      run.step();
      ASSERT_FALSE(::testing::Test::HasFatalFailure()) << "seed " << seed << " step " << i;
    }
  }
}

}  // namespace
}  // namespace seine::runtime
