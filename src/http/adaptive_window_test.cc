// SPDX-License-Identifier: Apache-2.0
#include "http/adaptive_window.h"

#include <algorithm>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "http/testing/fed_body.h"
#include "http/testing/http2_frames.h"
#include "http/testing/http2_pair.h"

namespace seine::http {
namespace {

using namespace std::chrono_literals;
using namespace testing;  // NOLINT: frame names

constexpr std::uint32_t kStream = 65'535;
constexpr std::uint32_t kConnection = 1 << 20;

// A peer with one stream that sends all its window lets it in each round trip, as fast as the path
// carries it.
struct Path {
  static constexpr int kSteps = 10;  // of a round trip

  Duration round_trip;
  double bytes_a_second;
  bool is_read = true;
  AdaptiveWindow window{kStream, kConnection};
  TimePoint now{1000s};
  int answer_in = 0;  // steps; 0: no PING is out
  int pings = 0;

  void run(int trips) {
    const std::chrono::duration<double> step = round_trip / kSteps;
    const auto carried = static_cast<std::size_t>(bytes_a_second * step.count());
    std::size_t left = 0;
    for (int i = 0; i < trips * kSteps; ++i, now += round_trip / kSteps) {
      if (answer_in > 0 && --answer_in == 0) window.on_answer(now);
      if (i % kSteps == 0) left = window.stream();
      const std::size_t bytes = std::min(left, carried);
      left -= bytes;
      window.on_data(bytes);
      if (is_read) window.on_taken(bytes);
      if (!window.take_ping(now)) continue;
      ++pings;
      answer_in = kSteps;
    }
  }
};

TEST(AdaptiveWindow, grows_until_the_path_is_full_and_not_much_further) {
  Path path{.round_trip = 50ms, .bytes_a_second = 20e6};  // 1 MB under way
  path.run(30);
  EXPECT_GE(path.window.stream(), 1'000'000U);
  EXPECT_LE(path.window.stream(), 2'100'000U);
  EXPECT_EQ(path.window.connection(), 2 * path.window.stream());
}

TEST(AdaptiveWindow, stays_where_it_is_on_a_short_path) {
  Path path{.round_trip = 200us, .bytes_a_second = 100e6};  // 20 kB under way
  path.run(1000);
  EXPECT_EQ(path.window.stream(), kStream);
  EXPECT_EQ(path.window.connection(), kConnection);
  EXPECT_LE(path.pings, 2) << "within 200 ms";
}

TEST(AdaptiveWindow, is_bounded_however_long_and_fast_the_path_is) {
  Path path{.round_trip = 400ms, .bytes_a_second = 10e9};
  path.run(100);
  EXPECT_EQ(path.window.stream(), AdaptiveWindow::kMostOfStream);
  EXPECT_EQ(path.window.connection(), AdaptiveWindow::kMostOfConnection);
  EXPECT_LE(path.pings, 10) << "at the bound nothing is measured any more";
}

TEST(AdaptiveWindow, does_not_grow_for_what_nobody_reads) {
  Path path{.round_trip = 50ms, .bytes_a_second = 20e6, .is_read = false};
  path.run(100);
  EXPECT_EQ(path.pings, 0);
  EXPECT_EQ(path.window.stream(), kStream);
  EXPECT_EQ(path.window.connection(), kConnection);
}

void pass(AdaptiveWindow& window, std::size_t bytes) {
  window.on_data(bytes);
  window.on_taken(bytes);
}

// One measurement: so much comes between a PING and its answer.
bool measure(AdaptiveWindow& window, TimePoint& now, std::size_t bytes, Duration trip) {
  now += 20s;  // no pause is longer
  pass(window, window.stream());
  EXPECT_FALSE(window.take_ping(now)) << "it was idle";
  now += AdaptiveWindow::kFirstPause;
  pass(window, 1);
  EXPECT_TRUE(window.take_ping(now));
  pass(window, bytes);
  now += trip;
  return window.on_answer(now);
}

TEST(AdaptiveWindow, does_not_grow_for_a_queue_on_the_path) {
  // What is more in flight comes no faster, only later.
  AdaptiveWindow window(kStream, kConnection);
  TimePoint now{1000s};
  int grown = 0;
  for (int i = 0; i < 20; ++i) {
    const Duration trip = std::chrono::microseconds(window.stream());  // 1 MB/s
    grown += measure(window, now, window.stream(), trip) ? 1 : 0;
  }
  EXPECT_EQ(grown, 1) << "the first has nothing to be compared with";
}

TEST(AdaptiveWindow, of_a_connection_narrower_than_a_stream_grows_all_the_same) {
  AdaptiveWindow window(4 << 20, kConnection);
  TimePoint now{1000s};
  EXPECT_TRUE(measure(window, now, kConnection, 50ms));
  EXPECT_EQ(window.stream(), 4U << 20);
  EXPECT_EQ(window.connection(), 8U << 20);
}

TEST(AdaptiveWindow, is_as_wide_as_it_is_told_where_that_is_more_than_it_would_grow_to) {
  AdaptiveWindow window(64 << 20, 256 << 20);
  for (TimePoint now(1000s); now < TimePoint(1100s); now += 50ms) {
    pass(window, 100 << 20);
    EXPECT_FALSE(window.take_ping(now));
  }
  EXPECT_EQ(window.stream(), 64U << 20);
}

TEST(AdaptiveWindow, asks_no_second_time_while_an_answer_is_due) {
  AdaptiveWindow window(kStream, kConnection);
  TimePoint now{1000s};
  EXPECT_FALSE(measure(window, now, 100, 50ms));
  EXPECT_FALSE(window.on_answer(now)) << "to no question";
  now += 20s;
  int pings = 0;
  for (int i = 0; i < 10'000; ++i, now += 10ms) {
    pass(window, kStream);
    pings += window.take_ping(now) ? 1 : 0;
  }
  EXPECT_EQ(pings, 1) << "which nobody answers";
  EXPECT_EQ(window.stream(), kStream);
  window.on_answer(now);  // after 100 s
  EXPECT_LE(window.stream(), AdaptiveWindow::kMostOfStream);
  EXPECT_LE(window.connection(), AdaptiveWindow::kMostOfConnection);
}

TEST(AdaptiveWindow, small_messages_cost_no_ping) {
  AdaptiveWindow window(kStream, kConnection);
  TimePoint now{1000s};
  EXPECT_FALSE(window.take_ping(now)) << "nothing came";
  for (int i = 0; i < 60'000; ++i, now += 10ms) {  // ten minutes
    pass(window, 300);
    EXPECT_FALSE(window.take_ping(now));
  }
}

TEST(AdaptiveWindow, large_messages_that_are_over_at_once_cost_no_ping) {
  AdaptiveWindow window(kStream, kConnection);
  for (TimePoint now(1000s); now < TimePoint(1600s); now += 5s) {
    for (int i = 0; i < 100; ++i) {
      pass(window, 16'384);
      EXPECT_FALSE(window.take_ping(now + i * 500us));
    }
  }
}

TEST(AdaptiveWindow, pings_ever_more_seldom_where_nothing_changes) {
  AdaptiveWindow window(kStream, kConnection);
  TimePoint now{1000s};
  int pings = 0;
  for (int i = 0; i < 6'000; ++i, now += 10ms) {  // a minute at 1 MB/s
    pass(window, 10'000);
    if (!window.take_ping(now)) continue;
    ++pings;
    EXPECT_FALSE(window.on_answer(now + 1ms));
  }
  EXPECT_GE(pings, 5);
  EXPECT_LE(pings, 13);
  EXPECT_FALSE(window.take_ping(now + 1h)) << "idle connections stay silent";
}

runtime::Task<Result<Response>> answer_at_length(ScriptedService& self, Request) {
  Response response;
  response.body = std::move(self.answer);
  co_return response;
}

std::unique_ptr<BodyFeed> feed_of(std::size_t megabytes) {
  auto feed = std::make_unique<BodyFeed>();
  for (std::size_t i = 0; i < megabytes * 64; ++i) feed->push(std::string(16'384, 'x'));
  feed->end();
  return feed;
}

Result<Response> get(Http2Pair& pair, BodyFeed& feed) {
  pair.service.handler = answer_at_length;
  pair.service.answer = std::make_unique<FedBody>(feed);
  return pair.send(Http2Pair::request("GET", "/"));
}

// How much of an answer that nobody reads leaves its server, once others have been read.
std::size_t held_back(Http2Options client) {
  Http2Pair pair({}, client);
  for (int i = 0; i < 8; ++i) {
    const auto feed = feed_of(1);
    Result<Response> read = get(pair, *feed);
    EXPECT_EQ(pair.read(std::move(read->body))->bytes.size(), std::size_t{1} << 20);
    pair.t.advance(150ms);
  }
  const auto unread = feed_of(32);
  const Result<Response> kept = get(pair, *unread);
  pair.t.settle();
  EXPECT_TRUE(pair.client->usable());
  return unread->taken;
}

TEST(AdaptiveWindow, of_a_connection_widens_its_streams_within_the_bound) {
  constexpr std::size_t kAhead = 3 * 16'384;  // a stream holds some chunks more
  EXPECT_LE(held_back({}), kStream + kAhead);
  const std::size_t wide = held_back({.adaptive_windows = true});
  EXPECT_GE(wide, std::size_t{2} * kStream);
  EXPECT_LE(wide, AdaptiveWindow::kMostOfStream + kAhead);
}

TEST(AdaptiveWindow, of_a_server_widens_what_clients_may_send) {
  Http2Pair pair({.adaptive_windows = true});
  for (int i = 0; i < 8; ++i) {
    const auto feed = feed_of(1);
    Result<Response> response =
        pair.send(Http2Pair::request("POST", "/", std::make_unique<FedBody>(*feed)));
    ASSERT_TRUE(response);
    EXPECT_EQ(pair.read(std::move(response->body))->bytes.size(), std::size_t{1} << 20);
    pair.t.advance(150ms);
  }
  pair.service.handler = ScriptedService::hang;
  const auto unread = feed_of(16);
  const Http2Pair::Call call(pair,
                             Http2Pair::request("POST", "/", std::make_unique<FedBody>(*unread)));
  pair.t.settle();
  EXPECT_GE(unread->taken, std::size_t{2} * kStream);
}

// A client whose server speaks frames by hand, and what the client sends.
class AdaptiveWindowWire : public ::testing::Test {
 protected:
  AdaptiveWindowWire() {
    auto [near, far] = runtime::testing::MemoryStream::make_pair();
    server_ = std::move(far);
    Http2Options options;
    options.adaptive_windows = true;
    options.keepalive_interval = 10s;
    options.keepalive_timeout = 3s;
    client_ = std::make_unique<Http2Client>(t_.loop, std::move(near), options);
    send(frame(kSettings, 0, 0));
    reading_.spawn(read_answer(*this));
    t_.settle();
    server_->unread().erase(0, kPreface.size());
    send(headers(1, {{":status", "200"}}, /*end_stream=*/false));
    (void)sent();
  }
  static runtime::Task<void> read_answer(AdaptiveWindowWire& self) {
    Result<Response> response = co_await self.client_->send(Http2Pair::request("GET", "/"));
    if (!response) co_return;
    self.read_ = co_await collect(self.t_.loop, std::move(response->body), 64 << 20);
  }
  void send(const std::string& bytes) {
    write_all(*server_, bytes);
    t_.settle();
  }
  void send_data(int kilobytes) {
    std::string bytes;
    for (int i = 0; i < kilobytes; i += 16) bytes += frame(kData, 0, 1, std::string(16'384, 'x'));
    send(bytes);
  }
  // Frames since the last call.
  std::vector<RawFrame> sent() { return take_frames(server_->unread()); }
  static std::vector<std::string> pings(const std::vector<RawFrame>& frames) {
    std::vector<std::string> payloads;
    for (const RawFrame& each : frames) {
      if (each.type == kPing && each.flags == 0) payloads.push_back(each.payload);
    }
    return payloads;
  }
  // The window of a stream that was announced last; 0: none was.
  static std::uint32_t announced(const std::vector<RawFrame>& frames) {
    std::uint32_t window = 0;
    for (const RawFrame& each : frames) {
      if (each.type != kSettings || each.payload.size() != 6) continue;
      EXPECT_EQ(each.payload.substr(0, 2), number(4, 2));
      for (const char byte : each.payload.substr(2)) {
        window = window << 8 | static_cast<unsigned char>(byte);
      }
    }
    return window;
  }

  runtime::testing::TestLoop t_;
  std::unique_ptr<runtime::testing::MemoryStream> server_;
  std::unique_ptr<Http2Client> client_;
  std::optional<Result<Collected>> read_;
  runtime::TaskScope reading_{t_.loop, [](Error) {}};
};

const std::string kOurs = "seinewnd";

TEST_F(AdaptiveWindowWire, grow_with_the_answer_to_their_own_ping_alone) {
  send_data(48);
  EXPECT_TRUE(pings(sent()).empty()) << "it may be all";
  t_.advance(100ms);
  send_data(16);
  EXPECT_EQ(pings(sent()), std::vector<std::string>{kOurs});
  send_data(32);
  send(frame(kPing, kAck, 0, std::string(8, '\0')) + frame(kPing, kAck, 0, "whatever"));
  EXPECT_EQ(announced(sent()), 0U);
  t_.advance(20ms);
  send(frame(kPing, kAck, 0, kOurs));
  EXPECT_EQ(announced(sent()), 2U * 48 * 1024);
  send(frame(kPing, kAck, 0, kOurs) + frame(kPing, kAck, 0, kOurs));
  EXPECT_TRUE(sent().empty()) << "to no question";
  EXPECT_TRUE(client_->usable());
}

TEST_F(AdaptiveWindowWire, leave_keepalive_as_it_is_where_their_ping_is_not_answered) {
  send_data(48);
  t_.advance(100ms);
  send_data(16);
  EXPECT_EQ(pings(sent()), std::vector<std::string>{kOurs});
  t_.advance(9s);
  send_data(16);
  EXPECT_TRUE(pings(sent()).empty());
  t_.advance(11s);
  EXPECT_EQ(pings(sent()), std::vector<std::string>{std::string(8, '\0')}) << "keepalive's";
  send(frame(kPing, kAck, 0, std::string(8, '\0')));
  t_.advance(4s);
  EXPECT_TRUE(client_->usable()) << "the one for the windows is no sign of life";
  t_.advance(20s);
  EXPECT_FALSE(client_->usable()) << "keepalive's was not answered";
}

TEST_F(AdaptiveWindowWire, stay_as_they_are_for_a_small_answer) {
  send(frame(kData, 0, 1, std::string(1'000, 'x')));
  t_.advance(5ms);
  send(frame(kData, kEndStream, 1, std::string(1'000, 'x')));
  const std::vector<RawFrame> frames = sent();
  EXPECT_TRUE(frames.empty()) << "no PING, no SETTINGS";
  EXPECT_TRUE(read_.has_value() && *read_);
}

}  // namespace
}  // namespace seine::http
