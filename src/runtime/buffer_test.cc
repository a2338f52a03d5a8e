// SPDX-License-Identifier: Apache-2.0
#include "runtime/buffer.h"

#include <array>
#include <random>
#include <string>

#include "gtest/gtest.h"

namespace seine::runtime {
namespace {

std::string contents(const OutQueue& queue, std::size_t pieces = 64) {
  std::vector<iovec> iov(pieces);
  std::string text;
  const std::size_t n = queue.gather(iov);
  for (std::size_t i = 0; i < n; ++i) {
    text.append(static_cast<const char*>(iov[i].iov_base), iov[i].iov_len);
  }
  return text;
}

std::size_t pieces_of(const OutQueue& queue) {
  std::array<iovec, 64> iov;
  return queue.gather(iov);
}

TEST(Bytes, shares_its_block_until_the_last_slice_is_gone) {
  BlockPool pool;
  {
    Block* block = pool.take();
    memcpy(block->data(), "head and tail", 13);
    Bytes all(block, 0, 13);
    const Bytes head = all.take_prefix(4);
    Bytes copy = all;
    all = Bytes();
    EXPECT_EQ(head.view(), "head");
    EXPECT_EQ(copy.view(), " and tail");
    copy.remove_prefix(5);
    EXPECT_EQ(copy.view(), "tail");
    const Bytes moved = std::move(copy);
    EXPECT_EQ(moved.view(), "tail");
    EXPECT_TRUE(copy.empty());  // NOLINT(bugprone-use-after-move): it says so itself
    EXPECT_EQ(pool.in_use(), 1U);
  }
  EXPECT_EQ(pool.in_use(), 0U);
}

TEST(Bytes, a_copy_pins_no_block_of_a_pool) {
  const Bytes copy = Bytes::copy_of("small");
  EXPECT_EQ(copy.view(), "small");
  EXPECT_TRUE(Bytes::copy_of("").empty());
}

TEST(Bytes, removing_more_than_there_is_is_a_bug) {
  Bytes bytes = Bytes::copy_of("abc");
  EXPECT_DEATH(bytes.remove_prefix(4), "more bytes removed than there are");
  EXPECT_DEATH(bytes.take_prefix(4), "more bytes removed than there are");
}

TEST(BlockPool, keeps_a_few_blocks_and_gives_the_rest_back) {
  BlockPool pool;
  std::vector<Bytes> held;
  for (std::size_t i = 0; i < BlockPool::kKept + 8; ++i) held.emplace_back(pool.take(), 0, 1);
  EXPECT_EQ(pool.in_use(), BlockPool::kKept + 8);
  held.clear();
  EXPECT_EQ(pool.in_use(), 0U);
  const Bytes again(pool.take(), 0, 1);
  EXPECT_EQ(pool.in_use(), 1U);
}

TEST(BlockPool, a_block_that_outlives_it_is_a_bug) {
  EXPECT_DEATH(
      {
        Bytes leaked;
        BlockPool pool;
        leaked = Bytes(pool.take(), 0, 1);
      },
      "a block outlives its loop");
}

TEST(OutQueue, joins_small_writes_into_one_piece) {
  BlockPool pool;
  OutQueue queue(pool);
  for (int i = 0; i < 100; ++i) queue.append("0123456789");
  queue.append(Bytes::copy_of(std::string(OutQueue::kCopyBelow - 1, 'x')));
  EXPECT_EQ(pieces_of(queue), 1U);
  EXPECT_EQ(queue.size(), 1000 + OutQueue::kCopyBelow - 1);
}

TEST(OutQueue, keeps_large_slices_as_they_are_and_in_order) {
  BlockPool pool;
  OutQueue queue(pool);
  const Bytes large = Bytes::copy_of(std::string(OutQueue::kCopyBelow, 'L'));
  queue.append("before");
  queue.append(large);
  queue.append("after");
  EXPECT_EQ(pieces_of(queue), 3U);
  EXPECT_EQ(contents(queue), "before" + std::string(large.view()) + "after");
  std::array<iovec, 2> iov;
  ASSERT_EQ(queue.gather(iov), 2U);
  EXPECT_EQ(iov[1].iov_base, large.data());
}

TEST(OutQueue, goes_on_in_the_same_block_after_a_partial_send) {
  BlockPool pool;
  OutQueue queue(pool);
  queue.append("abcdef");
  queue.consume(4);
  queue.append("gh");
  EXPECT_EQ(contents(queue), "efgh");
  EXPECT_EQ(pool.in_use(), 1U);
  queue.consume(4);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(pool.in_use(), 0U);
}

TEST(OutQueue, never_writes_into_a_slice_it_was_given) {
  BlockPool pool;
  OutQueue queue(pool);
  Block* block = pool.take();
  memset(block->data(), 'a', BlockPool::kCapacity);
  const Bytes whole(block, 0, BlockPool::kCapacity);
  Bytes slice = whole;
  queue.append(slice.take_prefix(OutQueue::kCopyBelow));
  queue.append("tail");
  EXPECT_EQ(whole.view(), std::string(BlockPool::kCapacity, 'a'));
}

TEST(OutQueue, consuming_more_than_is_queued_is_a_bug) {
  BlockPool pool;
  OutQueue queue(pool);
  queue.append("ab");
  EXPECT_DEATH(queue.consume(3), "more consumed than queued");
  queue.clear();
}

TEST(OutQueue, agrees_with_a_string_over_random_work) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937 random(seed);
    BlockPool pool;
    OutQueue queue(pool);
    std::string model;
    for (int i = 0; i < 2000; ++i) {
      const std::size_t n = random() % (random() % 8 == 0 ? 40'000 : 300);
      switch (random() % 4) {
        case 0: {
          const std::string text(n, static_cast<char>('a' + i % 26));
          queue.append(text);
          model += text;
          break;
        }
        case 1: {
          const std::string text(n, static_cast<char>('A' + i % 26));
          queue.append(Bytes::copy_of(text));
          model += text;
          break;
        }
        default: {
          const std::size_t gone = std::min(n * 2, model.size());
          queue.consume(gone);
          model.erase(0, gone);
          break;
        }
      }
      ASSERT_EQ(queue.size(), model.size());
      if (i % 50 == 0) {
        ASSERT_EQ(contents(queue, 4096), model) << "seed " << seed;
      }
    }
    queue.clear();
    EXPECT_EQ(pool.in_use(), 0U);
  }
}

}  // namespace
}  // namespace seine::runtime
