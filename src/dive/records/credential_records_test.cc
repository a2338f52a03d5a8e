// SPDX-License-Identifier: Apache-2.0
// Who may speak for a cluster, kept.
#include "gtest/gtest.h"

#include "dive/records/records_limits.h"
#include "dive/records/testing/records_world.h"
#include "runtime/combine.h"

namespace seine::dive {
namespace {

using std::chrono::minutes;
using testing::kNoon;

const std::string kKey = std::string("key one\0\xff", 9);

class CredentialRecordsTest : public testing::RecordsTest {
 protected:
  void add_token(std::string_view token, std::string cluster = {},
                 WallTime expires = kNoon + minutes(10)) {
    const auto added = real_.run(
        sink_->add_token(crypto::sha256(token), {std::move(cluster), expires, std::string()}));
    ASSERT_TRUE(added.has_value()) << added.error().to_string();
  }
  std::optional<JoinTokenRow> token(std::string_view token) {
    auto found = real_.run(sink_->find_token(crypto::sha256(token)));
    EXPECT_TRUE(found.has_value()) << found.error().to_string();
    return found.value_or(std::nullopt);
  }
  Result<void> bind(std::string_view token, std::string cluster, std::string key) {
    return real_.run(sink_->bind(crypto::sha256(token), std::move(cluster), std::move(key)));
  }
  std::optional<std::string> key(std::string cluster) {
    auto found = real_.run(sink_->find_key(std::move(cluster)));
    EXPECT_TRUE(found.has_value()) << found.error().to_string();
    return found.value_or(std::nullopt);
  }
};

TEST_F(CredentialRecordsTest, a_token_binds_a_key_once_and_both_are_there_after_a_restart) {
  add_token("secret", "east");
  EXPECT_FALSE(token("other"));
  EXPECT_FALSE(key("east"));
  reopen();
  ASSERT_TRUE(token("secret"));
  EXPECT_EQ(token("secret")->cluster, "east");
  EXPECT_EQ(token("secret")->expires, kNoon + minutes(10));
  EXPECT_EQ(token("secret")->used_by, "");
  ASSERT_TRUE(bind("secret", "east", kKey).has_value());
  EXPECT_TRUE(records_->clusters().contains("east"));
  reopen();
  EXPECT_EQ(token("secret")->used_by, kKey);
  EXPECT_EQ(key("east"), kKey);
  EXPECT_TRUE(records_->clusters().contains("east"));
  EXPECT_TRUE(bind("secret", "east", kKey).has_value()) << "asked again";
  const auto second = bind("secret", "east", "another");
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::kUnauthorized);
  EXPECT_EQ(key("east"), kKey);
}

TEST_F(CredentialRecordsTest, nothing_of_the_token_itself_is_in_the_database) {
  add_token("a secret that nobody may read");
  EXPECT_EQ(number("SELECT count(*) FROM join_tokens WHERE digest = CAST('a secret that nobody may"
                   " read' AS BYTEA)"),
            0);
  EXPECT_EQ(number("SELECT length(digest) FROM join_tokens"), 32);
}

TEST_F(CredentialRecordsTest, a_token_for_any_cluster_is_good_for_one) {
  add_token("any");
  ASSERT_TRUE(bind("any", "east", kKey).has_value());
  EXPECT_EQ(bind("any", "west", kKey).error().code, ErrorCode::kUnauthorized);
  EXPECT_EQ(bind("unknown", "west", kKey).error().code, ErrorCode::kUnauthorized);
  EXPECT_FALSE(key("west"));
  EXPECT_FALSE(records_->clusters().contains("west"));
}

TEST_F(CredentialRecordsTest, another_token_puts_another_key_in_the_place_of_the_first) {
  add_token("one", "east");
  add_token("two", "east");
  ASSERT_TRUE(bind("one", "east", kKey).has_value());
  ASSERT_TRUE(bind("two", "east", "second").has_value());
  EXPECT_EQ(key("east"), "second");
  EXPECT_EQ(bind("one", "east", kKey).error().code, ErrorCode::kUnauthorized)
      << "a token that was used brings nobody back";
  EXPECT_EQ(key("east"), "second");
  EXPECT_TRUE(bind("two", "east", "second"));
}

TEST_F(CredentialRecordsTest, of_two_keys_that_come_at_once_with_one_token_one_is_bound) {
  for (int round = 0; round < 20; ++round) {
    const std::string secret = "secret" + std::to_string(round);
    const std::string cluster = "east" + std::to_string(round);
    add_token(secret);
    const auto race = [](StoreSink& sink, std::string token,
                         std::string name) -> runtime::Task<std::pair<Result<void>, Result<void>>> {
      const crypto::Sha256 digest = crypto::sha256(token);
      auto [first, second] = co_await runtime::all(sink.bind(digest, name, "first"),
                                                   sink.bind(digest, name, "second"));
      co_return std::pair(std::move(first), std::move(second));
    };
    const auto [first, second] = real_.run(race(*sink_, secret, cluster));
    ASSERT_NE(first.has_value(), second.has_value()) << round;
    const Error& loser = first ? second.error() : first.error();
    EXPECT_EQ(loser.code, ErrorCode::kUnauthorized) << loser.to_string();
    const std::string winner = first ? "first" : "second";
    EXPECT_EQ(key(cluster), winner);
    EXPECT_EQ(token(secret)->used_by, winner);
  }
}

TEST_F(CredentialRecordsTest, tokens_that_are_over_are_forgotten_used_ones_later) {
  add_token("unused");
  add_token("used");
  add_token("valid", "", kNoon + minutes(60));
  ASSERT_TRUE(bind("used", "east", kKey).has_value());
  ASSERT_TRUE(real_.run(records_->forget(kNoon + minutes(11), WallTime{})).has_value());
  EXPECT_FALSE(token("unused"));
  EXPECT_TRUE(token("used"));
  EXPECT_TRUE(token("valid"));
  const WallTime later = kNoon + minutes(11) + kTokenKeptFor;
  ASSERT_TRUE(real_.run(records_->forget(later, WallTime{})).has_value());
  EXPECT_FALSE(token("used"));
  EXPECT_EQ(key("east"), kKey);
}

TEST_F(CredentialRecordsTest, there_is_a_limit_of_tokens) {
  for (std::int64_t i = 0; i < kMaxJoinTokens; ++i) {
    add_token("token" + std::to_string(i), "", kNoon + minutes(1));
  }
  const auto refused = real_.run(
      sink_->add_token(crypto::sha256("one more"), {"", kNoon + minutes(1), std::string()}));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kLimit);
  ASSERT_TRUE(real_.run(records_->forget(kNoon + minutes(2), WallTime{})).has_value());
  add_token("one more");
}

}  // namespace
}  // namespace seine::dive
