// SPDX-License-Identifier: Apache-2.0
#include "proxy/routing.h"

#include "gtest/gtest.h"

namespace seine::proxy {
namespace {

TEST(HeadView, splits_host_path_and_query) {
  http::RequestHead head;
  head.method = "POST";
  head.path = "/a/b?c=d?e";
  head.headers.add("host", "Web.Shop:8080");
  head.headers.add("x-a", "1");
  head.headers.add("x-a", "2");
  const HeadView view(head);
  EXPECT_EQ(view.view().host, "Web.Shop");
  EXPECT_EQ(view.view().path, "/a/b");
  EXPECT_EQ(view.view().query, "c=d?e");
  EXPECT_EQ(view.view().method, "POST");
  EXPECT_EQ(view.value("x-a", 1), "2");
  EXPECT_EQ(view.value("x-a", 2), std::nullopt);
}

TEST(HeadView, the_authority_speaks_before_the_host_field) {
  http::RequestHead head;
  head.authority = "[fd00::1]:443";
  head.headers.add("host", "other");
  EXPECT_EQ(HeadView(head).view().host, "[fd00::1]");
  head.authority = "[fd00::1]";
  EXPECT_EQ(HeadView(head).view().host, "[fd00::1]");
}

// Filters of other proxies crashed on requests without a path.
TEST(HeadView, a_connect_has_neither_path_nor_query) {
  http::RequestHead head;
  head.method = "CONNECT";
  head.authority = "db.shop:5432";
  head.path.clear();
  const HeadView view(head);
  EXPECT_EQ(view.view().host, "db.shop");
  EXPECT_EQ(view.view().path, "");
  EXPECT_EQ(view.view().query, "");
  EXPECT_EQ(HeadView(http::RequestHead()).view().host, "");
}

}  // namespace
}  // namespace seine::proxy
