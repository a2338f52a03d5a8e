// SPDX-License-Identifier: Apache-2.0
#include "http/http1_body.h"

#include <string>

#include "gtest/gtest.h"

#include "http/http1_write.h"

namespace seine::http {
namespace {

using runtime::Bytes;
using Step = BodyDecoder::Step;
constexpr Framing kChunked{Framing::Kind::kChunked, 0};

// Feeds pieces of `step` bytes; returns the body, or "error: ..." or "more".
std::string decode(BodyDecoder& decoder, std::string_view text, std::size_t step,
                   std::string& rest) {
  std::string body;
  while (!text.empty()) {
    Bytes in = Bytes::copy_of(text.substr(0, step));
    text.remove_prefix(std::min(step, text.size()));
    for (;;) {
      Bytes data;
      const Step result = decoder.next(in, data);
      if (result == Step::kData) body += data.view();
      if (result == Step::kError) return "error: " + decoder.error().message;
      if (result == Step::kEnd) {
        rest = std::string(in.view()) + std::string(text);
        return body;
      }
      if (result == Step::kNeedMore) break;
    }
  }
  return "more";
}

TEST(BodyDecoder, chunks_are_joined_however_they_are_cut) {
  const std::string text =
      "5\r\nhello\r\n00A;x=\"y\"\r\n, chunked!\r\n0\r\nX-Sum: 7\r\nY: 8\r\n\r\nGET";
  for (std::size_t step = 1; step <= text.size(); ++step) {
    BodyDecoder decoder(kChunked);
    std::string rest;
    EXPECT_EQ(decode(decoder, text, step, rest), "hello, chunked!");
    EXPECT_EQ(rest, "GET");
    ASSERT_NE(decoder.trailers(), nullptr);
    EXPECT_EQ(decoder.trailers()->get("x-sum"), "7");
    EXPECT_EQ(decoder.trailers()->size(), 2U);
  }
}

TEST(BodyDecoder, a_length_ends_with_its_last_byte) {
  BodyDecoder decoder({Framing::Kind::kLength, 4});
  EXPECT_EQ(decoder.remaining(), 4U);
  Bytes in = Bytes::copy_of("abcdNEXT");
  Bytes data;
  EXPECT_EQ(decoder.next(in, data), Step::kData);
  EXPECT_EQ(data.view(), "abcd");
  EXPECT_TRUE(decoder.done());
  EXPECT_EQ(in.view(), "NEXT");
  EXPECT_EQ(decoder.next(in, data), Step::kEnd);
}

TEST(BodyDecoder, only_a_body_until_close_may_end_with_the_connection) {
  BodyDecoder until_close({Framing::Kind::kUntilClose, 0});
  EXPECT_EQ(until_close.end_of_input(), Step::kEnd);
  for (const Framing framing : {Framing{Framing::Kind::kLength, 1}, kChunked}) {
    BodyDecoder decoder(framing);
    EXPECT_EQ(decoder.end_of_input(), Step::kError);
    EXPECT_EQ(decoder.error().code, ErrorCode::kEof);
  }
}

TEST(BodyDecoder, refuses_chunks_that_are_not_exact) {
  for (const std::string_view text : {"\r\n",
                                      "g\r\n",
                                      "-1\r\n",
                                      "+1\r\n",
                                      "0x1\r\n",
                                      " 1\r\n",
                                      "1 \r\na\r\n",
                                      "1\na",
                                      "1\r\nab\r\n",
                                      "1\r\na\n",
                                      "1\r\na\r\r\n",
                                      "1;a\nb\r\n",
                                      "1;a\rb\r\n",
                                      "8000000000000000\r\n",
                                      "10000000000000000\r\n",
                                      "00000000000000001\r\n",
                                      "1_0\r\n",
                                      "0\r\nA: b\n\r\n",
                                      "0\r\nA : b\r\n\r\n",
                                      "0\r\nContent-Length: 1\r\n\r\n",
                                      "0\r\nHost: a\r\n\r\n",
                                      "0\r\n\n",
                                      "0\r\nTransfer-Encoding: chunked\r\n\r\n",
                                      "0\r\n A: b\r\n\r\n",
                                      ";a\r\n"}) {
    for (const std::size_t step : {std::size_t{1}, text.size()}) {
      BodyDecoder decoder(kChunked);
      std::string rest;
      EXPECT_TRUE(decode(decoder, text, step, rest).starts_with("error: ")) << text;
    }
  }
}

TEST(BodyDecoder, chunk_extensions_and_trailers_have_a_limit) {
  std::string text;
  for (int i = 0; i < 5; ++i) text += "1;" + std::string(1000, 'e') + "\r\na\r\n";
  BodyDecoder extensions(kChunked);
  std::string rest;
  EXPECT_TRUE(decode(extensions, text, 100, rest).starts_with("error: "));
  EXPECT_EQ(extensions.error().code, ErrorCode::kLimit);
  BodyDecoder trailers(kChunked);
  EXPECT_TRUE(decode(trailers, "0\r\nx: " + std::string(kMaxHeadSize, 'y'), 4096, rest)
                  .starts_with("error: "));
  EXPECT_EQ(trailers.error().code, ErrorCode::kLimit);
}

TEST(ChunkHeader, is_the_size_in_hexadecimal) {
  EXPECT_EQ(ChunkHeader(0).view(), "0\r\n");
  EXPECT_EQ(ChunkHeader(0x1f4).view(), "1f4\r\n");
  EXPECT_EQ(ChunkHeader(~std::uint64_t{0}).view(), "ffffffffffffffff\r\n");
}

}  // namespace
}  // namespace seine::http
