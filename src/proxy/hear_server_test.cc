// SPDX-License-Identifier: Apache-2.0
#include "proxy/hear_server.h"

#include <deque>

#include "gtest/gtest.h"

#include "runtime/testing/memory_stream.h"
#include "runtime/testing/test_loop.h"

namespace seine::proxy {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;
using runtime::testing::MemoryStream;
using runtime::testing::TestLoop;
using Habit = FirstSpeakers::Habit;

// A server that takes connections as tests tell, and one hearing of it.
struct Hearing final : http::Connector {
  TestLoop t;
  std::unique_ptr<MemoryStream> near, far;  // the first connection's; `far` is the server
  int connects = 0;
  bool refuses = false;
  ReadAhead client;
  Guesses guesses;
  std::optional<Result<std::unique_ptr<runtime::Stream>>> heard;
  runtime::TaskScope scope{t.loop, [](Error) {}};

  Hearing() { std::tie(near, far) = MemoryStream::make_pair(); }
  runtime::Task<Result<std::unique_ptr<runtime::Stream>>> connect() override {
    ++connects;
    if (refuses) co_return fail(make_error(ErrorCode::kConnectRefused, "refused"));
    co_return std::move(near);
  }
  void start(Duration patience, bool expected) {
    scope.spawn(run(*this, patience, expected));
    t.settle();
  }
  static runtime::Task<void> run(Hearing& self, Duration patience, bool expected) {
    self.heard =
        co_await hear_server(self.t.loop, patience, expected, self, self.client, self.guesses);
  }
  void say(std::string text) {
    const iovec piece{text.data(), text.size()};
    far->try_write({&piece, 1});
    t.settle();
  }
};

TEST(HearServer, a_greeting_ends_it_and_is_read_again_from_the_start) {
  Hearing lab;
  lab.start(1s, false);
  lab.t.advance(900ms);
  EXPECT_EQ(lab.connects, 0) << "the client is given time first";
  lab.t.advance(200ms);
  EXPECT_EQ(lab.connects, 1);
  EXPECT_FALSE(lab.heard);
  lab.say("220 ready\r\n");
  ASSERT_TRUE(lab.heard && lab.heard->has_value());
  lab.say("more");
  std::string all;
  std::array<std::byte, 4> block{};
  for (;;) {
    const runtime::IoResult read = (**lab.heard)->try_read(block);
    if (read.status != runtime::IoResult::Status::kOk) break;
    all.append(reinterpret_cast<const char*>(block.data()), read.bytes);
  }
  EXPECT_EQ(all, "220 ready\r\nmore");
}

TEST(HearServer, nothing_is_opened_for_a_client_that_has_begun_to_speak) {
  Hearing lab;
  lab.client.append("GE");
  lab.start(1s, false);
  lab.t.advance(20s);
  EXPECT_EQ(lab.connects, 0);
  EXPECT_FALSE(lab.heard);
}

TEST(HearServer, a_client_that_begins_before_the_greeting_is_the_first) {
  Hearing lab;
  lab.start(1s, false);
  lab.t.advance(2s);
  lab.client.append("G");
  lab.say("220 ready\r\n");
  EXPECT_FALSE(lab.heard);
  EXPECT_TRUE(lab.far->hung_up() || lab.far->peer_finished()) << "the connection is kept";
}

TEST(HearServer, what_http_servers_say_to_idle_clients_is_no_greeting) {
  for (const std::string_view said :
       {"HTTP/1.1 408 Request Timeout\r\n\r\n"sv, "\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64"sv,
        "\0\0\0\x04\0\0\0\0\0"sv, "\x15\x03\x03\0\x02\x02\x28"sv}) {
    Hearing lab;
    lab.start(0s, true);
    lab.say(std::string(said));
    EXPECT_FALSE(lab.heard) << said;
  }
  EXPECT_FALSE(
      is_said_to_the_silent("\x4a\0\0\0\x0a"
                            "8.0.36\0"sv))
      << "of MySQL";
  EXPECT_FALSE(is_said_to_the_silent("220 mail ESMTP\r\n"));
  EXPECT_FALSE(is_said_to_the_silent("\0\0\x06\x04\x01\0\0\0\0"sv)) << "an acknowledgement";
}

TEST(HearServer, a_refusal_or_an_end_is_told_only_where_a_greeting_is_expected) {
  for (const bool expected : {false, true}) {
    Hearing refused;
    refused.refuses = true;
    refused.start(0s, expected);
    EXPECT_EQ(refused.heard.has_value(), expected);
    if (expected) EXPECT_FALSE(refused.heard->has_value());

    Hearing ended;
    ended.start(0s, expected);
    ended.far->shutdown_write();
    ended.t.settle();
    EXPECT_EQ(ended.heard.has_value(), expected);
    if (expected) EXPECT_TRUE(ended.heard->has_value()) << "the end is passed on";
  }
}

TEST(HearServer, connections_on_suspicion_are_bounded) {
  Hearing lab;
  std::array<std::optional<Guesses::Place>, Guesses::kMost> taken;
  for (auto& place : taken) EXPECT_TRUE(lab.guesses.enter(place));
  lab.start(1s, false);
  lab.t.advance(20s);
  EXPECT_EQ(lab.connects, 0);

  taken[0].reset();
  std::tie(lab.near, lab.far) = MemoryStream::make_pair();
  lab.start(1s, false);
  lab.t.advance(2s);
  EXPECT_EQ(lab.connects, 1);
  std::optional<Guesses::Place> one_more;
  EXPECT_FALSE(lab.guesses.enter(one_more)) << "it has the place";
  lab.say("HTTP/1.1 408 Request Timeout\r\n\r\n");
  EXPECT_TRUE(lab.guesses.enter(one_more)) << "it has given the place back";

  std::tie(lab.near, lab.far) = MemoryStream::make_pair();
  lab.start(0s, /*expected=*/true);
  EXPECT_EQ(lab.connects, 2) << "a server that is known to speak is no guess";
}

// A client whose detection runs, and the server that may be heard beside it.
struct Detecting {
  Hearing lab;
  std::unique_ptr<MemoryStream> near, client;  // what is detected, and who speaks on it
  FirstSpeakers speakers;
  ReadAhead ahead;
  std::optional<Listening> listening;
  std::optional<Result<FirstWord>> first;

  Detecting() { std::tie(near, client) = MemoryStream::make_pair(); }
  void note(Habit habit) { speakers.note(addr(), habit, lab.t.loop.now()); }
  Habit habit() { return speakers.of(addr(), lab.t.loop.now()); }
  void start(bool off = false) {
    listening.emplace(off ? nullptr : &speakers, addr(), 10s, lab.t.loop.now());
    lab.scope.spawn(run(*this, off ? nullptr : &lab));
    lab.t.settle();
  }
  void speak(std::string text) {
    const iovec piece{text.data(), text.size()};
    client->try_write({&piece, 1});
    lab.t.settle();
  }
  static SocketAddr addr() { return SocketAddr::parse("10.0.0.1:3306").value(); }
  static runtime::Task<void> run(Detecting& self, http::Connector* server) {
    self.first = co_await hear_first(self.lab.t.loop, *self.near, self.ahead, *self.listening,
                                     server, self.lab.guesses);
  }
};

TEST(HearFirst, a_client_that_speaks_is_detected_and_noted_without_a_connection) {
  Detecting lab;
  lab.start();
  lab.speak("GET / HTTP/1.1\r\n");
  ASSERT_TRUE(lab.first && lab.first->has_value());
  EXPECT_EQ((*lab.first)->detection.protocol, Detected::kHttp1);
  EXPECT_FALSE((*lab.first)->server);
  EXPECT_EQ(lab.habit(), Habit::kClient);
  lab.lab.t.advance(20s);
  EXPECT_EQ(lab.lab.connects, 0);
}

TEST(HearFirst, a_server_that_speaks_first_makes_it_raw_and_is_the_callers_to_note) {
  Detecting lab;
  lab.start();
  lab.lab.t.advance(1100ms);
  EXPECT_EQ(lab.lab.connects, 1);
  EXPECT_FALSE(lab.first);
  lab.lab.say("220 ready\r\n");
  ASSERT_TRUE(lab.first && lab.first->has_value());
  EXPECT_EQ((*lab.first)->detection.protocol, Detected::kNotHttp);
  EXPECT_EQ((*lab.first)->detection.result, "server_first");
  EXPECT_TRUE((*lab.first)->server && (*lab.first)->server->has_value());
  EXPECT_EQ(lab.habit(), Habit::kUnknown);
}

TEST(HearFirst, one_that_is_known_to_speak_is_asked_at_once_and_its_refusal_told) {
  Detecting lab;
  lab.note(Habit::kServer);
  lab.lab.refuses = true;
  lab.start();
  ASSERT_TRUE(lab.first && lab.first->has_value());
  ASSERT_TRUE((*lab.first)->server);
  ASSERT_FALSE((*lab.first)->server->has_value());
  EXPECT_EQ((*lab.first)->server->error().code, ErrorCode::kConnectRefused);
}

TEST(HearFirst, silence_ends_at_the_timeout_and_teaches_nothing_of_the_unknown) {
  Detecting lab;
  lab.start();
  lab.lab.t.advance(9900ms);
  EXPECT_FALSE(lab.first);
  lab.lab.t.advance(200ms);
  ASSERT_TRUE(lab.first && lab.first->has_value());
  EXPECT_FALSE((*lab.first)->server);
  EXPECT_EQ(lab.habit(), Habit::kUnknown);
  EXPECT_TRUE(lab.lab.far->hung_up() || lab.lab.far->peer_finished()) << "the connection is kept";
}

TEST(HearFirst, who_leaves_without_a_word_is_an_error_and_no_lesson) {
  Detecting lab;
  lab.note(Habit::kServer);
  lab.start();
  lab.client->abort();
  lab.lab.t.settle();
  ASSERT_TRUE(lab.first);
  EXPECT_FALSE(lab.first->has_value());
  EXPECT_EQ(lab.habit(), Habit::kServer);
}

TEST(HearFirst, switched_off_it_is_the_detection_alone) {
  Detecting lab;
  lab.start(/*off=*/true);
  lab.lab.t.advance(9s);
  EXPECT_EQ(lab.lab.connects, 0);
  EXPECT_FALSE(lab.first);
  lab.speak("GET / HTTP/1.1\r\n");
  ASSERT_TRUE(lab.first && lab.first->has_value());
  EXPECT_EQ(lab.habit(), Habit::kUnknown);
}

TEST(Listening, learns_from_servers_alone_and_unlearns_from_clients) {
  FirstSpeakers speakers;
  const SocketAddr addr = SocketAddr::parse("10.0.0.1:3306").value();
  constexpr TimePoint kNow{1000s};
  const auto listening = [&] { return Listening(&speakers, addr, 10s, kNow); };
  EXPECT_TRUE(listening().to_server());
  EXPECT_FALSE(listening().expects_server());
  EXPECT_EQ(listening().patience(), 1s);

  listening().note_client("", kNow);  // an idle connection of a pool
  EXPECT_FALSE(listening().expects_server()) << "silence teaches nothing";
  EXPECT_TRUE(listening().note_server(kNow));
  EXPECT_TRUE(listening().expects_server());
  EXPECT_FALSE(listening().note_server(kNow)) << "no news";
  listening().note_client("", kNow);  // the server was late
  EXPECT_TRUE(listening().expects_server());
  listening().note_client("x", kNow);  // whoever that was
  EXPECT_FALSE(listening().expects_server());
  EXPECT_TRUE(listening().to_server()) << "the next client is not left to wait";
  listening().note_client("GET / HTTP/1.1\r\n", kNow);
  EXPECT_FALSE(listening().to_server());
  listening().note_client("", kNow);  // it waited in vain; the next need not
  EXPECT_TRUE(listening().to_server());

  const Listening off(nullptr, addr, 10s, kNow);
  EXPECT_FALSE(off.to_server());
  off.note_client("GET", kNow);
  EXPECT_EQ(speakers.of(addr, kNow), Habit::kUnknown);
}

}  // namespace
}  // namespace seine::proxy
