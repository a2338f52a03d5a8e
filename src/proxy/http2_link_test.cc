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

// A link to servers that take so many streams of each connection, and answer none.
struct Limited final : http::Connector {
  TestLoop t;
  FastRandom random{5};
  http::testing::ScriptedService service{t.loop};
  runtime::Drain drain;
  const std::uint32_t limit;
  int attempts = 0;
  bool refuse = false;
  bool hang = false;
  std::vector<MemoryStream*> far_ends;  // as long as they are served
  Http2Link link;
  runtime::TaskScope servers{t.loop, [](Error) {}};

  explicit Limited(std::uint32_t streams, std::size_t connections = 4)
      : limit(streams), link(t.loop, random, {100ms, 1s, 0.1}, {}, *this, nullptr, connections) {
    service.handler = http::testing::ScriptedService::hang;
    t.run(link.attempted());
    t.settle();  // its SETTINGS came
  }
  Task<Result<std::unique_ptr<runtime::Stream>>> connect() override {
    ++attempts;
    runtime::Waker never(t.loop);
    if (hang) co_await never.wait();
    if (refuse) co_return fail(ErrorCode::kConnectRefused, "nobody there");
    auto [near, far] = MemoryStream::make_pair();
    far_ends.push_back(far.get());
    servers.spawn(serve(*this, std::move(far)));
    co_return std::move(near);
  }
  static Task<void> serve(Limited& self, std::unique_ptr<MemoryStream> far) {
    http::Http2Options options;
    options.max_concurrent_streams = self.limit;
    co_await http::serve_http2(self.t.loop, *far, {}, self.service, self.drain, options);
  }
};

// As an endpoint sends: dropping it cancels.
struct Sent {
  explicit Sent(Limited& lab, bool settles = true) : scope(lab.t.loop, [](Error) {}) {
    scope.spawn(run(lab, *this));
    if (settles) lab.t.settle();
  }
  static Task<void> run(Limited& lab, Sent& self) {
    if (lab.link.should_widen()) co_await lab.link.widened();
    self.is_prepared = true;
    if (!lab.link.usable()) co_return;
    self.client = lab.link.client();
    self.result = co_await self.client->send(http::testing::Http2Pair::request("GET", "/"));
  }
  bool is_prepared = false;
  std::shared_ptr<http::Http2Client> client;
  std::optional<Result<http::Response>> result;
  runtime::TaskScope scope;
};

std::vector<std::unique_ptr<Sent>> send(Limited& lab, int count) {
  std::vector<std::unique_ptr<Sent>> sent;
  for (int i = 0; i < count; ++i) sent.push_back(std::make_unique<Sent>(lab));
  return sent;
}

TEST(Http2Link, a_peer_of_few_streams_has_spare_connections_up_to_the_bound) {
  for (const std::uint32_t limit : {1U, 10U}) {
    Limited lab(limit);
    const int places = static_cast<int>(4 * limit);
    auto sent = send(lab, places);
    EXPECT_EQ(lab.attempts, 4) << limit;
    EXPECT_EQ(lab.service.running, places) << "none waits";
    auto more = send(lab, 3);
    EXPECT_EQ(lab.attempts, 4);
    EXPECT_EQ(lab.service.running, places);
    EXPECT_EQ(lab.link.active_streams(), static_cast<std::size_t>(places + 3)) << "these wait";
    sent.clear();
    lab.t.settle();
    EXPECT_EQ(lab.service.running, 3);
  }
}

TEST(Http2Link, a_peer_with_room_has_one_connection) {
  Limited lab(100);
  const auto sent = send(lab, 100);
  EXPECT_EQ(lab.attempts, 1);
  EXPECT_EQ(lab.service.running, 100);
}

TEST(Http2Link, a_burst_waits_for_one_spare_connection) {
  Limited lab(2);
  const auto first = send(lab, 2);
  lab.hang = true;
  const auto burst = send(lab, 2);
  EXPECT_EQ(lab.attempts, 2) << "one attempt for both";
  EXPECT_FALSE(burst[0]->is_prepared || burst[1]->is_prepared);
}

TEST(Http2Link, a_burst_sends_nothing_that_the_peer_would_refuse) {
  Limited lab(2);
  const auto first = send(lab, 2);
  std::vector<std::unique_ptr<Sent>> burst;
  for (int i = 0; i < 50; ++i) burst.push_back(std::make_unique<Sent>(lab, /*settles=*/false));
  lab.t.settle();
  EXPECT_EQ(lab.attempts, 4);
  EXPECT_EQ(lab.service.running, 8);
  EXPECT_EQ(lab.link.active_streams(), 52U);
  for (const auto& each : burst) EXPECT_FALSE(each->result.has_value()) << "it waits in line";
}

TEST(Http2Link, a_burst_is_no_reason_for_spares_before_the_peer_has_said_what_it_takes) {
  Lab lab;
  lab.refuse = false;
  lab.t.run(lab.link.attempted());
  runtime::TaskScope calls(lab.t.loop, [](Error) {});
  std::vector<std::optional<Result<http::Response>>> responses(300);
  Http2Link wide(lab.t.loop, lab.random, {100ms, 1s, 0.1}, {}, lab, nullptr, 4);
  lab.t.run(wide.attempted());
  for (auto& response : responses) calls.spawn(call(wide.client(), response));
  lab.t.settle();
  EXPECT_EQ(wide.active_streams(), 300U);
  EXPECT_FALSE(wide.should_widen());
}

TEST(Http2Link, who_waits_for_a_spare_has_the_stream_that_becomes_free_meanwhile) {
  Limited lab(1);
  auto first = send(lab, 1);
  lab.hang = true;
  const auto waiting = send(lab, 2);
  EXPECT_FALSE(waiting[0]->is_prepared || waiting[1]->is_prepared);
  first.clear();
  lab.t.settle();
  EXPECT_TRUE(waiting[0]->is_prepared) << "the first of them";
  EXPECT_FALSE(waiting[1]->is_prepared);
  EXPECT_EQ(lab.service.running, 1);
}

TEST(Http2Link, a_spare_that_says_goaway_at_once_is_not_tried_again_and_again) {
  using namespace http::testing;  // NOLINT: frame names
  Lab lab;
  lab.refuse = false;
  Http2Link link(lab.t.loop, lab.random, {100ms, 1s, 0.1}, {}, lab, nullptr, 4);
  lab.t.run(link.attempted());
  write_all(*lab.far_ends.back(), frame(kSettings, 0, 0, number(3, 2) + number(1, 4)));
  lab.t.settle();
  runtime::TaskScope calls(lab.t.loop, [](Error) {});
  std::optional<Result<http::Response>> response;
  calls.spawn(call(link.client(), response));
  lab.t.settle();
  ASSERT_TRUE(link.should_widen());
  calls.spawn(link.widened());
  lab.t.settle();
  ASSERT_EQ(lab.attempts, 2);
  write_all(*lab.far_ends.back(),
            frame(kSettings, 0, 0) + frame(kGoaway, 0, 0, std::string(8, '\0')));
  lab.t.settle();
  EXPECT_EQ(lab.attempts, 2);
  EXPECT_FALSE(link.should_widen()) << "for a while";
  EXPECT_FALSE(link.failing());
  EXPECT_TRUE(is_dropped(*lab.far_ends.back()));
  lab.t.advance(Http2Link::kSparePause);
  EXPECT_TRUE(link.should_widen());
}

TEST(Http2Link, one_of_several_that_is_drained_ends_its_streams_and_takes_no_more) {
  Limited lab(1);
  auto sent = send(lab, 3);
  ASSERT_EQ(lab.attempts, 3);
  const std::shared_ptr<http::Http2Client> second = sent[1]->client;
  http::testing::write_all(*lab.far_ends[1], http::testing::frame(http::testing::kGoaway, 0, 0,
                                                                  http::testing::number(1, 4) +
                                                                      http::testing::number(0, 4)));
  lab.t.settle();
  EXPECT_FALSE(second->usable());
  EXPECT_EQ(second->active_streams(), 1U);
  EXPECT_FALSE(sent[1]->result.has_value()) << "it goes on";
  EXPECT_EQ(lab.link.active_streams(), 3U);
  const auto more = send(lab, 2);
  EXPECT_EQ(lab.attempts, 5) << "it is none of the four any more";
  EXPECT_EQ(lab.service.running, 5);
  sent.clear();
  lab.t.settle();
  EXPECT_EQ(lab.link.active_streams(), 2U);
}

TEST(Http2Link, idle_spares_are_closed_and_the_oldest_connection_stays) {
  Limited lab(1);
  auto sent = send(lab, 3);
  ASSERT_EQ(lab.servers.size(), 3U);
  lab.t.advance(30s);
  EXPECT_EQ(lab.servers.size(), 3U) << "they are used";
  sent.clear();
  lab.t.advance(20s);
  EXPECT_EQ(lab.servers.size(), 1U);
  EXPECT_TRUE(lab.link.usable());
  lab.t.advance(60s);
  EXPECT_EQ(lab.servers.size(), 1U);
  sent = send(lab, 2);
  EXPECT_EQ(lab.service.running, 2);
}

TEST(Http2Link, a_spare_that_cannot_be_made_leaves_requests_in_line_and_is_no_failure) {
  for (const bool hangs : {false, true}) {
    Limited lab(1);
    auto first = send(lab, 1);
    lab.refuse = !hangs;
    lab.hang = hangs;
    auto second = send(lab, 1);
    EXPECT_EQ(second[0]->is_prepared, !hangs);
    if (hangs) lab.t.advance(Http2Link::kSparePatience);
    EXPECT_TRUE(second[0]->is_prepared) << "it stands in line";
    lab.t.advance(Http2Link::kSpareTimeout - Http2Link::kSparePatience);
    EXPECT_EQ(lab.attempts, 2);
    EXPECT_FALSE(lab.link.failing());
    const auto third = send(lab, 1);
    EXPECT_TRUE(third[0]->is_prepared) << "not tried again so soon";
    EXPECT_EQ(lab.attempts, 2);
    first.clear();
    lab.t.settle();
    EXPECT_EQ(lab.service.running, 1) << "the second had its turn";
  }
}

TEST(Http2Link, a_spare_takes_over_when_the_first_is_gone) {
  Limited lab(1);
  const auto sent = send(lab, 2);
  lab.far_ends.front()->abort();
  lab.t.settle();
  EXPECT_TRUE(sent[0]->result.has_value() && !*sent[0]->result);
  EXPECT_FALSE(sent[1]->result.has_value()) << "the other goes on";
  EXPECT_TRUE(lab.link.usable());
  EXPECT_EQ(lab.link.active_streams(), 1U);
  const auto third = send(lab, 1);
  EXPECT_EQ(lab.attempts, 3);
  EXPECT_EQ(lab.service.running, 2);
}

}  // namespace
}  // namespace seine::proxy
