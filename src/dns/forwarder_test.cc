// SPDX-License-Identifier: Apache-2.0
#include "dns/forwarder.h"

#include <gtest/gtest.h>

#include "dns/testing/fake_server.h"
#include "runtime/testing/test_loop.h"

namespace seine::dns {
namespace {

using std::chrono::milliseconds;

Name name_of(std::string_view text) {
  return Name::from_text(text).value();
}

class ForwarderTest : public ::testing::Test {
 protected:
  Result<Reply> forward(const Message& query) {
    UpstreamForwarder forwarder(t_.loop, {.servers = {first_.addr(), second_.addr()}});
    return t_.run(forwarder.forward(query));
  }
  static Record address(std::uint8_t last) {
    return {.name = name_of("example.com"), .ttl = 60, .data = A{{192, 0, 2, last}}};
  }

  runtime::testing::TestLoop t_;
  testing::FakeServer first_{t_.loop};
  testing::FakeServer second_{t_.loop};
  Message query_ = make_query(0x4242, name_of("Example.COM"), Type::kA);
};

TEST_F(ForwarderTest, asks_under_an_id_of_its_own_and_relays_under_the_askers) {
  first_.records = {address(1)};
  const auto reply = forward(query_);
  ASSERT_TRUE(reply) << reply.error().to_string();
  EXPECT_EQ(first_.ids.size(), 1u);
  EXPECT_EQ(second_.questions, 0u);
  const Message relayed = parse_message(relay_reply(query_, *reply, 512)).value();
  EXPECT_EQ(relayed.id, 0x4242);
  EXPECT_EQ(relayed.answers, std::vector{address(1)});
  EXPECT_EQ(relayed.questions.at(0).name.to_text(), "Example.COM.");
}

TEST_F(ForwarderTest, turns_to_the_next_server_where_one_fails_or_refuses) {
  second_.records = {address(2)};
  for (const Rcode rcode : {Rcode::kServFail, Rcode::kRefused}) {
    first_.rcode = rcode;
    EXPECT_EQ(forward(query_)->message.answers, std::vector{address(2)});
  }
  second_.rcode = Rcode::kServFail;
  EXPECT_EQ(forward(query_)->message.rcode, Rcode::kServFail);
  first_.rcode = Rcode::kNxDomain;
  second_.questions = 0;
  EXPECT_EQ(forward(query_)->message.rcode, Rcode::kNxDomain);
  EXPECT_EQ(second_.questions, 0u);
}

TEST_F(ForwarderTest, turns_to_the_next_server_where_one_is_silent) {
  first_.silent = true;
  second_.records = {address(2)};
  UpstreamForwarder forwarder(t_.loop, {.servers = {first_.addr(), second_.addr()}});
  std::optional<Result<Reply>> reply;
  runtime::TaskScope scope(t_.loop, [](Error) {});
  const auto run = [](Forwarder& f, const Message& query,
                      std::optional<Result<Reply>>& out) -> runtime::Task<void> {
    out = co_await f.forward(query);
  };
  scope.spawn(run(forwarder, query_, reply));
  t_.advance(milliseconds(1400));
  EXPECT_FALSE(reply);
  t_.advance(milliseconds(200));
  for (int i = 0; i < 1000 && !reply; ++i) t_.loop.run_turn(false);
  ASSERT_TRUE(reply && *reply);
  EXPECT_EQ((*reply)->message.answers, std::vector{address(2)});
}

TEST_F(ForwarderTest, fetches_by_tcp_what_came_truncated_and_cuts_it_for_a_small_asker) {
  first_.truncates = true;
  for (std::uint8_t i = 0; i < 200; ++i) first_.records.push_back(address(i));
  const auto reply = forward(query_);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->message.answers.size(), 200u);
  EXPECT_EQ(first_.tcp_questions, 1u);
  EXPECT_EQ(parse_message(relay_reply(query_, *reply, kMaxMessageBytes))->answers.size(), 200u);
  const Message cut = parse_message(relay_reply(query_, *reply, 512)).value();
  EXPECT_TRUE(cut.truncated);
  EXPECT_EQ(cut.id, 0x4242);
  EXPECT_TRUE(cut.answers.empty());
  EXPECT_EQ(cut.questions, query_.questions);
}

TEST_F(ForwarderTest, asks_with_edns_only_for_an_asker_that_has_it) {
  first_.knows_edns = false;
  first_.records = {address(1)};
  EXPECT_EQ(forward(query_)->message.rcode, Rcode::kFormErr);
  query_.edns.reset();
  EXPECT_EQ(forward(query_)->message.rcode, Rcode::kNoError);
}

TEST_F(ForwarderTest, says_so_without_servers) {
  UpstreamForwarder forwarder(t_.loop, {});
  const auto reply = t_.run(forwarder.forward(query_));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace seine::dns
