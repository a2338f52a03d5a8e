// SPDX-License-Identifier: Apache-2.0
#include "dns/message.h"

#include <gtest/gtest.h>

#include <string>

namespace seine::dns {
namespace {

Name name_of(std::string_view text) {
  return Name::from_text(text).value();
}

std::vector<std::uint8_t> bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

Record record_of(std::string_view name, Rdata data) {
  return {.name = name_of(name), .ttl = 30, .data = std::move(data)};
}

Message full_message() {
  Message message = make_query(0x1234, name_of("_grpc._tcp.dest.linkerd"), Type::kSrv);
  message.is_response = true;
  message.authoritative = true;
  message.recursion_available = true;
  message.answers = {
      record_of("_grpc._tcp.dest.linkerd", Srv{1, 2, 8086, name_of("10-0-0-1.dest.linkerd")}),
      record_of("alias.linkerd", Cname{name_of("dest.linkerd")}),
      record_of("1.0.0.10.in-addr.arpa", Ptr{name_of("dest.linkerd")}),
      record_of("txt.linkerd", Opaque{Type::kTxt, {3, 'a', 'b', 'c'}})};
  message.authorities = {
      record_of("linkerd", Ns{name_of("ns.linkerd")}),
      record_of("linkerd", Soa{name_of("ns.linkerd"), name_of("root.linkerd"), 1, 2, 3, 4, 5})};
  message.additionals = {record_of("10-0-0-1.dest.linkerd", A{{10, 0, 0, 1}}),
                         record_of("10-0-0-1.dest.linkerd", Aaaa{{0xfd, 0, 1}})};
  return message;
}

TEST(Message, survives_a_round_trip_with_every_kind_of_record) {
  const Message message = full_message();
  const BuiltMessage built = build_message(message);
  EXPECT_TRUE(built.complete);
  const auto parsed = parse_message(built.bytes);
  ASSERT_TRUE(parsed) << parsed.error().to_string();
  EXPECT_EQ(*parsed, message);
}

TEST(Message, builds_the_query_of_the_specification) {
  Message query = make_query(0xabcd, name_of("a.b"), Type::kA);
  query.edns.reset();
  EXPECT_EQ(build_message(query).bytes,
            bytes_of(std::string("\xab\xcd\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
                                 "\x01"
                                 "a\x01"
                                 "b\x00\x00\x01\x00\x01",
                                 21)));
}

TEST(Message, asks_with_edns_for_1232_bytes) {
  const auto parsed = parse_message(build_message(make_query(1, name_of("a"), Type::kAaaa)).bytes);
  ASSERT_TRUE(parsed && parsed->edns);
  EXPECT_EQ(parsed->edns->udp_bytes, 1232);
  EXPECT_TRUE(parsed->recursion_desired);
}

TEST(Message, does_not_compress_the_target_of_srv) {
  Message message;
  message.questions = {{name_of("x.y"), Type::kSrv, Class::kIn}};
  message.answers = {record_of("x.y", Srv{0, 0, 1, name_of("x.y")})};
  // 12 header, 5 + 4 question, 2 + 10 fixed, 6 + 5 data.
  EXPECT_EQ(build_message(message).bytes.size(), 12u + 9 + 12 + 11);
}

TEST(Message, carries_the_upper_bits_of_the_code_in_edns) {
  Message message;
  message.is_response = true;
  message.rcode = Rcode::kBadVers;
  message.edns = Edns{};
  const auto parsed = parse_message(build_message(message).bytes);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->rcode, Rcode::kBadVers);
  EXPECT_EQ(rcode_name(parsed->rcode), "BADVERS");
}

TEST(Message, sets_tc_where_answers_do_not_fit) {
  Message message;
  for (int i = 0; i < 100; ++i) message.answers.push_back(record_of("a", A{{10, 0, 0, 1}}));
  const BuiltMessage built = build_message(message, 512);
  EXPECT_FALSE(built.complete);
  const auto parsed = parse_message(built.bytes);
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(parsed->truncated);
  EXPECT_EQ(parsed->answers.size(), 31u);  // 12 + 17 + 30 * 16 = 509
}

TEST(Message, leaves_additional_records_out_without_tc) {
  Message message;
  for (int i = 0; i < 100; ++i) message.additionals.push_back(record_of("a", A{{10, 0, 0, 1}}));
  message.edns = Edns{};
  const BuiltMessage built = build_message(message, 512);
  EXPECT_FALSE(built.complete);
  const auto parsed = parse_message(built.bytes);
  ASSERT_TRUE(parsed);
  EXPECT_FALSE(parsed->truncated);
  EXPECT_EQ(parsed->additionals.size(), 30u);
  EXPECT_TRUE(parsed->edns);
}

TEST(Message, keeps_addresses_of_other_classes_as_bytes) {
  Message message;
  message.answers = {
      {.name = name_of("x"), .dns_class = Class{3}, .ttl = 1, .data = Opaque{Type::kA, {1, 2}}}};
  const auto parsed = parse_message(build_message(message).bytes);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->answers, message.answers);
}

TEST(Message, refuses_every_prefix_of_a_message) {
  const auto bytes = build_message(full_message()).bytes;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(parse_message(std::span(bytes).first(size))) << size;
  }
}

TEST(Message, refuses_an_address_of_the_wrong_length) {
  Message message;
  message.answers = {record_of("a", A{{10, 0, 0, 1}})};
  auto bytes = build_message(message).bytes;
  bytes[bytes.size() - 5] = 3;
  const auto parsed = parse_message(bytes);
  ASSERT_FALSE(parsed);
  EXPECT_NE(parsed.error().message.find("type A"), std::string::npos);
}

TEST(Message, refuses_a_name_longer_or_shorter_than_its_data) {
  Message message;
  message.answers = {record_of("a", Ns{name_of("bc")})};
  auto bytes = build_message(message).bytes;
  const std::size_t length_at = bytes.size() - 5;
  ++bytes[length_at];
  bytes.push_back(0);
  EXPECT_FALSE(parse_message(bytes));
}

TEST(Message, refuses_counts_beyond_the_limits) {
  std::vector<std::uint8_t> header(12);
  header[5] = 17;
  ASSERT_FALSE(parse_message(header));
  EXPECT_EQ(parse_message(header).error().code, ErrorCode::kLimit);
  header[5] = 0;
  header[6] = 4;
  header[7] = 1;
  EXPECT_EQ(parse_message(header).error().code, ErrorCode::kLimit);
}

TEST(Message, refuses_a_second_or_misplaced_opt) {
  Message message;
  message.edns = Edns{};
  auto bytes = build_message(message).bytes;
  auto twice = bytes;
  twice.insert(twice.end(), bytes.begin() + 12, bytes.end());
  twice[11] = 2;
  EXPECT_FALSE(parse_message(twice));
  bytes[7] = 1;
  bytes[11] = 0;
  EXPECT_FALSE(parse_message(bytes));
}

}  // namespace
}  // namespace seine::dns
