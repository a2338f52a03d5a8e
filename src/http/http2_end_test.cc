// SPDX-License-Identifier: Apache-2.0
// The last frames of a connection, and who waits for whom.
#include <span>
#include <string>

#include "gtest/gtest.h"

#include "http/testing/http2_wire_fixture.h"

namespace seine::http {
namespace {

using namespace std::chrono_literals;
using namespace testing;  // NOLINT: frame names
using runtime::Task;

class Http2End : public Http2Wire {
 protected:
  static Task<Result<Response>> answer_3000(ScriptedService&, Request) {
    Response response;
    response.body = make_body(std::string(3000, 'x'));
    co_return response;
  }
  static std::string goaway() { return frame(kGoaway, 0, 0, std::string(8, '\0')); }
  static std::string first_frames() { return std::string(kPreface) + frame(kSettings, 0, 0); }
  // Takes what has come, so that the server may write on.
  void read_some() {
    std::string some(1000, '\0');
    some.resize(peer->try_read(std::as_writable_bytes(std::span(some))).bytes);
    read += some;
    t.settle();
  }
  void pass(Duration time) {
    t.clock.advance(time);
    t.settle();
  }

  std::string read;
};

TEST_F(Http2End, a_peer_that_does_not_read_holds_no_finished_connection) {
  server_end->capacity = 20;
  write_all(*peer, first_frames() + frame(kPing, 0, 0, "12345678") + goaway());
  t.settle();
  peer->shutdown_write();
  pass(19s);
  EXPECT_FALSE(served.has_value()) << "it may read yet";
  pass(2s);
  ASSERT_TRUE(served.has_value());
  EXPECT_TRUE(*served);
  EXPECT_EQ(counts.of(Http2Close::kPeer), 1U);
}

TEST_F(Http2End, nor_does_one_that_leaves_more_behind_than_is_queued_at_once) {
  service.handler = [](ScriptedService&, Request) -> Task<Result<Response>> {
    Response response;
    response.body = make_body(std::string(500'000, 'x'));
    co_return response;
  };
  server_end->capacity = 20;
  write_all(*peer, std::string(kPreface) +
                       frame(kSettings, 0, 0, number(4, 2) + number(1'000'000, 4)) +
                       frame(kWindowUpdate, 0, 0, number(1'000'000, 4)) + headers(1, get_fields()));
  t.settle();
  // What is queued is more than the writer takes at once, and the answer to PING comes after it.
  write_all(*peer,
            frame(kRstStream, 0, 1, number(8, 4)) + frame(kPing, 0, 0, "12345678") + goaway());
  t.settle();
  pass(19s);
  EXPECT_FALSE(served.has_value());
  pass(2s);
  ASSERT_TRUE(served.has_value());
  ASSERT_FALSE(*served);
  EXPECT_EQ(served->error().code, ErrorCode::kTimeout);
  EXPECT_EQ(counts.of(Http2Close::kIo), 1U);
}

TEST_F(Http2End, a_slow_reader_gets_the_whole_answer_even_if_it_has_closed_its_side) {
  service.handler = answer_3000;
  server_end->capacity = 200;
  write_all(*peer, first_frames() + headers(1, get_fields()));
  t.settle();
  peer->shutdown_write();
  t.settle();
  for (int i = 0; i < 100 && !served; ++i) {
    pass(15s);
    read_some();
  }
  read_some();
  ASSERT_TRUE(served.has_value());
  EXPECT_TRUE(*served);
  std::size_t content = 0;
  bool ended = false;
  for (const RawFrame& one : take_frames(read)) {
    if (one.type != kData) continue;
    content += one.payload.size();
    ended = ended || (one.flags & kEndStream) != 0;
  }
  EXPECT_EQ(content, 3000U);
  EXPECT_TRUE(ended);
}

TEST_F(Http2End, a_server_that_has_said_all_reads_on_until_its_client_closes) {
  begin();
  send(headers(1, get_fields()));
  drain.fire();
  send("");
  send(frame(kPing, kAck, 0, last(kPing, 0)->payload));
  EXPECT_TRUE(peer->peer_finished());
  EXPECT_FALSE(served.has_value());
  send(frame(kWindowUpdate, 0, 0, number(100, 4)));
  EXPECT_TRUE(server_end->unread().empty());
  EXPECT_FALSE(served.has_value());
  peer->shutdown_write();
  t.settle();
  EXPECT_TRUE(served.has_value());
  EXPECT_EQ(counts.of(Http2Close::kDrained), 1U);
}

TEST_F(Http2End, a_client_that_never_closes_is_waited_for_a_second) {
  begin();
  drain.fire();
  send("");
  send(frame(kPing, kAck, 0, last(kPing, 0)->payload));
  pass(kHttp2Linger - 10ms);
  EXPECT_FALSE(served.has_value());
  pass(20ms);
  EXPECT_TRUE(served.has_value());
}

TEST(Http2ClientEnd, a_client_is_retired_when_its_connection_is_over_and_not_when_all_has_left) {
  runtime::testing::TestLoop t;
  auto [near, server] = runtime::testing::MemoryStream::make_pair();
  near->capacity = 10;
  Http2Client client(t.loop, std::move(near), Http2Options());
  t.settle();
  EXPECT_TRUE(client.usable());
  server->shutdown_write();
  t.settle();
  EXPECT_FALSE(client.usable());
  EXPECT_FALSE(client.closed().fired());
  t.clock.advance(Http2Options().keepalive_timeout);
  t.settle();
  EXPECT_TRUE(client.closed().fired());
}

}  // namespace
}  // namespace seine::http
