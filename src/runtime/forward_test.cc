// SPDX-License-Identifier: Apache-2.0
#include "runtime/forward.h"

#include "gtest/gtest.h"

#include "runtime/task_scope.h"
#include "runtime/testing/memory_stream.h"
#include "runtime/testing/test_loop.h"

namespace seine::runtime {
namespace {

using runtime::testing::MemoryStream;
using runtime::testing::TestLoop;

struct Lab {
  TestLoop t;
  std::unique_ptr<MemoryStream> client, client_far, server, server_far;
  std::optional<Result<void>> result;
  runtime::TaskScope scope{t.loop, [](Error) {}};

  Lab() {
    std::tie(client, client_far) = MemoryStream::make_pair();
    std::tie(server, server_far) = MemoryStream::make_pair();
  }
  static runtime::Task<void> forward(Lab& lab, runtime::Bytes first) {
    lab.result = co_await forward_tcp(lab.t.loop, *lab.client, std::move(first), *lab.server);
  }
  void start(std::string_view first = "") {
    scope.spawn(forward(*this, runtime::Bytes::copy_of(first)));
    t.settle();
  }
  void write(MemoryStream& stream, std::string text) {
    const iovec piece{text.data(), text.size()};
    ASSERT_EQ(stream.try_write({&piece, 1}).bytes, text.size());
    t.settle();
  }
};

TEST(ForwardTcp, replays_what_detection_has_read) {
  Lab lab;
  lab.start("first ");
  lab.write(*lab.client_far, "then");
  EXPECT_EQ(lab.server_far->unread(), "first then");
}

TEST(ForwardTcp, what_is_dropped_in_the_middle_is_reset) {
  Lab lab;
  lab.start();
  lab.write(*lab.server_far, "a part");
  EXPECT_EQ(lab.client_far->unread(), "a part");
  lab.scope.cancel();
  EXPECT_TRUE(lab.client_far->hung_up());
  EXPECT_TRUE(lab.server_far->hung_up());
}

TEST(ForwardTcp, a_half_close_is_passed_on_and_the_answer_still_comes) {
  Lab lab;
  lab.start();
  lab.write(*lab.client_far, "request");
  lab.client_far->shutdown_write();
  lab.t.settle();
  EXPECT_EQ(lab.server_far->unread(), "request");
  EXPECT_TRUE(lab.server_far->peer_finished());
  EXPECT_FALSE(lab.result.has_value());
  lab.write(*lab.server_far, "answer");
  lab.server_far->shutdown_write();
  lab.t.settle();
  EXPECT_EQ(lab.client_far->unread(), "answer");
  ASSERT_TRUE(lab.result.has_value());
  EXPECT_TRUE(lab.result->has_value());
}

TEST(ForwardTcp, the_server_may_speak_first) {
  Lab lab;
  lab.start();
  lab.write(*lab.server_far, "220 ready\r\n");
  EXPECT_EQ(lab.client_far->unread(), "220 ready\r\n");
}

TEST(ForwardTcp, a_slow_reader_holds_the_writer_back) {
  Lab lab;
  lab.server->capacity = 10'000;
  lab.start();
  lab.write(*lab.client_far, std::string(1'000'000, 'x'));
  EXPECT_EQ(lab.server_far->unread().size(), 10'000U);
  EXPECT_LE(lab.t.loop.pool().in_use(), 1U);
  std::size_t total = 0;
  std::vector<std::byte> buffer(4096);
  for (int i = 0; i < 1000 && total < 1'000'000; ++i) {
    total += lab.server_far->try_read(buffer).bytes;
    lab.t.settle();
  }
  EXPECT_EQ(total, 1'000'000U);
}

TEST(ForwardTcp, an_error_resets_both_and_says_whose_it_was) {
  Lab lab;
  lab.start();
  lab.server_far->abort();
  lab.t.settle();
  ASSERT_TRUE(lab.result.has_value());
  ASSERT_FALSE(lab.result->has_value());
  EXPECT_EQ(lab.result->error().origin, ErrorOrigin::kUpstream);
  EXPECT_TRUE(lab.client_far->hung_up());
}

TEST(ForwardTcp, a_client_reset_after_its_half_close_does_not_leave_a_hung_server_open) {
  Lab lab;
  lab.start();
  lab.client_far->shutdown_write();
  lab.t.settle();
  EXPECT_FALSE(lab.result.has_value());
  lab.client_far->abort();
  lab.t.settle();
  ASSERT_TRUE(lab.result.has_value());
  ASSERT_FALSE(lab.result->has_value());
  EXPECT_EQ(lab.result->error().origin, ErrorOrigin::kDownstream);
  EXPECT_TRUE(lab.server_far->hung_up());
}

TEST(ForwardTcp, a_server_reset_after_its_half_close_does_not_leave_a_silent_client_open) {
  Lab lab;
  lab.start();
  lab.write(*lab.server_far, "bye");
  lab.server_far->shutdown_write();
  lab.t.settle();
  EXPECT_FALSE(lab.result.has_value());
  lab.server_far->abort();
  lab.t.settle();
  ASSERT_TRUE(lab.result.has_value());
  ASSERT_FALSE(lab.result->has_value());
  EXPECT_EQ(lab.result->error().origin, ErrorOrigin::kUpstream);
  EXPECT_TRUE(lab.client_far->hung_up());
}

TEST(ForwardTcp, an_idle_pair_holds_no_block) {
  Lab lab;
  lab.start("x");
  EXPECT_EQ(lab.t.loop.pool().in_use(), 0U);
}

}  // namespace
}  // namespace seine::runtime
