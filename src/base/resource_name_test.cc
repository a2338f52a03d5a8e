// SPDX-License-Identifier: Apache-2.0
#include "base/resource_name.h"

#include <gtest/gtest.h>

#include <string>

namespace seine {
namespace {

TEST(ResourceName, is_lower_case_letters_digits_and_dashes_between_them) {
  for (const char* name : {"a", "7", "payments", "pay-ments-2"}) {
    EXPECT_TRUE(is_label_name(name)) << name;
    EXPECT_TRUE(is_subdomain_name(name)) << name;
  }
  for (const char* bad : {"", "-a", "a-", "A", "a b", "a_b", "a/b", "\xc3\xa9"}) {
    EXPECT_FALSE(is_label_name(bad)) << bad;
    EXPECT_FALSE(is_subdomain_name(bad)) << bad;
  }
}

TEST(ResourceName, has_dots_where_a_kind_allows_them) {
  EXPECT_FALSE(is_label_name("a.b"));
  EXPECT_TRUE(is_subdomain_name("a.b"));
  EXPECT_FALSE(is_subdomain_name(".a"));
}

TEST(ResourceName, ends_at_its_limit) {
  EXPECT_TRUE(is_label_name(std::string(63, 'a')));
  EXPECT_FALSE(is_label_name(std::string(64, 'a')));
  EXPECT_TRUE(is_subdomain_name(std::string(253, 'a')));
  EXPECT_FALSE(is_subdomain_name(std::string(254, 'a')));
}

}  // namespace
}  // namespace seine
