// SPDX-License-Identifier: Apache-2.0
#include "dive/api/read_ahead.h"

#include <gtest/gtest.h>

#include <string>

#include "dive/v1/cluster.pb.h"
#include "runtime/task_scope.h"
#include "runtime/testing/test_loop.h"

namespace seine::dive {
namespace {

using Message = ::dive::v1::AddEventRequest;

class ReadAheadTest : public ::testing::Test {
 protected:
  // Messages come without end, of so many octets.
  void come(std::size_t octets) { scope_.spawn(read(*this, octets)); }
  static runtime::Task<void> read(ReadAheadTest& self, std::size_t octets) {
    for (;;) {
      co_await self.ahead_.wait_for_room();
      ++self.read_;
      Message message;
      message.mutable_event()->set_description(std::string(octets, 'x'));
      co_await self.ahead_.add(std::move(message));
    }
  }

  runtime::testing::TestLoop t_;
  ReadAhead<Message> ahead_{t_.loop};
  std::size_t read_ = 0;
  runtime::TaskScope scope_{t_.loop, [](Error) {}};
};

TEST_F(ReadAheadTest, holds_no_more_octets_than_there_may_be_and_one_message) {
  come(3 << 20);
  t_.settle();
  EXPECT_EQ(read_, 3u);
  EXPECT_EQ(t_.run(ahead_.take()).size(), 3u);
  t_.settle();
  EXPECT_EQ(read_, 3u) << "they are not applied yet";
  EXPECT_GE(t_.run(ahead_.take()).size(), 1u);
  t_.settle();
  EXPECT_EQ(read_, 6u);
}

TEST_F(ReadAheadTest, holds_no_more_messages_than_there_may_be) {
  come(10);
  t_.settle();
  EXPECT_EQ(read_, kMaxTakenAtOnce + 1) << "one waits for its place";
  EXPECT_GE(t_.run(ahead_.take()).size(), kMaxTakenAtOnce);
}

TEST_F(ReadAheadTest, gives_what_has_come_before_it_was_closed_and_then_nothing) {
  EXPECT_TRUE(t_.run(ahead_.add(Message())));
  ahead_.close();
  EXPECT_EQ(t_.run(ahead_.take()).size(), 1u);
  EXPECT_TRUE(t_.run(ahead_.take()).empty());
}

}  // namespace
}  // namespace seine::dive
