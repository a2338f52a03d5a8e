// SPDX-License-Identifier: Apache-2.0
// Answers that nobody takes are given up; those that are merely slow, or have nothing to say, are
// not.
#include <memory>
#include <string>
#include <utility>

#include "gtest/gtest.h"

#include "http/testing/fed_body.h"
#include "http/testing/http2_wire_fixture.h"

namespace seine::http {
namespace {

using namespace std::chrono_literals;
using namespace testing;
using runtime::Task;

Task<Result<Response>> give_answer(ScriptedService& self, Request) {
  Response response;
  response.body = std::move(self.answer);
  co_return response;
}

class Http2Stall : public Http2Wire {
 protected:
  static constexpr Duration kTimeout = 10min;
  Http2Stall() {
    options.stall_timeout = kTimeout;
    options.stalls_let_be = 0;
    service.handler = give_answer;
    service.answer = std::make_unique<FedBody>(feed_);
  }
  // One stream, whose window has so much room.
  void ask(std::uint32_t window) {
    begin();
    send(frame(kSettings, 0, 0, number(4, 2) + number(window, 4)));
    send(headers(1, get_fields()));
  }
  void open_window(std::uint32_t more) {
    send(frame(kWindowUpdate, 0, 0, number(more, 4)) + frame(kWindowUpdate, 0, 1, number(more, 4)));
  }

  BodyFeed feed_;
};

TEST_F(Http2Stall, an_answer_that_nobody_takes_is_given_up) {
  feed_.push(std::string(1000, 'x'));
  ask(0);
  t.advance(kTimeout + 1s, 1s);
  EXPECT_FALSE(feed_.dropped) << "once to twice the time";
  t.advance(kTimeout, 1s);
  EXPECT_TRUE(feed_.dropped);
  send("");
  EXPECT_EQ(reset_code(1), Http2Code::kEnhanceYourCalm);
  EXPECT_EQ(offences.counts["stalled stream reset"], 1);
  EXPECT_FALSE(served.has_value()) << "the connection goes on";
}

TEST_F(Http2Stall, a_few_streams_of_a_connection_may_stand_still) {
  options.stalls_let_be = 1;
  feed_.push(std::string(1000, 'x'));
  ask(0);
  t.advance(10 * kTimeout, 1s);
  EXPECT_FALSE(feed_.dropped);
  BodyFeed second;
  second.push(std::string(1000, 'y'));
  service.answer = std::make_unique<FedBody>(second);
  send(headers(3, get_fields()));
  t.advance(2 * kTimeout + 1s, 1s);
  EXPECT_NE(feed_.dropped, second.dropped);
}

TEST_F(Http2Stall, waits_with_peace_between_them_are_none) {
  ask(4);
  for (int i = 0; i < 4; ++i) {
    feed_.push("tick");
    t.advance(kTimeout - 1s, 1s);
    feed_.push("tock");
    t.advance(1s, 1s);
    open_window(4);
    open_window(4);
  }
  EXPECT_FALSE(feed_.dropped);
}

TEST_F(Http2Stall, a_drip_is_no_progress) {
  feed_.push(std::string(10'000, 'x'));
  ask(0);
  for (int i = 0; i < 25; ++i) {
    t.advance(1min, 1s);
    open_window(1);
  }
  EXPECT_TRUE(feed_.dropped);
}

TEST_F(Http2Stall, a_slow_reader_is_waited_for) {
  feed_.push(std::string(1'000'000, 'x'));
  ask(65'535);
  // Half a window after the other, as readers do.
  for (int i = 0; i < 20; ++i) {
    t.advance(9min, 1s);
    open_window(32'768);
  }
  EXPECT_FALSE(feed_.dropped);
  EXPECT_EQ(offences.counts.size(), 0U);
}

TEST_F(Http2Stall, a_stream_without_anything_to_say_is_waited_for) {
  ask(100);
  for (int i = 0; i < 10; ++i) {
    feed_.push("tick");
    t.advance(kTimeout + 1s, 1s);
  }
  t.advance(5h, 10s);
  EXPECT_FALSE(feed_.dropped);
  // Nor is one whose window is used up to the last byte.
  feed_.push(std::string(60, 'x'));
  t.advance(5h, 10s);
  EXPECT_FALSE(feed_.dropped);
  feed_.end();
  t.settle();
  send("");
  EXPECT_EQ(reset_code(1), std::nullopt);
}

TEST_F(Http2Stall, data_that_came_once_the_window_was_used_up_waits_too) {
  ask(4);
  feed_.push("tick");
  t.advance(kTimeout, 1s);
  feed_.push("tock");
  t.advance(2 * kTimeout + 1s, 1s);
  EXPECT_TRUE(feed_.dropped);
}

}  // namespace
}  // namespace seine::http
