// SPDX-License-Identifier: Apache-2.0
// Flow control: not reading is back-pressure, and what is dropped is given back.
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "http/testing/fed_body.h"
#include "http/testing/http2_pair.h"
#include "runtime/stream_writer.h"

namespace seine::http {
namespace {

using runtime::Task;
using testing::BodyFeed;
using testing::FedBody;
using testing::Http2Pair;
using testing::ScriptedService;

constexpr std::size_t kWindow = 65'535;
constexpr int kChunks = 200;
constexpr std::size_t kChunk = 10'000;
constexpr std::size_t kAhead = 2 * kChunk;  // a stream holds one chunk and the next

// A feed with far more than any window here.
std::unique_ptr<BodyFeed> large_feed() {
  auto feed = std::make_unique<BodyFeed>();
  for (int i = 0; i < kChunks; ++i) feed->push(std::string(kChunk, 'x'));
  feed->end();
  return feed;
}

Task<Result<Response>> answer_at_length(ScriptedService& self, Request) {
  Response response;
  response.body = std::move(self.answer);
  co_return response;
}
Task<Result<Response>> keep_and_hang(ScriptedService& self, Request request) {
  self.kept = std::move(request.body);
  runtime::Waker never(self.loop);
  co_await never.wait();
  co_return Response();
}

Result<Response> get(Http2Pair& pair, BodyFeed& feed) {
  pair.service.handler = answer_at_length;
  pair.service.answer = std::make_unique<FedBody>(feed);
  return pair.send(Http2Pair::request("GET", "/"));
}

TEST(Http2Flow, an_unread_answer_stops_at_the_streams_window) {
  Http2Pair pair;
  const auto feed = large_feed();
  Result<Response> response = get(pair, *feed);
  ASSERT_TRUE(response);
  pair.t.settle();
  EXPECT_GE(feed->taken, kWindow);
  EXPECT_LE(feed->taken, kWindow + kAhead);
  const Result<Collected> body = pair.read(std::move(response->body));
  ASSERT_TRUE(body);
  EXPECT_EQ(body->bytes.size(), kChunks * kChunk);
}

TEST(Http2Flow, an_unread_request_stops_at_the_streams_window) {
  Http2Pair pair;
  pair.service.handler = keep_and_hang;
  const auto feed = large_feed();
  Http2Pair::Call call(pair, Http2Pair::request("POST", "/", std::make_unique<FedBody>(*feed)));
  pair.t.settle();
  EXPECT_GE(feed->taken, kWindow);
  EXPECT_LE(feed->taken, kWindow + kAhead);
}

TEST(Http2Flow, unread_answers_together_stop_at_the_connections_window) {
  Http2Options client;
  client.initial_connection_window = 3 * kWindow;
  Http2Pair pair({}, client);
  std::vector<std::unique_ptr<BodyFeed>> feeds;
  std::vector<Result<Response>> responses;
  for (int i = 0; i < 6; ++i) {
    feeds.push_back(large_feed());
    responses.push_back(get(pair, *feeds.back()));
    ASSERT_TRUE(responses.back());
  }
  pair.t.settle();
  std::size_t taken = 0;
  for (const auto& feed : feeds) taken += feed->taken;
  EXPECT_LE(taken, 3 * kWindow + 6 * kAhead);
  // Dropping them gives the window back to the others, unread data included.
  for (int i = 0; i < 5; ++i) responses[i]->body.reset();
  const Result<Collected> body = pair.read(std::move(responses[5]->body));
  ASSERT_TRUE(body);
  EXPECT_EQ(body->bytes.size(), kChunks * kChunk);
}

TEST(Http2Flow, a_stalled_stream_leaves_the_others_alone) {
  Http2Pair pair;
  const auto stalled = large_feed();
  Result<Response> first = get(pair, *stalled);
  ASSERT_TRUE(first);
  for (int i = 0; i < 20; ++i) {
    const auto feed = large_feed();
    Result<Response> other = get(pair, *feed);
    ASSERT_TRUE(other);
    ASSERT_EQ(pair.read(std::move(other->body))->bytes.size(), kChunks * kChunk);
  }
  EXPECT_LE(stalled->taken, kWindow + kAhead);
}

TEST(Http2Flow, answers_dropped_unread_never_use_up_the_connection) {
  Http2Options client;
  client.initial_connection_window = kWindow;
  Http2Pair pair({}, client);
  for (int i = 0; i < 100; ++i) {
    // Complete before it is dropped, and dropped half way, in turn.
    pair.service.handler = answer_at_length;
    pair.service.answer = make_body(std::string(i % 2 == 0 ? 60'000 : 200'000, 'x'));
    Result<Response> response = pair.send(Http2Pair::request("GET", "/"));
    ASSERT_TRUE(response) << i;
    pair.t.settle();
    response->body.reset();
    pair.t.settle();
  }
  EXPECT_EQ(pair.client->active_streams(), 0U);
  EXPECT_EQ(pair.t.loop.pool().in_use(), 0U);
}

TEST(Http2Flow, requests_dropped_unread_never_use_up_the_connection) {
  Http2Options server;
  server.initial_connection_window = kWindow;
  Http2Pair pair(server);
  pair.service.handler = [](ScriptedService&, Request) -> Task<Result<Response>> {
    co_return Response();
  };
  for (int i = 0; i < 100; ++i) {
    const Result<Response> response =
        pair.send(Http2Pair::request("POST", "/", make_body(std::string(200'000, 'x'))));
    ASSERT_TRUE(response) << i;
    pair.t.settle();
  }
  EXPECT_EQ(pair.client->active_streams(), 0U);
}

TEST(Http2Flow, requests_reset_unread_never_use_up_the_connection) {
  Http2Options server;
  server.initial_connection_window = kWindow;
  Http2Pair pair(server);
  pair.service.handler = ScriptedService::hang;
  for (int i = 0; i < 10; ++i) {
    const Http2Pair::Call call(
        pair, Http2Pair::request("POST", "/", make_body(std::string(20'000, 'x'))));
    pair.t.settle();
    ASSERT_EQ(pair.service.running, 1) << i;
  }
  pair.t.settle();
  EXPECT_EQ(pair.service.running, 0);
  pair.service.handler = ScriptedService::echo;
  Result<Response> response =
      pair.send(Http2Pair::request("POST", "/", make_body(std::string(20'000, 'x'))));
  ASSERT_TRUE(response);
  EXPECT_EQ(pair.read(std::move(response->body))->bytes.size(), 20'000U);
}

TEST(Http2Flow, a_finished_answer_is_read_long_after_its_stream_has_closed) {
  Http2Options client;
  client.initial_connection_window = kWindow;
  Http2Pair pair({}, client);
  pair.service.handler = answer_at_length;
  pair.service.answer = make_body(std::string(50'000, 'x'));
  Result<Response> kept = pair.send(Http2Pair::request("GET", "/"));
  ASSERT_TRUE(kept);
  pair.t.settle();
  pair.service.answer = make_body(std::string(50'000, 'y'));
  Result<Response> second = pair.send(Http2Pair::request("GET", "/"));
  ASSERT_TRUE(second);
  pair.t.settle();
  EXPECT_EQ(pair.read(std::move(kept->body))->bytes, std::string(50'000, 'x'));
  EXPECT_EQ(pair.read(std::move(second->body))->bytes, std::string(50'000, 'y'))
      << "reading the first has opened the window for the rest of the second";
}

TEST(Http2Flow, a_peer_that_does_not_read_bounds_what_is_queued_for_it) {
  Http2Options wide;
  wide.initial_stream_window = 8 * 1024 * 1024;
  wide.initial_connection_window = 64 * 1024 * 1024;
  Http2Pair pair({}, wide);
  pair.t.settle();
  pair.server_end->capacity = 1;
  const auto feed = large_feed();
  pair.service.handler = answer_at_length;
  pair.service.answer = std::make_unique<FedBody>(*feed);
  Http2Pair::Call call(pair, Http2Pair::request("GET", "/"));
  for (int i = 0; i < 100; ++i) pair.t.loop.run_turn(false);
  EXPECT_LE(feed->taken, runtime::StreamWriter::kHighWater + 2 * kAhead);
  pair.server_end->capacity = 0;
  pair.t.settle();
  ASSERT_TRUE(call.result.has_value() && *call.result);
  EXPECT_EQ(pair.read(std::move((*call.result)->body))->bytes.size(), kChunks * kChunk);
}

TEST(Http2Flow, all_goes_through_however_small_the_pieces) {
  for (const std::size_t piece : {1U, 7U, 1000U}) {
    Http2Pair pair;
    pair.client_end->max_read = piece;
    pair.server_end->max_read = piece;
    pair.client_end->max_write = piece;
    pair.server_end->max_write = piece;
    Headers trailers;
    trailers.add("x-t", "1");
    const std::string text(piece * 3000, 'z');
    Result<Response> response =
        pair.send(Http2Pair::request("POST", "/", make_body(text, trailers)));
    ASSERT_TRUE(response);
    const Result<Collected> body = pair.read(std::move(response->body));
    ASSERT_TRUE(body);
    EXPECT_TRUE(body->bytes == text);
    EXPECT_EQ(body->trailers.get("x-t"), "1");
  }
}

}  // namespace
}  // namespace seine::http
