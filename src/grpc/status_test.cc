// SPDX-License-Identifier: Apache-2.0
#include "grpc/status.h"

#include "gtest/gtest.h"

#include "http/http2_error.h"

namespace seine::grpc {
namespace {

TEST(Status, a_message_survives_percent_coding) {
  const std::string message = "100% of \xc3\xa4\r\n\tends\x7f";
  const std::string encoded = percent_encode(message);
  EXPECT_EQ(encoded, "100%25 of %C3%A4%0D%0A%09ends%7F");
  EXPECT_EQ(percent_decode(encoded), message);
}

TEST(Status, a_broken_percent_sequence_stays_as_it_is) {
  EXPECT_EQ(percent_decode("%"), "%");
  EXPECT_EQ(percent_decode("%4"), "%4");
  EXPECT_EQ(percent_decode("%zz%41%"), "%zzA%");
}

TEST(Status, travels_in_headers) {
  http::Headers headers;
  append_status({StatusCode::kNotFound, "no such\nthing"}, headers);
  EXPECT_EQ(headers.get("grpc-status"), "5");
  const auto status = parse_status(headers);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->code, StatusCode::kNotFound);
  EXPECT_EQ(status->message, "no such\nthing");
  EXPECT_FALSE(parse_status(http::Headers()));
}

TEST(Status, a_number_that_is_none_is_unknown) {
  for (const char* text : {"", "17", "-1", "5x", "99999999999999999999"}) {
    http::Headers headers;
    headers.add("grpc-status", text);
    EXPECT_EQ(parse_status(headers)->code, StatusCode::kUnknown) << text;
  }
}

TEST(Status, survives_being_an_error) {
  for (int code = 1; code <= 16; ++code) {
    const Status status{static_cast<StatusCode>(code), "because"};
    const Error error = to_error(status, ErrorOrigin::kControlPlane);
    EXPECT_EQ(status_code(error), status.code);
    EXPECT_EQ(error.origin, ErrorOrigin::kControlPlane);
    EXPECT_EQ(to_status(error).message, "because");
  }
  EXPECT_EQ(status_code(make_error(ErrorCode::kConnectRefused, "")), StatusCode::kUnavailable);
  EXPECT_EQ(status_code(make_error(ErrorCode::kTimeout, "")), StatusCode::kDeadlineExceeded);
}

TEST(Status, follows_the_tables_for_http) {
  const auto reset = [](http::Http2Code code) {
    return status_code(http::http2_error(ErrorCode::kReset, code, ""));
  };
  EXPECT_EQ(reset(http::Http2Code::kRefusedStream), StatusCode::kUnavailable);
  EXPECT_EQ(reset(http::Http2Code::kCancel), StatusCode::kCancelled);
  EXPECT_EQ(reset(http::Http2Code::kEnhanceYourCalm), StatusCode::kResourceExhausted);
  EXPECT_EQ(reset(http::Http2Code::kInternalError), StatusCode::kInternal);
  EXPECT_EQ(from_http_status(401).code, StatusCode::kUnauthenticated);
  EXPECT_EQ(from_http_status(404).code, StatusCode::kUnimplemented);
  EXPECT_EQ(from_http_status(503).code, StatusCode::kUnavailable);
  EXPECT_EQ(from_http_status(500).code, StatusCode::kUnknown);
}

TEST(Timeout, is_digits_and_a_unit) {
  EXPECT_EQ(parse_timeout("100m"), std::chrono::milliseconds(100));
  EXPECT_EQ(parse_timeout("2S"), std::chrono::seconds(2));
  EXPECT_EQ(parse_timeout("99999999n"), std::chrono::nanoseconds(99'999'999));
  EXPECT_EQ(parse_timeout("99999999H"), std::chrono::hours(24 * 365));
  for (const char* text : {"", "1", "m", "123456789m", "-1m", "1s", "1 m"}) {
    EXPECT_FALSE(parse_timeout(text)) << text;
  }
  EXPECT_EQ(format_timeout(std::chrono::microseconds(1500)), "2m");
  EXPECT_EQ(format_timeout(std::chrono::hours(1000)), "3600000S");
}

}  // namespace
}  // namespace seine::grpc
