// SPDX-License-Identifier: Apache-2.0
#include "http/http2_frame_watch.h"

#include <string>

#include "gtest/gtest.h"

#include "http/testing/http2_frames.h"

namespace seine::http {
namespace {

using namespace testing;  // NOLINT: frame names

class Http2FrameWatchTest : public ::testing::Test {
 protected:
  Http2FrameWatchTest() { watch.read(kPreface); }
  std::optional<Http2Code> read(const std::string& bytes) { return watch.read(bytes); }
  static std::string priority(std::uint32_t stream, std::uint32_t on) {
    return frame(kPriority, 0, stream, number(on, 4) + "\x10");
  }

  Http2FrameWatch watch;
};

TEST_F(Http2FrameWatchTest, nothing_follows_the_end_of_a_stream) {
  EXPECT_FALSE(read(frame(kHeaders, kEndHeaders, 1) + frame(kData, 0, 1, "a")));
  EXPECT_FALSE(read(frame(kData, kEndStream, 1, "b")));
  EXPECT_FALSE(read(frame(kWindowUpdate, 0, 1, number(9, 4)) + frame(kRstStream, 0, 1, "code")));
  EXPECT_EQ(read(frame(kData, 0, 1, "c")), Http2Code::kStreamClosed);
  EXPECT_EQ(read(frame(kPing, 0, 0, "12345678")), Http2Code::kStreamClosed) << "it stays so";
}

TEST_F(Http2FrameWatchTest, nothing_follows_the_reset_of_a_stream) {
  EXPECT_FALSE(read(frame(kHeaders, kEndHeaders, 1) + frame(kRstStream, 0, 1, "code")));
  EXPECT_EQ(read(frame(kHeaders, kEndHeaders, 1)), Http2Code::kStreamClosed);
}

TEST_F(Http2FrameWatchTest, trailers_are_no_second_request) {
  EXPECT_FALSE(read(frame(kHeaders, kEndHeaders, 1) + frame(kData, 0, 1, "a") +
                    frame(kHeaders, kEndHeaders | kEndStream, 1) +
                    frame(kHeaders, kEndHeaders | kEndStream, 3)));
}

TEST_F(Http2FrameWatchTest, the_order_of_frames_counts_not_how_they_are_cut) {
  const std::string honest = frame(kHeaders, kEndHeaders | kEndStream, 1) + priority(3, 1) +
                             frame(kHeaders, kEndHeaders, 3) + frame(kData, kEndStream, 3, "body");
  for (const char byte : honest) EXPECT_FALSE(watch.read({&byte, 1}));
  const std::string late = frame(kData, 0, 3);
  for (std::size_t i = 0; i + 1 < late.size(); ++i) EXPECT_FALSE(watch.read({&late[i], 1}));
  EXPECT_EQ(watch.read({&late.back(), 1}), Http2Code::kStreamClosed);
}

TEST_F(Http2FrameWatchTest, a_stream_that_was_skipped_cannot_be_opened_later) {
  EXPECT_FALSE(read(frame(kHeaders, kEndHeaders, 5)));
  EXPECT_FALSE(read(frame(kHeaders, kEndHeaders | kEndStream, 5))) << "trailers";
  EXPECT_EQ(read(frame(kHeaders, kEndHeaders, 3)), Http2Code::kProtocolError);
}

TEST_F(Http2FrameWatchTest, only_the_last_ends_are_remembered) {
  std::uint32_t stream = 1;
  for (std::size_t i = 0; i <= Http2FrameWatch::kRemembered; ++i, stream += 2) {
    EXPECT_FALSE(read(frame(kHeaders, kEndHeaders | kEndStream, stream)));
  }
  EXPECT_FALSE(read(frame(kData, 0, 1)));
  EXPECT_EQ(read(frame(kData, 0, 3)), Http2Code::kStreamClosed);
}

TEST_F(Http2FrameWatchTest, priorities_are_counted_and_must_name_another_stream) {
  EXPECT_FALSE(read(priority(1, 0) + priority(7, 0x8000'0001) + frame(kPriority, 0, 1, "abc")));
  EXPECT_EQ(watch.take_control(), 3U);
  EXPECT_EQ(watch.take_control(), 0U);
  EXPECT_EQ(read(priority(9, 0x8000'0009)), Http2Code::kProtocolError);
}

TEST_F(Http2FrameWatchTest, the_connection_has_no_priority) {
  EXPECT_EQ(read(priority(0, 1)), Http2Code::kProtocolError);
}

TEST_F(Http2FrameWatchTest, the_reserved_bit_of_a_stream_is_ignored) {
  EXPECT_FALSE(read(frame(kHeaders, kEndHeaders | kEndStream, 1)));
  EXPECT_EQ(read(frame(kData, 0, 0x8000'0001)), Http2Code::kStreamClosed);
}

}  // namespace
}  // namespace seine::http
