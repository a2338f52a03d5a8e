// SPDX-License-Identifier: Apache-2.0
#include "proxy/response_reader.h"

#include <gtest/gtest.h>

#include <string>

namespace seine::bench {
namespace {

using Outcome = ResponseReader::Outcome;

const std::string kBody = pattern_body(30);
const std::string kGood = "HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n" + kBody;

TEST(ResponseReader, accepts_the_expected_response) {
  ResponseReader reader(&kBody);
  EXPECT_EQ(reader.feed(kGood), Outcome::kDone);
  EXPECT_TRUE(reader.keeps_alive());
}

TEST(ResponseReader, does_not_care_where_the_bytes_are_cut) {
  for (std::size_t cut = 1; cut < kGood.size(); ++cut) {
    ResponseReader reader(&kBody);
    EXPECT_EQ(reader.feed(std::string_view(kGood).substr(0, cut)), Outcome::kMore);
    EXPECT_TRUE(reader.has_begun());
    EXPECT_EQ(reader.feed(std::string_view(kGood).substr(cut)), Outcome::kDone);
  }
}

TEST(ResponseReader, tells_a_wrong_body_from_a_right_one) {
  ResponseReader reader(&kBody);
  std::string wrong = kGood;
  wrong.back() = '!';
  EXPECT_EQ(reader.feed(wrong), Outcome::kBadBody);
  reader.reset();
  EXPECT_EQ(reader.feed("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"), Outcome::kBadBody);
  reader.reset();
  EXPECT_EQ(reader.feed("HTTP/1.1 200 OK\r\nContent-Length: 31\r\n\r\n" + kBody + "e"),
            Outcome::kBadBody);
}

TEST(ResponseReader, reads_the_body_of_a_bad_status_before_it_complains) {
  ResponseReader reader(nullptr);
  EXPECT_EQ(reader.feed("HTTP/1.1 502 Bad\r\ncontent-length: 2\r\nconnection: close\r\n\r\na"),
            Outcome::kMore);
  EXPECT_EQ(reader.feed("b"), Outcome::kBadStatus);
  EXPECT_FALSE(reader.keeps_alive());
}

TEST(ResponseReader, refuses_what_it_did_not_ask_for) {
  for (const std::string text :
       {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab", "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n", "SSH-2.0-x\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "\r\n\r\n"}) {
    ResponseReader reader(nullptr);
    EXPECT_EQ(reader.feed(text), Outcome::kMalformed) << text;
  }
  ResponseReader endless(nullptr);
  EXPECT_EQ(endless.feed(std::string(17 * 1024, 'x')), Outcome::kMalformed);
}

TEST(GrpcFrame, puts_the_length_in_front_of_the_message) {
  EXPECT_EQ(grpc_frame(""), std::string(5, '\0'));
  EXPECT_EQ(grpc_frame(std::string(258, 'x')),
            std::string("\0\0\0\x01\x02", 5) + std::string(258, 'x'));
}

}  // namespace
}  // namespace seine::bench
