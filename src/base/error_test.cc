// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <errno.h>

#include <set>
#include <utility>

#include "gtest/gtest.h"

namespace seine {
namespace {

TEST(Error, every_code_has_a_name_of_its_own) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(ErrorCode::kShutdown); ++i) {
    names.insert(error_name(static_cast<ErrorCode>(i)));
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(ErrorCode::kShutdown) + 1);
  EXPECT_FALSE(names.contains(""));
}

TEST(Error, text_says_name_then_message_then_cause) {
  const Error error = errno_error(ErrorCode::kConnectRefused, ECONNREFUSED, "10.0.0.1:80");
  EXPECT_EQ(error.to_string(), "connect refused: 10.0.0.1:80: ECONNREFUSED");
}

TEST(Error, causes_have_the_word_of_whoever_defined_them) {
  Error error = make_error(ErrorCode::kTlsHandshake, "10.0.0.1:80");
  EXPECT_EQ(error.cause_name(), "");
  error.cause = Error::Cause::kTlsAlert;
  error.cause_code = 48;
  EXPECT_EQ(error.to_string(), "tls handshake error: 10.0.0.1:80: unknown_ca");
  error.cause = Error::Cause::kH2;
  error.cause_code = 7;
  EXPECT_EQ(error.cause_name(), "REFUSED_STREAM");
  error.cause = Error::Cause::kGrpc;
  error.cause_code = 14;
  EXPECT_EQ(error.cause_name(), "grpc status 14");
}

TEST(Error, http2_codes_have_the_names_of_the_rfc) {
  EXPECT_EQ(http2_code_name(0), "NO_ERROR");
  EXPECT_EQ(http2_code_name(0xd), "HTTP_1_1_REQUIRED");
  EXPECT_EQ(http2_code_name(0xe), "UNKNOWN");
}

TEST(Error, what_a_peer_makes_up_makes_no_word_of_its_own) {
  Error error = make_error(ErrorCode::kReset, "");
  for (const auto& [cause, word] : {std::pair(Error::Cause::kErrno, "EUNKNOWN"),
                                    std::pair(Error::Cause::kTlsAlert, "unknown_alert"),
                                    std::pair(Error::Cause::kH2, "UNKNOWN"),
                                    std::pair(Error::Cause::kGrpc, "grpc status unknown")}) {
    error.cause = cause;
    for (const std::int32_t code : {-1, 12'345}) {
      error.cause_code = code;
      EXPECT_EQ(error.cause_name(), word);
    }
  }
}

TEST(Error, what_an_error_is_about_is_named_once) {
  const Error once = make_error(ErrorCode::kConnect, "10.0.0.1:80").about("10.0.0.1:80");
  EXPECT_EQ(once.message, "10.0.0.1:80");
  const Error named = make_error(ErrorCode::kTlsHandshake, "expired").about("10.0.0.1:80");
  EXPECT_EQ(named.message, "10.0.0.1:80: expired");
}

TEST(Error, context_goes_in_front_of_the_message) {
  const Error error = make_error(ErrorCode::kRead, "short").with_context("reading the head");
  EXPECT_EQ(error.message, "reading the head: short");
}

}  // namespace
}  // namespace seine
