// SPDX-License-Identifier: Apache-2.0
#include "netns/egress_header.h"

#include <errno.h>

#include "gtest/gtest.h"

namespace seine::netns {
namespace {

SocketAddr addr(std::string_view text) {
  return SocketAddr::parse(text).value();
}

TEST(EgressHeader, a_request_is_read_as_written_and_leaves_the_rest) {
  for (const char* to : {"192.0.2.1:443", "[2001:db8::1]:65535"}) {
    const std::string line = write_egress_request(addr(to));
    const auto request = parse_egress_request(line + "GET /").value();
    ASSERT_TRUE(request);
    EXPECT_EQ(request->to, addr(to));
    EXPECT_EQ(request->size, line.size());
  }
  EXPECT_EQ(write_egress_request(addr("192.0.2.1:443")), "egress/1 192.0.2.1:443\n");
}

TEST(EgressHeader, the_longest_address_fits_the_limit) {
  const SocketAddr longest = addr("[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535");
  EXPECT_LE(write_egress_request(longest).size(), kMaxEgressRequest);
}

TEST(EgressHeader, a_cut_request_asks_for_more) {
  const std::string line = "egress/1 192.0.2.1:443\n";
  for (std::size_t size = 0; size < line.size(); ++size) {
    EXPECT_EQ(parse_egress_request(line.substr(0, size)).value(), std::nullopt) << size;
  }
}

TEST(EgressHeader, an_ipv4_address_in_an_ipv6_disguise_is_unmasked) {
  const auto request = parse_egress_request("egress/1 [::ffff:127.0.0.1]:80\n").value();
  EXPECT_EQ(request->to, addr("127.0.0.1:80"));
}

TEST(EgressHeader, what_is_no_request_is_refused_as_early_as_possible) {
  for (const char* wrong :
       {"G", "egress/2", "egress/1 \n", "egress/1 example.com:80\n", "egress/1 192.0.2.1\n",
        "egress/1 192.0.2.1:0\n", "egress/1 192.0.2.1:80 \n", "egress/1 192.0.2.1:80\r\n", "\n"}) {
    const auto request = parse_egress_request(wrong);
    ASSERT_FALSE(request) << wrong;
    EXPECT_EQ(request.error().code, ErrorCode::kProtocol);
  }
  EXPECT_FALSE(parse_egress_request("egress/1 " + std::string(kMaxEgressRequest, '1')));
}

TEST(EgressHeader, an_answer_keeps_the_code_and_the_sentence_of_the_relays_error) {
  EXPECT_EQ(parse_egress_answer("ok\nhello").value()->size, 3u);
  EXPECT_EQ(parse_egress_answer("ok\n").value()->refusal, std::nullopt);
  const std::string line =
      write_egress_refusal(errno_error(ErrorCode::kConnectRefused, ECONNREFUSED, "192.0.2.1:443"));
  EXPECT_EQ(line, "no connect refused; 192.0.2.1:443: ECONNREFUSED\n");
  const auto answer = parse_egress_answer(line).value();
  ASSERT_TRUE(answer && answer->refusal);
  EXPECT_EQ(answer->refusal->code, ErrorCode::kConnectRefused);
  EXPECT_EQ(answer->refusal->message, "192.0.2.1:443: ECONNREFUSED");
}

TEST(EgressHeader, a_refusal_stays_one_line_within_the_limit) {
  const std::string line = write_egress_refusal(
      make_error(ErrorCode::kInternal, "two\nlines\x1b[2J" + std::string(2000, 'x')));
  EXPECT_EQ(line.size(), kMaxEgressAnswer);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
  EXPECT_TRUE(parse_egress_answer(line).value()->refusal);
}

TEST(EgressHeader, an_answer_of_somebody_else_is_an_error) {
  for (const char* wrong : {"OK\n", "no such code; sorry\n", "no connect refused\n", "\n"}) {
    EXPECT_EQ(parse_egress_answer(wrong).error().code, ErrorCode::kProtocol) << wrong;
  }
  EXPECT_EQ(parse_egress_answer("no connect").value(), std::nullopt);
  EXPECT_FALSE(parse_egress_answer(std::string(kMaxEgressAnswer, 'x')));
}

}  // namespace
}  // namespace seine::netns
