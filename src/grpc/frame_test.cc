// SPDX-License-Identifier: Apache-2.0
#include "grpc/frame.h"

#include <vector>

#include "gtest/gtest.h"

namespace seine::grpc {
namespace {

TEST(Frame, is_five_bytes_and_the_message) {
  std::string out;
  append_frame("abc", out);
  EXPECT_EQ(out, std::string("\0\0\0\0\3abc", 8));
}

TEST(Frame, messages_come_out_whatever_the_pieces) {
  std::string bytes;
  append_frame("first", bytes);
  append_frame("", bytes);
  append_frame(std::string(300, 'x'), bytes);
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    FrameDecoder decoder(1000);
    std::vector<std::string> messages;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      decoder.feed(std::string_view(bytes).substr(at, piece));
      for (;;) {
        auto message = decoder.next();
        ASSERT_TRUE(message);
        if (!*message) break;
        messages.push_back(std::move(**message));
      }
    }
    EXPECT_EQ(messages, (std::vector<std::string>{"first", "", std::string(300, 'x')}));
    EXPECT_TRUE(decoder.at_boundary());
  }
}

TEST(Frame, a_message_over_the_limit_is_refused_by_its_header) {
  FrameDecoder decoder(10);
  decoder.feed(std::string_view("\0\0\0\0\x0b", 5));
  const auto message = decoder.next();
  ASSERT_FALSE(message);
  EXPECT_EQ(message.error().code, ErrorCode::kLimit);
}

TEST(Frame, a_compressed_message_or_a_bad_flag_is_refused) {
  for (const char flag : {'\1', '\2', 'P'}) {
    FrameDecoder decoder(10);
    decoder.feed(std::string(1, flag) + std::string(4, '\0'));
    const auto message = decoder.next();
    ASSERT_FALSE(message);
    EXPECT_EQ(message.error().code, ErrorCode::kProtocol);
  }
}

TEST(Frame, half_a_message_is_no_boundary) {
  FrameDecoder decoder(10);
  decoder.feed(std::string_view("\0\0\0\0\2a", 6));
  ASSERT_TRUE(decoder.next());
  EXPECT_FALSE(decoder.at_boundary());
}

}  // namespace
}  // namespace seine::grpc
