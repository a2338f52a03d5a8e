// SPDX-License-Identifier: Apache-2.0
#include "proxy/inbound/logical_name.h"

#include "gtest/gtest.h"

namespace seine::proxy {
namespace {

std::string name_of(std::string authority, std::string host = "", std::string canonical = "") {
  http::RequestHead head;
  head.authority = std::move(authority);
  if (!host.empty()) head.headers.add("host", host);
  if (!canonical.empty()) head.headers.add("l5d-dst-canonical", canonical);
  const auto name = logical_name(head);
  return name ? name->to_string() : "none";
}

TEST(LogicalName, comes_from_the_clients_proxy_then_the_authority_then_host) {
  EXPECT_EQ(name_of("web.shop:8080", "host.shop", "canonical.shop:90"), "canonical.shop:90");
  EXPECT_EQ(name_of("web.shop:8080", "host.shop"), "web.shop:8080");
  EXPECT_EQ(name_of("", "Host.Shop."), "host.shop:80");
}

TEST(LogicalName, is_no_address_and_nothing_malformed) {
  EXPECT_EQ(name_of("10.0.0.1:80"), "none");
  EXPECT_EQ(name_of("[::1]:80", "web"), "web:80");
  EXPECT_EQ(name_of("", "a b/c", "10.0.0.1:80"), "none");
  EXPECT_EQ(name_of(""), "none");
}

TEST(LastLogicalName, follows_each_of_the_words_that_name_a_service) {
  LastLogicalName last;
  const auto next = [&](std::string authority, std::string host, std::string canonical) {
    http::RequestHead head{.authority = std::move(authority)};
    if (!host.empty()) head.headers.add("host", host);
    if (!canonical.empty()) head.headers.add("l5d-dst-canonical", canonical);
    const auto& name = last.of(head);
    EXPECT_EQ(name, logical_name(head));
    return name ? name->to_string() : "none";
  };
  EXPECT_EQ(next("", "", ""), "none");
  EXPECT_EQ(next("web:80", "", ""), "web:80");
  EXPECT_EQ(next("web:80", "", ""), "web:80");
  EXPECT_EQ(next("web:80", "host", "canonical:90"), "canonical:90");
  EXPECT_EQ(next("web:80", "host", ""), "web:80");
  EXPECT_EQ(next("", "host", ""), "host:80");
  EXPECT_EQ(next("", "", "host"), "host:80");
  EXPECT_EQ(next("", "", ""), "none");
}

TEST(LogicalName, is_a_label_without_the_default_port) {
  EXPECT_EQ(authority_label(model::Authority::parse("web.shop:80").value()), "web.shop");
  EXPECT_EQ(authority_label(model::Authority::parse("web.shop:81").value()), "web.shop:81");
}

}  // namespace
}  // namespace seine::proxy
