// SPDX-License-Identifier: Apache-2.0
#include "proxy/outbound/retry_account.h"

#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace seine::proxy {
namespace {

using namespace std::chrono_literals;

// How many retries can be had at this instant; they are taken.
int take_all(RetryAccount& account, TimePoint now) {
  int taken = 0;
  while (taken < 10'000 && account.withdraw(now)) ++taken;
  return taken;
}

void deposit(RetryAccount& account, TimePoint now, int times) {
  for (int i = 0; i < times; ++i) account.deposit(now);
}

TEST(RetryAccount, gives_a_retry_for_so_many_answers_as_the_ratio_says) {
  const TimePoint now(1000s);
  RetryAccount account({.retry_ratio = 0.2, .min_retries_per_second = 0, .ttl = 10s});
  EXPECT_FALSE(account.withdraw(now));
  deposit(account, now, 4);
  EXPECT_FALSE(account.withdraw(now)) << "four fifths are not a retry";
  account.deposit(now);
  EXPECT_TRUE(account.withdraw(now));
  EXPECT_FALSE(account.withdraw(now));
  deposit(account, now, 100);
  EXPECT_EQ(take_all(account, now), 20);
  RetryAccount generous({.retry_ratio = 3, .min_retries_per_second = 0, .ttl = 10s});
  generous.deposit(now);
  EXPECT_EQ(take_all(generous, now), 3);
}

TEST(RetryAccount, has_a_reserve_of_so_many_a_second_for_each_ttl) {
  const TimePoint now(1000s);
  RetryAccount account({.retry_ratio = 0, .min_retries_per_second = 2, .ttl = 10s});
  EXPECT_EQ(take_all(account, now), 20);
  deposit(account, now, 1000);
  EXPECT_FALSE(account.withdraw(now)) << "a ratio of nothing deposits nothing";
  EXPECT_FALSE(account.withdraw(now + 8900ms));
  EXPECT_EQ(take_all(account, now + 10s), 20) << "what was taken a ttl ago counts no more";
}

TEST(RetryAccount, deposits_expire_after_the_ttl) {
  const TimePoint now(1000s);
  RetryAccount account({.retry_ratio = 1, .min_retries_per_second = 0, .ttl = 10s});
  deposit(account, now, 3);
  deposit(account, now + 5s, 2);
  EXPECT_TRUE(account.withdraw(now + 8900ms));
  // Of the first three nothing is left, and what was withdrawn counts until its own ttl is over.
  EXPECT_TRUE(account.withdraw(now + 10s));
  EXPECT_FALSE(account.withdraw(now + 10s));
  EXPECT_FALSE(account.withdraw(now + 16s));
  deposit(account, now + 30s, 1);
  EXPECT_TRUE(account.withdraw(now + 30s));
  EXPECT_FALSE(account.withdraw(now + 1000s));
}

TEST(RetryAccount, a_core_whose_clock_is_a_little_behind_deposits_as_well) {
  const TimePoint now(1000s);
  RetryAccount account({.retry_ratio = 1, .min_retries_per_second = 0, .ttl = 1s});
  deposit(account, now, 1);
  deposit(account, now - 50ms, 1);
  EXPECT_EQ(take_all(account, now), 2);
}

TEST(RetryAccount, what_no_cell_could_hold_is_not_taken) {
  const TimePoint now(1000s);
  RetryAccount account({.retry_ratio = 1000, .min_retries_per_second = 4'000'000'000, .ttl = 60s});
  deposit(account, now, 5'000);
  EXPECT_TRUE(account.withdraw(now));
}

TEST(RetryAccount, is_exact_when_several_cores_deposit_at_once) {
  const TimePoint now(1000s);
  RetryAccount account({.retry_ratio = 0.5, .min_retries_per_second = 0, .ttl = 10s});
  std::vector<std::thread> cores;
  for (int core = 0; core < 4; ++core) {
    cores.emplace_back([&] { deposit(account, now, 1000); });
  }
  for (std::thread& core : cores) core.join();
  EXPECT_EQ(take_all(account, now), 2000);
}

}  // namespace
}  // namespace seine::proxy
