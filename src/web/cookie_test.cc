// SPDX-License-Identifier: Apache-2.0
#include "web/cookie.h"

#include <gtest/gtest.h>

namespace seine::web {
namespace {

using namespace std::chrono_literals;

TEST(Cookie, is_found_among_others) {
  EXPECT_EQ(find_cookie("a=1; seine=AbC-_ ;b=2", "seine"), "AbC-_");
  EXPECT_EQ(find_cookie("seine=x=y", "seine"), "x=y");
  EXPECT_EQ(find_cookie(" seine =\tx\t", "seine"), "x");
  EXPECT_EQ(find_cookie("seine=", "seine"), "");
}

TEST(Cookie, of_another_name_is_not_ours) {
  for (const char* header : {"", ";", "seine", "seine2=x", "xseine=x", "Seine=x", "a=seine=x"}) {
    EXPECT_EQ(find_cookie(header, "seine"), std::nullopt) << header;
  }
}

TEST(Cookie, that_is_there_twice_is_none) {
  EXPECT_EQ(find_cookie("seine=a; seine=b", "seine"), std::nullopt);
  EXPECT_EQ(find_cookie("seine=a; x=1; seine=a", "seine"), std::nullopt);
}

TEST(Cookie, is_for_this_host_alone_and_not_for_scripts) {
  EXPECT_EQ(set_cookie({.name = "seine"}, "AbC", 1h),
            "seine=AbC; Path=/; Max-Age=3600; HttpOnly; SameSite=Strict");
  EXPECT_EQ(set_cookie({.name = "__Host-seine", .is_secure = true}, "", 0s),
            "__Host-seine=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure");
}

}  // namespace
}  // namespace seine::web
