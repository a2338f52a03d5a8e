// SPDX-License-Identifier: Apache-2.0
#include "proxy/discovery/watch.h"

#include <string>

#include "gtest/gtest.h"

#include "runtime/combine.h"
#include "runtime/testing/test_loop.h"

namespace seine::proxy {
namespace {

using namespace std::chrono_literals;
using runtime::testing::TestLoop;
using Cache = WatchCache<int, std::string>;
using Hub = WatchHub<int, std::string>;

struct Lab final : WatchSource<int, std::string> {
  TestLoop t;
  int started = 0;
  Publisher<std::string>* publisher = nullptr;
  std::unique_ptr<Cache> cache;
  Hub hub{t.loop, *this, {[this](int key, std::shared_ptr<const std::string> value) {
            cache->publish(key, std::move(value));
          }}};

  Lab()
      : cache(std::make_unique<Cache>(
            t.loop, 5s, [this](int key) { hub.subscribe(key, 0); },
            [this](int key) { hub.unsubscribe(key, 0); })) {}

  runtime::Task<void> watch(int key, Publisher<std::string>& to) override {
    ++started;
    publisher = &to;
    to.publish(std::make_shared<std::string>("first " + std::to_string(key)));
    co_await runtime::sleep_for(t.loop, 24h);
  }
};

TEST(Watch, a_lease_gets_the_first_value_and_every_change) {
  Lab lab;
  Cache::Lease lease = lab.cache->lease(7);
  EXPECT_EQ(lease.value(), nullptr);
  EXPECT_EQ(*lab.t.run(Cache::first(lab.t.loop, lease)), "first 7");
  runtime::Waker waker(lab.t.loop);
  ChangeWatch watch;
  lease.arm(watch, waker);
  lab.publisher->publish(std::make_shared<std::string>("second"));
  EXPECT_TRUE(waker.wait().await_ready());
  EXPECT_EQ(*lease.value(), "second");
}

TEST(Watch, a_second_lease_shares_the_stream) {
  Lab lab;
  Cache::Lease one = lab.cache->lease(7);
  Cache::Lease two = lab.cache->lease(7);
  lab.t.settle();
  EXPECT_EQ(lab.started, 1);
  EXPECT_EQ(two.value(), one.value());
}

TEST(Watch, an_idle_key_is_let_go_and_a_used_one_is_not) {
  Lab lab;
  {
    Cache::Lease lease = lab.cache->lease(7);
    lab.t.advance(20s);
    EXPECT_EQ(lab.hub.size(), 1U);
  }
  lab.t.advance(4s);
  EXPECT_EQ(lab.hub.size(), 1U);
  {
    Cache::Lease again = lab.cache->lease(7);
  }
  lab.t.advance(4s);
  EXPECT_EQ(lab.hub.size(), 1U);
  lab.t.advance(2s);
  EXPECT_EQ(lab.hub.size(), 0U);
  EXPECT_EQ(lab.cache->size(), 0U);
}

TEST(Watch, a_value_for_a_key_let_go_is_dropped) {
  Lab lab;
  lab.cache->publish(9, std::make_shared<std::string>("late"));
  EXPECT_EQ(lab.cache->size(), 0U);
}

}  // namespace
}  // namespace seine::proxy
