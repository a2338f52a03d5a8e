// SPDX-License-Identifier: Apache-2.0
#include "proxy/http2_link.h"

#include "gtest/gtest.h"

#include "runtime/testing/memory_stream.h"
#include "runtime/testing/test_loop.h"

namespace seine::proxy {
namespace {

using namespace std::chrono_literals;
using runtime::Task;
using runtime::testing::MemoryStream;
using runtime::testing::TestLoop;

struct Lab final : http::Connector, Http2Link::Observer {
  TestLoop t;
  FastRandom random{5};
  int attempts = 0;
  int changes = 0;
  bool refuse = true;
  std::vector<std::unique_ptr<MemoryStream>> far_ends;
  Http2Link link{t.loop, random, {.min = 100ms, .max = 1s, .jitter = 0.1}, {}, *this, this};

  Task<Result<std::unique_ptr<runtime::Stream>>> connect() override {
    ++attempts;
    if (refuse) co_return fail(ErrorCode::kConnectRefused, "nobody there");
    auto [near, far] = MemoryStream::make_pair();
    far_ends.push_back(std::move(far));
    co_return std::move(near);
  }
  void on_link_change() override { ++changes; }
};

TEST(Http2Link, connects_only_when_wanted) {
  Lab lab;
  lab.t.advance(10s);
  EXPECT_EQ(lab.attempts, 0);
  lab.refuse = false;
  lab.t.run(lab.link.attempted());
  EXPECT_TRUE(lab.link.usable());
  EXPECT_EQ(lab.attempts, 1);
  EXPECT_EQ(lab.changes, 1);
}

TEST(Http2Link, tries_again_with_growing_pauses_until_it_stands) {
  Lab lab;
  lab.t.run(lab.link.attempted());
  EXPECT_TRUE(lab.link.failing());
  EXPECT_EQ(lab.link.last_error().code, ErrorCode::kConnectRefused);
  lab.t.advance(3s);
  // 100, 200, 400, 800, 1000 ms, each up to a tenth longer.
  EXPECT_GE(lab.attempts, 5);
  EXPECT_LE(lab.attempts, 6);
  lab.refuse = false;
  lab.t.advance(2s);
  EXPECT_TRUE(lab.link.usable());
  EXPECT_FALSE(lab.link.failing());
  const int attempts = lab.attempts;
  lab.t.advance(10s);
  EXPECT_EQ(lab.attempts, attempts);
}

TEST(Http2Link, a_lost_connection_is_made_anew_on_demand) {
  Lab lab;
  lab.refuse = false;
  lab.t.run(lab.link.attempted());
  lab.far_ends.back()->abort();
  lab.t.settle();
  EXPECT_FALSE(lab.link.usable());
  EXPECT_FALSE(lab.link.failing());
  lab.t.run(lab.link.attempted());
  EXPECT_TRUE(lab.link.usable());
  EXPECT_EQ(lab.attempts, 2);
}

}  // namespace
}  // namespace seine::proxy
