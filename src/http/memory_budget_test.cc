// SPDX-License-Identifier: Apache-2.0
// What connections give up while the process holds more than it may.
#include <memory>
#include <string>
#include <utility>

#include "gtest/gtest.h"

#include "http/testing/fed_body.h"
#include "http/testing/http1_server_fixture.h"
#include "http/testing/http2_wire_fixture.h"

namespace seine::http {
namespace {

using namespace std::chrono_literals;
using namespace testing;
using runtime::ByteBudget;
using runtime::Task;

constexpr std::size_t kMb = 1 << 20;

Task<Result<Response>> give_answer(ScriptedService& self, Request) {
  Response response;
  response.body = std::move(self.answer);
  co_return response;
}

struct Woken final : runtime::Wakeable {
  void on_wake() override {}
};

// Outlives the loop that holds a share of it.
struct WithBudget {
  ByteBudget budget_{kMb};
};

class Http2Memory : protected WithBudget, public Http2Wire {
 protected:
  Http2Memory() { t.loop.pool().share().join(budget_); }
  void post(std::uint32_t stream) {
    FieldList fields = get_fields();
    fields.front().second = "POST";
    send(headers(stream, fields, /*end_stream=*/false));
  }
};

TEST_F(Http2Memory, data_that_nobody_takes_is_dropped_when_far_too_much_is_held) {
  service.handler = ScriptedService::hang;
  begin();
  post(1);
  const std::string some(1000, 'x');
  send(frame(kData, 0, 1, some));
  const ByteBudget::Charge others(t.loop.pool().share(), 2 * kMb);
  const std::size_t held = t.loop.pool().share().held();
  t.advance(kTakenWithin / 2);
  send(frame(kData, 0, 1, some));
  EXPECT_EQ(reset_code(1), std::nullopt) << "its reader may be about to take it";
  t.advance(kTakenWithin / 2);
  send(frame(kData, 0, 1, some));
  EXPECT_EQ(reset_code(1), Http2Code::kEnhanceYourCalm);
  EXPECT_EQ(budget_.counted(ByteBudget::Shed::kStream), 1U);
  EXPECT_LT(t.loop.pool().share().held(), held) << "what came before is dropped as well";
  EXPECT_FALSE(served.has_value()) << "the connection goes on";
}

TEST_F(Http2Memory, a_stream_whose_data_is_taken_goes_on) {
  const ByteBudget::Charge others(t.loop.pool().share(), 2 * kMb);
  begin();
  post(1);
  for (int i = 0; i < 10; ++i) {
    send(frame(kData, 0, 1, std::string(1000, 'x')) + frame(kData, 0, 1, std::string(500, 'x')));
    t.advance(2 * kTakenWithin, 1s);
  }
  EXPECT_EQ(reset_code(1), std::nullopt);
  EXPECT_NE(last(kData, 1), nullptr) << "it is echoed";
}

TEST_F(Http2Memory, the_window_of_the_connection_gets_back_what_was_dropped) {
  options.initial_connection_window = 65'535;
  service.handler = ScriptedService::hang;
  begin();
  const ByteBudget::Charge others(t.loop.pool().share(), 2 * kMb);
  for (std::uint32_t stream = 1; stream < 41; stream += 2) {
    post(stream);
    send(frame(kData, 0, stream, std::string(8000, 'x')));
    t.advance(kTakenWithin, 1s);
    send(frame(kData, 0, stream, std::string(8000, 'x')));
  }
  EXPECT_EQ(budget_.counted(ByteBudget::Shed::kStream), 20U)
      << "20 times 16,000 octets passed a window of 65,535";
}

TEST_F(Http2Memory, answers_that_nobody_takes_are_given_up_soon) {
  options.stall_timeout = 10min;
  service.handler = give_answer;
  BodyFeed feed;
  feed.push(std::string(1000, 'x'));
  service.answer = std::make_unique<FedBody>(feed);
  begin();
  send(frame(kSettings, 0, 0, number(4, 2) + number(0, 4)));
  send(headers(1, get_fields()));
  t.advance(5 * kMemoryLook, 1s);
  EXPECT_FALSE(feed.dropped) << "while there is enough they may wait";
  const ByteBudget::Charge others(t.loop.pool().share(), 2 * kMb);
  t.advance(2 * kMemoryLook + 1s, 1s);
  EXPECT_TRUE(feed.dropped);
  send("");
  EXPECT_EQ(reset_code(1), Http2Code::kEnhanceYourCalm);
  EXPECT_EQ(budget_.counted(ByteBudget::Shed::kReader), 1U);
  EXPECT_EQ(offences.counts["stalled stream reset"], 1);
}

TEST_F(Http2Memory, a_body_that_nobody_takes_is_given_up_though_all_of_it_has_come) {
  service.handler = [](ScriptedService& self, Request request) -> Task<Result<Response>> {
    self.answer = std::move(request.body);
    co_return co_await ScriptedService::hang(self, {});
  };
  begin();
  post(1);
  const std::size_t before = t.loop.pool().share().held();
  send(frame(kData, kEndStream, 1, std::string(1000, 'x')));
  t.advance(5 * kMemoryLook, 1s);
  EXPECT_GT(t.loop.pool().share().held(), before) << "while there is enough it may wait";
  {
    const ByteBudget::Charge others(t.loop.pool().share(), 2 * kMb);
    t.advance(kMemoryLook + 1s, 1s);
  }
  EXPECT_EQ(t.loop.pool().share().held(), before);
  EXPECT_EQ(budget_.counted(ByteBudget::Shed::kStream), 1U);
  Woken woken;
  runtime::Bytes data;
  ASSERT_EQ(service.answer->poll(woken, data), BodyPoll::kError) << "not the end of a whole one";
  EXPECT_EQ(service.answer->error().code, ErrorCode::kMemory);
  send("");
  EXPECT_EQ(reset_code(1), Http2Code::kEnhanceYourCalm);
}

TEST_F(Http2Memory, who_reads_nothing_of_the_connection_is_given_up) {
  server_end->capacity = 5'000;
  service.handler = give_answer;
  BodyFeed feed;
  feed.push(std::string(30'000, 'x'));
  service.answer = std::make_unique<FedBody>(feed);
  begin();
  const ByteBudget::Charge others(t.loop.pool().share(), 2 * kMb);
  write_all(*peer, headers(1, get_fields()));
  t.settle();
  t.advance(2 * kMemoryLook + 1s, 1s);
  ASSERT_TRUE(served.has_value());
  ASSERT_FALSE(*served);
  EXPECT_EQ(served->error().code, ErrorCode::kMemory);
  EXPECT_TRUE(feed.dropped);
  EXPECT_TRUE(peer->hung_up()) << "what waits in the kernel goes, too";
}

class Http1Memory : protected WithBudget, public Http1ServerFixture {
 protected:
  Http1Memory() {
    t_.loop.pool().share().join(budget_);
    server_->capacity = 20'000;  // of what the client has not read
    service_.answer = [this](Request&) { return with_body(std::make_unique<FedBody>(feed_)); };
  }
  void ask() {
    start();
    send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    feed_.push(std::string(30'000, 'x'));
    t_.settle();
  }

  BodyFeed feed_;
};

TEST_F(Http1Memory, a_client_that_takes_nothing_of_its_answer_is_given_up) {
  ask();
  t_.advance(5 * kClientPatience, 1s);
  EXPECT_FALSE(done_) << "while there is enough it may wait";
  const ByteBudget::Charge others(t_.loop.pool().share(), 2 * kMb);
  t_.advance(2 * kClientPatience + 1s, 1s);
  ASSERT_TRUE(done_);
  EXPECT_EQ(result_.error().code, ErrorCode::kMemory);
  EXPECT_EQ(result_.error().origin, ErrorOrigin::kDownstream);
  EXPECT_TRUE(feed_.dropped);
  EXPECT_EQ(budget_.counted(ByteBudget::Shed::kReader), 1U);
}

TEST_F(Http1Memory, so_is_one_whose_answer_has_been_written_to_its_end) {
  server_->capacity = 5'000;
  service_.answer = [](Request&) { return text(std::string(10'000, 'x')); };
  start();
  send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  const ByteBudget::Charge others(t_.loop.pool().share(), 2 * kMb);
  t_.advance(2 * kClientPatience + 1s, 1s);
  ASSERT_TRUE(done_);
  EXPECT_EQ(result_.error().code, ErrorCode::kMemory);
  EXPECT_TRUE(client_->hung_up()) << "not a plain end";
}

TEST_F(Http1Memory, a_head_that_has_not_ended_counts) {
  start();
  const std::size_t before = t_.loop.pool().share().held();
  send("GET / HTTP/1.1\r\nHost: h\r\nx: " + std::string(5000, 'x'));
  EXPECT_GE(t_.loop.pool().share().held(), before + 5000);
  send(std::string(5000, 'x') + "\r\n\r\n");
  feed_.end();
  t_.settle();
  EXPECT_EQ(t_.loop.pool().share().held(), before);
}

TEST_F(Http1Memory, a_client_that_reads_slowly_goes_on) {
  const ByteBudget::Charge others(t_.loop.pool().share(), 2 * kMb);
  ask();
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(read_some(2000).empty());
    t_.advance(kClientPatience - 1s, 1s);
  }
  EXPECT_FALSE(done_);
}

TEST_F(Http1Memory, an_answer_that_has_nothing_to_say_yet_is_waited_for) {
  const ByteBudget::Charge others(t_.loop.pool().share(), 2 * kMb);
  start();
  send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  feed_.push("first");
  t_.settle();
  t_.advance(10 * kClientPatience, 1s);
  EXPECT_FALSE(done_);
}

}  // namespace
}  // namespace seine::http
