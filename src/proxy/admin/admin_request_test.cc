// SPDX-License-Identifier: Apache-2.0
#include "proxy/admin/admin_request.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace seine::proxy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

bool gzip_with(std::string_view accept_encoding) {
  http::Headers headers;
  headers.add("accept-encoding", accept_encoding);
  return accepts_gzip(headers);
}

TEST(AdminRequest, a_target_is_cut_at_its_first_question_mark) {
  const AdminTarget target = split_target("/env.json?A?B");
  EXPECT_EQ(target.path, "/env.json");
  EXPECT_EQ(target.query, "A?B");
  EXPECT_EQ(split_target("/live").path, "/live");
  EXPECT_EQ(split_target("/live").query, "");
}

TEST(AdminRequest, variables_are_named_once_each_with_or_without_a_value) {
  EXPECT_THAT(read_variable_names("B&A=1&B=2&&_3=").value(), ElementsAre("A", "B", "_3"));
  EXPECT_THAT(read_variable_names("").value(), IsEmpty());
  EXPECT_THAT(read_variable_names("&=x&").value(), IsEmpty());
}

TEST(AdminRequest, a_name_no_variable_has_is_refused_without_being_repeated) {
  const auto names = read_variable_names("A&<script>");
  ASSERT_FALSE(names.has_value());
  EXPECT_EQ(names.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(names.error().message, HasSubstr("letters, digits and underscores"));
  EXPECT_EQ(names.error().message.find("script"), std::string::npos);
}

TEST(AdminRequest, gzip_is_used_where_the_client_names_it) {
  EXPECT_TRUE(gzip_with("gzip"));
  EXPECT_TRUE(gzip_with("deflate, GZIP;q=0.5"));
  EXPECT_TRUE(gzip_with("identity;q=0.5, *;q=0.1"));
  EXPECT_FALSE(gzip_with("deflate, br"));
  EXPECT_FALSE(gzip_with(""));
  EXPECT_FALSE(accepts_gzip(http::Headers()));
}

TEST(AdminRequest, gzip_with_weight_zero_is_refused_whatever_else_is_taken) {
  EXPECT_FALSE(gzip_with("gzip;q=0"));
  EXPECT_FALSE(gzip_with("*, gzip ; Q=0.000"));
  EXPECT_FALSE(gzip_with("*;q=0"));
  EXPECT_TRUE(gzip_with("gzip;q=0.001, *;q=0"));
}

}  // namespace
}  // namespace seine::proxy
