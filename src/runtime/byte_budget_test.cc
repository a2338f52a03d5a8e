// SPDX-License-Identifier: Apache-2.0
#include "runtime/byte_budget.h"

#include <chrono>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

#include "runtime/buffer.h"
#include "runtime/stream_writer.h"
#include "runtime/testing/memory_stream.h"
#include "runtime/testing/test_loop.h"

namespace seine::runtime {
namespace {

constexpr std::size_t kMb = 1 << 20;

TEST(ByteBudget, is_told_of_what_loops_hold_in_steps) {
  ByteBudget budget(kMb);
  ByteBudget::Share share;
  share.join(budget);
  share.add(ByteBudget::kStep - 1);
  EXPECT_EQ(budget.held(), 0U);
  share.add(1);
  EXPECT_EQ(budget.held(), ByteBudget::kStep);
  share.subtract(ByteBudget::kStep - 1);
  EXPECT_EQ(budget.held(), ByteBudget::kStep) << "not yet a step less";
  share.subtract(1);
  EXPECT_EQ(budget.held(), 0U) << "nothing is told as nothing";
}

TEST(ByteBudget, is_over_beyond_the_limit_and_far_over_beyond_a_quarter_more) {
  ByteBudget budget(kMb);
  ByteBudget::Share share;
  share.join(budget);
  share.add(kMb);
  EXPECT_FALSE(budget.is_over()) << "all of it may be used";
  share.add(ByteBudget::kStep);
  EXPECT_TRUE(budget.is_over());
  EXPECT_FALSE(budget.is_far_over());
  share.add(ByteBudget::kStep);
  EXPECT_TRUE(budget.is_far_over());
  share.subtract(kMb);
  EXPECT_FALSE(budget.is_over());
  share.subtract(2 * ByteBudget::kStep);
}

TEST(ByteBudget, without_a_limit_is_never_over) {
  ByteBudget budget(0);
  ByteBudget::Share share;
  share.join(budget);
  share.add(1024 * kMb);
  EXPECT_FALSE(budget.is_over());
  EXPECT_EQ(budget.held(), 1024 * kMb);
  share.subtract(1024 * kMb);
}

TEST(ByteBudget, a_share_that_ends_holds_nothing) {
  ByteBudget budget(kMb);
  {
    ByteBudget::Share share;
    share.join(budget);
    share.add(2 * kMb);
    EXPECT_TRUE(budget.is_over());
  }
  EXPECT_EQ(budget.held(), 0U);
  EXPECT_FALSE(budget.is_over());
}

TEST(ByteBudget, agrees_with_itself_once_all_threads_have_given_back) {
  ByteBudget budget(kMb);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&budget] {
      ByteBudget::Share share;
      share.join(budget);
      for (int round = 0; round < 20'000; ++round) {
        share.add(ByteBudget::kStep);
        share.add(ByteBudget::kStep);
        share.subtract(2 * ByteBudget::kStep);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(budget.held(), 0U);
  EXPECT_FALSE(budget.is_over());
}

TEST(ByteBudget, counts_blocks_whole_however_little_of_them_is_used) {
  ByteBudget budget(kMb);
  BlockPool pool;
  pool.share().join(budget);
  {
    Bytes all(pool.take(), 0, 100);
    const Bytes one = all.take_prefix(1);
    all = Bytes();
    EXPECT_EQ(pool.share().held(), BlockPool::kBlockSize);
  }
  EXPECT_EQ(pool.share().held(), 0U);
  EXPECT_EQ(pool.in_use(), 0U);
}

TEST(ByteBudget, counts_copies_by_their_size_and_recycles_none_of_them) {
  ByteBudget budget(kMb);
  BlockPool pool;
  EXPECT_EQ(pool.copy_of("nobody asks").view(), "nobody asks");
  EXPECT_EQ(pool.share().held(), 0U);
  pool.share().join(budget);
  {
    const Bytes copy = pool.copy_of("twelve bytes");
    EXPECT_EQ(copy.view(), "twelve bytes");
    EXPECT_EQ(pool.share().held(), sizeof(Block) + 12);
    EXPECT_TRUE(pool.copy_of("").empty());
  }
  EXPECT_EQ(pool.share().held(), 0U);
  const Bytes whole(pool.take(), 0, 1);
  EXPECT_EQ(pool.share().held(), BlockPool::kBlockSize) << "the copy's block was no spare one";
}

TEST(ByteBudget, a_charge_counts_for_as_long_as_it_lives) {
  ByteBudget::Share share;
  {
    ByteBudget::Charge charge(share, 10);
    EXPECT_EQ(share.held(), 10U);
    charge.set(25);
    EXPECT_EQ(share.held(), 25U);
  }
  EXPECT_EQ(share.held(), 0U);
}

TEST(ByteBudget, counts_what_was_shed_by_what_it_was) {
  ByteBudget budget(kMb);
  budget.count(ByteBudget::Shed::kRequest);
  budget.count(ByteBudget::Shed::kRequest);
  EXPECT_EQ(budget.counted(ByteBudget::Shed::kRequest), 2U);
  EXPECT_EQ(budget.counted(ByteBudget::Shed::kReader), 0U);
  EXPECT_EQ(ByteBudget::shed_name(ByteBudget::Shed::kReader), "reader");
}

TEST(ByteBudget, a_writer_gives_up_who_takes_next_to_nothing_while_it_is_exceeded) {
  using namespace std::chrono_literals;
  ByteBudget budget(kMb);
  testing::TestLoop t;
  t.loop.pool().share().join(budget);
  const auto [here, there] = testing::MemoryStream::make_pair();
  here->capacity = 100;
  StreamWriter writer(t.loop, *here);
  writer.write(std::string(10'000, 'x'));
  t.advance(5 * StreamWriter::kLook, 1s);
  EXPECT_FALSE(writer.failed()) << "while there is enough it may wait";
  const ByteBudget::Charge others(t.loop.pool().share(), 2 * kMb);
  std::string taken(100, '\0');
  for (int second = 0; second < 21; ++second) {
    EXPECT_FALSE(second < 10 && writer.failed());
    if (second % 5 == 0) there->try_read(std::as_writable_bytes(std::span(taken)));
    t.advance(1s);
  }
  EXPECT_TRUE(writer.failed()) << "to drip is not to read";
  EXPECT_TRUE(writer.is_given_up());
  EXPECT_EQ(writer.error().code, ErrorCode::kMemory);
  EXPECT_EQ(writer.queued(), 0U);
  EXPECT_EQ(budget.counted(ByteBudget::Shed::kReader), 1U);
}

TEST(ByteBudget, a_writer_waits_for_who_takes_something) {
  using namespace std::chrono_literals;
  ByteBudget budget(kMb);
  testing::TestLoop t;
  t.loop.pool().share().join(budget);
  const auto [here, there] = testing::MemoryStream::make_pair();
  here->capacity = 2'000;
  StreamWriter writer(t.loop, *here);
  writer.write(std::string(15'000, 'x'));
  t.settle();
  const ByteBudget::Charge others(t.loop.pool().share(), 2 * kMb);
  std::string taken(1'500, '\0');
  for (int i = 0; i < 6; ++i) {
    there->try_read(std::as_writable_bytes(std::span(taken)));
    t.advance(StreamWriter::kLook, 1s);
  }
  EXPECT_FALSE(writer.failed());
}

TEST(ByteBudget, a_writer_takes_less_while_it_is_exceeded) {
  ByteBudget budget(kMb);
  testing::TestLoop t;
  t.loop.pool().share().join(budget);
  const auto [here, there] = testing::MemoryStream::make_pair();
  StreamWriter writer(t.loop, *here);
  writer.write(std::string(StreamWriter::kLowWater, 'x'));
  EXPECT_FALSE(writer.full());
  {
    const ByteBudget::Charge others(t.loop.pool().share(), 2 * kMb);
    EXPECT_TRUE(writer.full());
  }
  EXPECT_FALSE(writer.full());
}

}  // namespace
}  // namespace seine::runtime
