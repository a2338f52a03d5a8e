// SPDX-License-Identifier: Apache-2.0
#include "dive/api/agent_credentials.h"

#include <gtest/gtest.h>

#include "crypto/signature.h"
#include "dive/agent/agent_key.h"
#include "dive/api/testing/memory_store.h"
#include "runtime/testing/test_loop.h"

namespace seine::dive {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class AgentCredentialsTest : public ::testing::Test {
 protected:
  ErrorCode join(const std::string& token, const std::string& cluster,
                 const crypto::PrivateKey& by) {
    const auto joined = t_.run(credentials_.join(token, cluster, crypto::public_key_der(by)));
    return joined ? ErrorCode::kInternal : joined.error().code;
  }
  // kInternal stands for none.
  static constexpr ErrorCode kJoined = ErrorCode::kInternal;
  Result<std::string> authenticate(const std::string& cluster, const crypto::PrivateKey& by) {
    auto nonce = credentials_.make_nonce(cluster);
    if (!nonce) return nonce;
    return t_.run(credentials_.authenticate(
        cluster, *nonce, crypto::sign(by, challenge_text(cluster, *nonce)).value()));
  }
  // Whose cluster's agent has the bearer; empty: nobody's.
  std::string who(const std::string& authorization) {
    const auto caller = credentials_.find_caller(authorization);
    return caller ? caller->cluster : "";
  }
  std::string make_token(const std::string& cluster = "") {
    return t_.run(credentials_.make_join_token(cluster)).value();
  }

  runtime::testing::TestLoop t_;
  testing::MemoryBook book_;
  AgentCredentials credentials_{t_.loop, book_};
  const crypto::PrivateKey key_ = crypto::PrivateKey::generate().value();
  const crypto::PrivateKey other_ = crypto::PrivateKey::generate().value();
};

TEST_F(AgentCredentialsTest, bind_a_cluster_to_the_key_that_has_the_token) {
  const std::string token = make_token("local");
  EXPECT_EQ(join(token, "local", key_), kJoined);
  EXPECT_EQ(join(token, "local", key_), kJoined) << "the answer may have been lost";
  EXPECT_EQ(join(token, "local", other_), ErrorCode::kUnauthorized) << "it is used";
  const auto bearer = authenticate("local", key_);
  ASSERT_TRUE(bearer) << bearer.error().message;
  EXPECT_EQ(who("Bearer " + *bearer), "local");
  EXPECT_EQ(authenticate("local", other_).error().code, ErrorCode::kUnauthorized);
}

TEST_F(AgentCredentialsTest, take_no_token_that_is_not_meant_for_the_cluster_or_over) {
  EXPECT_EQ(join("guessed", "local", key_), ErrorCode::kUnauthorized);
  EXPECT_EQ(join(make_token("local"), "prod", key_), ErrorCode::kUnauthorized);
  EXPECT_EQ(join(make_token(), "prod", key_), kJoined) << "one for any";
  const std::string late = make_token("late");
  t_.clock.advance(kJoinTokenLife + seconds(1));
  EXPECT_EQ(join(late, "late", key_), ErrorCode::kUnauthorized);
}

TEST_F(AgentCredentialsTest, refuse_names_and_keys_that_cannot_be) {
  const std::string token = make_token();
  for (const std::string& name :
       {std::string(), std::string("A"), std::string("a b"), std::string(64, 'a'),
        std::string("a\0b", 3), std::string("-a")}) {
    EXPECT_EQ(join(token, name, key_), ErrorCode::kInvalidArgument) << name;
  }
  EXPECT_EQ(t_.run(credentials_.join(token, "local", "no key")).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(join(token, "local", key_), kJoined) << "and the token is not used by that";
}

TEST_F(AgentCredentialsTest, take_a_nonce_once_and_for_a_minute) {
  ASSERT_EQ(join(make_token(), "local", key_), kJoined);
  const std::string nonce = credentials_.make_nonce("local").value();
  const std::string signature = crypto::sign(key_, challenge_text("local", nonce)).value();
  EXPECT_TRUE(t_.run(credentials_.authenticate("local", nonce, signature)));
  EXPECT_FALSE(t_.run(credentials_.authenticate("local", nonce, signature)));
  const std::string older = credentials_.make_nonce("local").value();
  ASSERT_TRUE(authenticate("local", key_));
  EXPECT_FALSE(t_.run(credentials_.authenticate(
      "local", older, crypto::sign(key_, challenge_text("local", older)).value())));
  const std::string late = credentials_.make_nonce("local").value();
  t_.advance(kNonceLife + seconds(1), seconds(10));
  EXPECT_FALSE(t_.run(credentials_.authenticate(
      "local", late, crypto::sign(key_, challenge_text("local", late)).value())));
  const std::string of_other = credentials_.make_nonce("prod").value();
  EXPECT_FALSE(t_.run(credentials_.authenticate(
      "local", of_other, crypto::sign(key_, challenge_text("local", of_other)).value())));
}

TEST_F(AgentCredentialsTest, end_a_bearer_token_after_ten_minutes) {
  ASSERT_EQ(join(make_token(), "local", key_), kJoined);
  const std::string bearer = "Bearer " + authenticate("local", key_).value();
  t_.advance(kBearerLife - seconds(1), minutes(1));
  EXPECT_EQ(who(bearer), "local");
  t_.advance(seconds(2));
  EXPECT_EQ(who(bearer), "");
  for (const char* no : {"", "Bearer ", "Bearer x", "Basic x"}) {
    EXPECT_EQ(who(no), "") << no;
  }
}

TEST_F(AgentCredentialsTest, let_nobody_be_kept_out_by_those_who_only_ask) {
  ASSERT_EQ(join(make_token(), "local", key_), kJoined);
  const std::string nonce = credentials_.make_nonce("local").value();
  for (int i = 0; i < 5000; ++i) ASSERT_TRUE(credentials_.make_nonce("local")) << i;
  EXPECT_TRUE(t_.run(credentials_.authenticate(
      "local", nonce, crypto::sign(key_, challenge_text("local", nonce)).value())));
  EXPECT_TRUE(authenticate("local", key_));
}

TEST_F(AgentCredentialsTest, let_no_cluster_keep_others_out) {
  ASSERT_EQ(join(make_token(), "local", key_), kJoined);
  ASSERT_EQ(join(make_token(), "prod", other_), kJoined);
  const std::string first = authenticate("local", key_).value();
  const std::string others = authenticate("prod", other_).value();
  for (std::size_t i = 0; i < kMaxBearers; ++i) ASSERT_TRUE(authenticate("local", key_)) << i;
  EXPECT_EQ(who("Bearer " + first), "") << "its own oldest goes";
  EXPECT_EQ(who("Bearer " + others), "prod");
}

TEST_F(AgentCredentialsTest, end_the_bearers_of_a_key_that_another_has_followed) {
  const std::string token = make_token();
  ASSERT_EQ(join(token, "local", key_), kJoined);
  const std::string bearer = "Bearer " + authenticate("local", key_).value();
  ASSERT_EQ(join(make_token(), "local", key_), kJoined);
  EXPECT_EQ(who(bearer), "local") << "it is the same key";
  ASSERT_EQ(join(make_token(), "local", other_), kJoined);
  EXPECT_EQ(who(bearer), "");
  EXPECT_EQ(join(token, "local", key_), ErrorCode::kUnauthorized) << "a used token takes none back";
  EXPECT_TRUE(authenticate("local", other_));
}

TEST_F(AgentCredentialsTest, take_no_nonce_that_was_changed) {
  ASSERT_EQ(join(make_token(), "local", key_), kJoined);
  const std::string nonce = credentials_.make_nonce("local").value();
  for (std::size_t i = 0; i <= nonce.size(); ++i) {
    std::string other = nonce;
    if (i < nonce.size()) {
      other[i] = static_cast<char>(other[i] ^ 1);
    } else {
      other.pop_back();
    }
    EXPECT_FALSE(t_.run(credentials_.authenticate(
        "local", other, crypto::sign(key_, challenge_text("local", other)).value())))
        << i;
  }
}

TEST_F(AgentCredentialsTest, keep_no_token_as_it_is_shown) {
  const std::string token = make_token("local");
  ASSERT_EQ(book_.tokens.size(), 1u);
  EXPECT_TRUE(book_.tokens.contains(crypto::sha256(token)));
}

}  // namespace
}  // namespace seine::dive
