// SPDX-License-Identifier: Apache-2.0
// Kills with SIGKILL whoever takes metrics, folds and forgets, again and again: what was
// acknowledged is there, and everything once.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gtest/gtest.h"

#include "base/descriptor.h"
#include "dive/store/testing/store_world.h"

namespace seine::dive {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using testing::kNoon;

constexpr int kRounds = 50;
constexpr std::uint64_t kSeriesOfMessage = 300;  // more than one step of folding takes

std::uint64_t count_of(std::uint64_t number) {
  return 1 + number % 7;
}

// The message of that number is the same in every process. Two of three are of one series, every
// third is of many.
::dive::v1::MetricMessage message_of(std::uint64_t number) {
  testing::TestProxy proxy{.sequence = number - 1};
  testing::TestAgent agent{.sequence = number - 1};
  auto bucket = proxy.bucket(kNoon - hours(5) + seconds(10) * static_cast<std::int64_t>(number));
  const std::uint64_t rows = number % 3 == 0 ? kSeriesOfMessage : 1;
  for (std::uint64_t i = 0; i < rows; ++i) {
    const std::string peer = "web" + std::to_string(i);
    testing::add_row(bucket, {.count = count_of(number), .peer = peer});
  }
  return agent.message({bucket});
}
std::uint64_t requests_of_message(std::uint64_t number) {
  return count_of(number) * (number % 3 == 0 ? kSeriesOfMessage : 1);
}

class KillTest : public testing::StoreTest {
 protected:
  // Sends from a little before `next` on, as an agent does after a cut, and says what was
  // acknowledged. Never returns.
  [[noreturn]] void take_for_ever(std::uint64_t next, int told) {
    sql::testing::RealLoop real;
    real.clock.set_date(kNoon);
    auto database = fixture_->open(real, {});
    if (!database) ::_exit(1);
    auto store = real.run(Store::open(real.loop, *std::move(database), {}));
    if (!store) ::_exit(2);
    Fold folding(real.loop, (*store)->database(), (*store)->retention(), (*store)->turns());
    for (std::uint64_t number = next > 3 ? next - 3 : 1;; number += 2) {
      const auto outcomes = real.run((*store)->metrics().apply(
          cluster_, std::vector{message_of(number), message_of(number + 1)}));
      if (!outcomes) ::_exit(3);
      const std::uint64_t sequence = outcomes->back().sequence;
      if (::write(told, &sequence, sizeof sequence) != sizeof sequence) ::_exit(4);
      if (number % 3 != 0 && !real.run(folding.step(cluster_))) ::_exit(5);
      if (number % 16 == 0 && !real.run((*store)->forget())) ::_exit(6);
    }
  }
  // The last that was acknowledged before the kill, or `last`.
  std::uint64_t kill_after(std::uint64_t last, int acknowledgements) {
    store_.reset();
    int ends[2] = {-1, -1};
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const Descriptor ours(ends[0]);
    Descriptor theirs(ends[1]);
    const pid_t child = ::fork();
    if (child == 0) take_for_ever(last + 1, ends[1]);
    theirs.reset();
    std::uint64_t number = 0;
    const auto read_one = [&] {
      const bool got = ::read(ours.get(), &number, sizeof number) == sizeof number;
      if (got) last = std::max(last, number);
      return got;
    };
    for (int i = 0; i < acknowledgements && read_one(); ++i) {
    }
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "it gave up by itself: " << WEXITSTATUS(status);
    while (read_one()) {
    }
    return last;
  }
};

TEST_F(KillTest, nothing_that_was_acknowledged_is_lost_and_nothing_is_doubled) {
  std::uint64_t acknowledged = 0;
  for (int round = 0; round < kRounds; ++round) {
    acknowledged = kill_after(acknowledged, 1 + round % 4);
    open();
    if (HasFatalFailure()) return;
    const auto applied =
        static_cast<std::uint64_t>(number("SELECT sequence FROM epochs WHERE method = 1"));
    EXPECT_GE(applied, acknowledged);
    std::uint64_t expected = 0;
    for (std::uint64_t i = 1; i <= applied; ++i) expected += requests_of_message(i);
    const CountAnswer answer = ask(
        {.about = CountQuestion::About::kAll, .from = kNoon - hours(24), .to = kNoon + hours(24)});
    EXPECT_EQ(requests_of(answer), expected) << "round " << round;
    Duration measured{};
    for (const CoveredSlot& slot : answer.covered.at(0).slots) measured += slot.measured;
    EXPECT_EQ(measured, seconds(10) * static_cast<std::int64_t>(applied));
    acknowledged = applied;
  }
  fold();
  EXPECT_EQ(number("SELECT count(*) FROM pending"), 0);
}

}  // namespace
}  // namespace seine::dive
