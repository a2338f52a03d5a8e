// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <errno.h>

#include <set>

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
