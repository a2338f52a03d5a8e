// SPDX-License-Identifier: Apache-2.0
#include "dns/name.h"

#include <gtest/gtest.h>

#include <string>

namespace seine::dns {
namespace {

Name name_of(std::string_view text) {
  auto name = Name::from_text(text);
  EXPECT_TRUE(name.has_value()) << text;
  return name.value_or(Name());
}

std::vector<std::uint8_t> bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

TEST(Name, is_absolute_with_or_without_the_final_dot) {
  EXPECT_EQ(name_of("web.default.svc"), name_of("web.default.svc."));
  EXPECT_EQ(name_of("web.default.svc").to_text(), "web.default.svc.");
}

TEST(Name, keeps_its_case_and_compares_without_it) {
  EXPECT_EQ(name_of("WeB.Example").to_text(), "WeB.Example.");
  EXPECT_EQ(name_of("WeB.Example"), name_of("wEb.eXAMPLE"));
  EXPECT_TRUE((name_of("WEB") <=> name_of("web")) == 0);
}

TEST(Name, reads_the_root) {
  EXPECT_TRUE(name_of(".").is_root());
  EXPECT_EQ(Name().to_text(), ".");
}

TEST(Name, refuses_empty_labels_and_empty_text) {
  for (const char* text : {"", "..", "a..b", ".a"}) {
    auto name = Name::from_text(text);
    ASSERT_FALSE(name) << text;
    EXPECT_EQ(name.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(Name, holds_labels_of_63_bytes_and_no_more) {
  EXPECT_TRUE(Name::from_text(std::string(63, 'a')));
  EXPECT_FALSE(Name::from_text(std::string(64, 'a')));
}

TEST(Name, holds_255_bytes_and_no_more) {
  // Three labels of 63 and one of 61: 3 * 64 + 62 + 1 = 255.
  const std::string base =
      std::string(63, 'a') + "." + std::string(63, 'b') + "." + std::string(63, 'c') + ".";
  EXPECT_TRUE(Name::from_text(base + std::string(61, 'd')));
  EXPECT_FALSE(Name::from_text(base + std::string(62, 'd')));
  EXPECT_FALSE(name_of(std::string(63, 'a')).with_suffix(name_of(base + std::string(61, 'd'))));
}

TEST(Name, escapes_dots_backslashes_and_unprintable_bytes) {
  const Name name = name_of(R"(a\.b\\c\007\255.x)");
  EXPECT_EQ(name.label_count(), 2u);
  EXPECT_EQ(name.to_text(), R"(a\.b\\c\007\255.x.)");
  EXPECT_FALSE(Name::from_text(R"(a\)"));
  EXPECT_FALSE(Name::from_text(R"(a\25)"));
  EXPECT_FALSE(Name::from_text(R"(a\256)"));
}

TEST(Name, knows_the_zones_it_lies_in) {
  const Name name = name_of("web.default.svc.Cluster.local");
  EXPECT_TRUE(name.is_within(name_of("cluster.LOCAL")));
  EXPECT_TRUE(name.is_within(name));
  EXPECT_TRUE(name.is_within(Name()));
  EXPECT_FALSE(name.is_within(name_of("ter.local")));
  EXPECT_FALSE(name_of("local").is_within(name));
}

TEST(Name, reads_a_compressed_name_and_moves_behind_the_pointer) {
  const auto message = bytes_of(std::string("\x03web\x05local\x00\x03web\xc0\x04!", 18));
  std::size_t offset = 11;
  const auto name = Name::from_wire(message, offset);
  ASSERT_TRUE(name);
  EXPECT_EQ(name->to_text(), "web.local.");
  EXPECT_EQ(offset, 17u);
}

TEST(Name, refuses_pointers_that_do_not_go_backwards) {
  const std::string loops[] = {std::string("\xc0\x00", 2),
                               std::string("\x01"
                                           "a\xc0\x00",
                                           4),
                               std::string("\xc0\x02\xc0\x00", 4),
                               std::string("\xc0\x04\x00\x00\x00", 5)};
  for (const std::string& loop : loops) {
    std::size_t offset = 0;
    const auto name = Name::from_wire(bytes_of(loop), offset);
    ASSERT_FALSE(name);
    EXPECT_EQ(name.error().code, ErrorCode::kProtocol);
    EXPECT_EQ(offset, 0u);
  }
}

TEST(Name, refuses_wire_forms_that_are_cut_or_too_long) {
  std::string long_name;
  for (int i = 0; i < 128; ++i)
    long_name +=
        "\x01"
        "a";
  long_name.push_back('\0');
  for (const std::string& bad :
       {std::string(), std::string("\x03we"), std::string("\x03web"), std::string("\xc0"),
        std::string("\x40"
                    "a"),
        long_name}) {
    std::size_t offset = 0;
    EXPECT_FALSE(Name::from_wire(bytes_of(bad), offset));
  }
}

TEST(Name, hashes_without_regard_to_case) {
  const std::hash<Name> hash;
  EXPECT_EQ(hash(name_of("Web.SHOP")), hash(name_of("wEB.shop")));
  EXPECT_NE(hash(name_of("web.shop")), hash(name_of("shop.web")));
}

TEST(Name, has_a_parent_and_the_root_is_its_own) {
  EXPECT_EQ(name_of("web.default.svc").parent().to_text(), "default.svc.");
  EXPECT_TRUE(name_of("svc").parent().is_root());
  EXPECT_TRUE(Name().parent().is_root());
}

TEST(NameWriter, points_back_at_the_longest_suffix_already_written) {
  std::vector<std::uint8_t> message;
  NameWriter writer;
  writer.write(name_of("web.default.svc"), message);
  const std::size_t plain = message.size();
  writer.write(name_of("api.DEFAULT.svc"), message);
  EXPECT_EQ(message.size(), plain + 4 + 2);
  std::size_t offset = plain;
  const auto name = Name::from_wire(message, offset);
  ASSERT_TRUE(name);
  EXPECT_EQ(*name, name_of("api.default.svc"));
}

TEST(NameWriter, forgets_what_was_cut_off) {
  std::vector<std::uint8_t> message(4);
  NameWriter writer;
  writer.write(name_of("web"), message);
  message.resize(4);
  writer.forget_from(4);
  writer.write(name_of("web"), message);
  EXPECT_EQ(message.size(), 9u);
}

}  // namespace
}  // namespace seine::dns
