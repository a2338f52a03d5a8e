// SPDX-License-Identifier: Apache-2.0
#include "proxy/http2_link.h"

#include "gtest/gtest.h"

#include "http/testing/http2_frames.h"
#include "http/testing/http2_pair.h"
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

// Whether the link has closed its end of the connection.
bool is_dropped(MemoryStream& far_end) {
  const iovec piece{const_cast<char*>("x"), 1};
  return far_end.try_write({&piece, 1}).status == runtime::IoResult::Status::kError;
}

TEST(Http2Link, a_connection_that_is_over_is_closed_without_being_asked_for) {
  using namespace http::testing;  // NOLINT: frame names
  Lab lab;
  lab.refuse = false;
  lab.t.run(lab.link.attempted());
  MemoryStream& far_end = *lab.far_ends.back();
  write_all(far_end, frame(kSettings, 0, 0) + frame(kGoaway, 0, 0, std::string(8, '\0')));
  lab.t.settle();
  EXPECT_TRUE(is_dropped(far_end));
  EXPECT_EQ(lab.attempts, 1);
}

Task<void> call(std::shared_ptr<http::Http2Client> client,
                std::optional<Result<http::Response>>& response) {
  response = co_await client->send(http::testing::Http2Pair::request("GET", "/"));
}

TEST(Http2Link, a_retired_connection_is_closed_when_its_last_stream_has_ended) {
  using namespace http::testing;  // NOLINT: frame names
  Lab lab;
  lab.refuse = false;
  lab.t.run(lab.link.attempted());
  MemoryStream& old = *lab.far_ends.back();
  write_all(old, frame(kSettings, 0, 0));
  std::optional<Result<http::Response>> response;
  runtime::TaskScope calls(lab.t.loop, [](Error) {});
  calls.spawn(call(lab.link.client(), response));
  lab.t.settle();
  write_all(old, frame(kGoaway, 0, 0, number(1, 4) + number(0, 4)));
  lab.t.settle();
  lab.t.run(lab.link.attempted());
  EXPECT_EQ(lab.attempts, 2);
  EXPECT_FALSE(old.peer_finished());
  write_all(old, headers(1, {{":status", "200"}}));
  lab.t.settle();
  EXPECT_TRUE(response.has_value() && *response);
  EXPECT_TRUE(is_dropped(old));
  EXPECT_TRUE(lab.link.usable());
}

}  // namespace
}  // namespace seine::proxy
