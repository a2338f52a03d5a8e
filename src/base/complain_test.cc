// SPDX-License-Identifier: Apache-2.0
#include "base/complain.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "base/result.h"

namespace seine {
namespace {

std::string said(const Error& error, int& code) {
  ::testing::internal::CaptureStderr();
  code = complain("seine-x", error);
  return ::testing::internal::GetCapturedStderr();
}

TEST(Complaint, is_a_line_that_names_the_program_and_tells_whose_the_fault_is) {
  int code = 0;
  EXPECT_EQ(said(make_error(ErrorCode::kInvalidConfig, "--x: must be \"a\\b\""), code),
            "seine-x: --x: must be \"a\\b\"\n");
  EXPECT_EQ(code, 64);
  EXPECT_EQ(said(make_error(ErrorCode::kUnavailable, "nobody answers"), code),
            "seine-x: nobody answers\n");
  EXPECT_EQ(code, 1);
}

TEST(Complaint, forges_no_line_and_drives_no_terminal) {
  int code = 0;
  const std::string text = said(make_error(ErrorCode::kLimit, "a\nseine-x: b\x1b[2J"), code);
  EXPECT_EQ(text.find('\n'), text.size() - 1) << text;
  EXPECT_EQ(text.find('\x1b'), std::string::npos) << text;
  EXPECT_EQ(code, 64);
}

TEST(Complaint, says_what_the_system_said) {
  Error error = make_error(ErrorCode::kUnavailable, "127.0.0.1:80");
  error.cause = Error::Cause::kErrno;
  error.cause_code = EADDRINUSE;
  int code = 0;
  EXPECT_EQ(said(error, code), "seine-x: 127.0.0.1:80: EADDRINUSE\n");
}

}  // namespace
}  // namespace seine
