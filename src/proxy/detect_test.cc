// SPDX-License-Identifier: Apache-2.0
#include "proxy/detect.h"

#include <string>

#include "gtest/gtest.h"

namespace seine::proxy {
namespace {

TEST(DetectHttp, knows_a_request_line_by_its_version) {
  EXPECT_EQ(detect_http("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), Detected::kHttp1);
  EXPECT_EQ(detect_http("GET / HTTP/1.0"), Detected::kHttp1);
  EXPECT_EQ(detect_http("CONNECT a:443 HTTP/1.1"), Detected::kHttp1);
  EXPECT_EQ(detect_http("X-ODD! http://a/b HTTP/1.1"), Detected::kHttp1);
}

TEST(DetectHttp, knows_the_http2_preface_only_when_it_is_whole) {
  const std::string preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  for (std::size_t n = 1; n < preface.size(); ++n) {
    EXPECT_EQ(detect_http(preface.substr(0, n)), Detected::kNeedMore) << n;
  }
  EXPECT_EQ(detect_http(preface), Detected::kHttp2);
}

TEST(DetectHttp, waits_while_a_request_line_is_still_possible) {
  const std::string line = "DELETE /a/b?c=d HTTP/1.1";
  for (std::size_t n = 1; n < line.size() - 1; ++n) {
    EXPECT_EQ(detect_http(line.substr(0, n)), Detected::kNeedMore) << n;
  }
}

TEST(DetectHttp, lets_other_protocols_go_at_their_first_wrong_byte) {
  EXPECT_EQ(detect_http("EHLO example.com\r\n"), Detected::kNotHttp);
  EXPECT_EQ(detect_http("PING\r\n"), Detected::kNotHttp);
  EXPECT_EQ(detect_http("\x16\x03\x01"), Detected::kNotHttp);
  EXPECT_EQ(detect_http("GET / HTTP/9"), Detected::kNotHttp);
  EXPECT_EQ(detect_http("GET  / HTTP/1.1"), Detected::kNotHttp);
  EXPECT_EQ(detect_http(std::string(33, 'A')), Detected::kNotHttp);
}

TEST(DetectHttp, always_decides_within_its_limit) {
  EXPECT_EQ(detect_http("GET /" + std::string(kMaxDetectBytes, 'a')), Detected::kHttp1);
}

}  // namespace
}  // namespace seine::proxy
