// SPDX-License-Identifier: Apache-2.0
#include "dns/framing.h"

#include <gtest/gtest.h>

#include <utility>

#include "runtime/combine.h"
#include "runtime/testing/memory_stream.h"
#include "runtime/testing/test_loop.h"

namespace seine::dns {
namespace {

using runtime::testing::MemoryStream;

class FramingTest : public ::testing::Test {
 protected:
  using Bytes = std::vector<std::uint8_t>;

  runtime::testing::TestLoop t_;
  std::pair<std::unique_ptr<MemoryStream>, std::unique_ptr<MemoryStream>> ends_ =
      MemoryStream::make_pair();
  MemoryStream& near_ = *ends_.first;
  MemoryStream& far_ = *ends_.second;
};

TEST_F(FramingTest, carries_messages_in_pieces_of_one_byte) {
  near_.max_write = 1;
  near_.capacity = 1;
  far_.max_read = 1;
  const Bytes first(300, 7);
  const Bytes second;
  const auto write = [](runtime::EventLoop& loop, MemoryStream& stream, const Bytes& a,
                        const Bytes& b) -> runtime::Task<Result<void>> {
    auto written = co_await write_framed(loop, stream, a);
    if (written) written = co_await write_framed(loop, stream, b);
    co_return written;
  };
  const auto read = [](runtime::EventLoop& loop,
                       MemoryStream& stream) -> runtime::Task<std::vector<Bytes>> {
    std::vector<Bytes> messages;
    messages.push_back((co_await read_framed(loop, stream, 300)).value());
    messages.push_back((co_await read_framed(loop, stream, 300)).value());
    co_return messages;
  };
  auto [written, messages] =
      t_.run(runtime::all(write(t_.loop, near_, first, second), read(t_.loop, far_)));
  EXPECT_TRUE(written);
  EXPECT_EQ(messages, (std::vector{first, second}));
}

TEST_F(FramingTest, refuses_a_message_over_the_limit_by_its_length_alone) {
  far_.unread() = std::string("\x01\x2d", 2);
  const auto message = t_.run(read_framed(t_.loop, far_, 300));
  ASSERT_FALSE(message);
  EXPECT_EQ(message.error().code, ErrorCode::kLimit);
  EXPECT_NE(message.error().message.find("301 bytes"), std::string::npos);
}

TEST_F(FramingTest, tells_an_end_within_a_message) {
  for (const std::string_view bytes :
       {std::string_view(), std::string_view("\0", 1), std::string_view("\0\2a", 3)}) {
    auto [near, far] = MemoryStream::make_pair();
    far->unread() = bytes;
    near->shutdown_write();
    const auto message = t_.run(read_framed(t_.loop, *far, 300));
    ASSERT_FALSE(message);
    EXPECT_EQ(message.error().code, ErrorCode::kEof);
  }
}

}  // namespace
}  // namespace seine::dns
