// SPDX-License-Identifier: Apache-2.0
#include "model/authority.h"

#include "gtest/gtest.h"

namespace seine::model {
namespace {

Authority authority(std::string_view text) {
  return Authority::parse(text).value();
}

TEST(Authority, reads_names_and_addresses_with_and_without_port) {
  EXPECT_EQ(authority("Web.Shop.svc:8080"), (Authority{"web.shop.svc", 8080}));
  EXPECT_EQ(authority("web"), (Authority{"web", std::nullopt}));
  EXPECT_EQ(authority("10.0.0.1:80"), (Authority{"10.0.0.1", 80}));
  EXPECT_EQ(authority("[FD00::1]:80"), (Authority{"fd00::1", 80}));
  EXPECT_EQ(authority("[::1]"), (Authority{"::1", std::nullopt}));
}

TEST(Authority, prints_what_it_reads) {
  for (std::string_view text : {"web:80", "web", "10.0.0.1", "[::1]:443", "[::1]"}) {
    EXPECT_EQ(authority(text).to_string(), text);
  }
}

TEST(Authority, refuses_what_could_be_read_in_two_ways) {
  for (std::string_view bad :
       {"", ":80", "web:", "web:x", "web:65536", "user@web:80", "web/path", "web:80/", "::1",
        "::1:80", "[10.0.0.1]:80", "[::1", "[::1]80", "[web]:80", "web:80:80", "we b"}) {
    EXPECT_FALSE(Authority::parse(bad).has_value()) << bad;
  }
}

TEST(Authority, knows_its_address_and_port) {
  EXPECT_EQ(authority("10.0.0.1").ip(), IpAddress::parse("10.0.0.1").value());
  EXPECT_EQ(authority("web").ip(), std::nullopt);
  EXPECT_EQ(authority("web").port_or(default_port("http")), 80);
  EXPECT_EQ(authority("web").port_or(default_port("https")), 443);
  EXPECT_EQ(authority("web:8080").port_or(80), 8080);
}

}  // namespace
}  // namespace seine::model
