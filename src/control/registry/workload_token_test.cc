// SPDX-License-Identifier: Apache-2.0
#include "control/registry/workload_token.h"

#include <gtest/gtest.h>

#include "base/base64.h"
#include "control/registry/registry_limits.h"

namespace seine::control {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr char kKey[] = "a key of thirty-two octets, or so";
constexpr WallTime kNow{std::chrono::seconds(1767225600)};

TokenClaims web() {
  return {.cluster = "local",
          .ns = "shop",
          .service_account = "web",
          .pod = "web-x7k2p",
          .lease = "0123456789abcdef",
          .issued = kNow,
          .expires = kNow + kTokenLife};
}

std::string refusal(const std::string& token) {
  const auto claims = open_token(token, kKey);
  if (claims) return "";
  EXPECT_EQ(claims.error().code, ErrorCode::kUnauthorized);
  EXPECT_TRUE(token.size() < 20 || claims.error().message.find(token) == std::string::npos);
  return claims.error().message;
}

// Other claims under the signature of a token of ours.
std::string with_claims(std::string_view json) {
  const std::string token = sign_token(web(), kKey);
  return token.substr(0, token.find('.') + 1) + encode_base64url(json) +
         token.substr(token.rfind('.'));
}

TEST(WorkloadToken, says_what_was_signed) {
  const auto claims = open_token(sign_token(web(), kKey), kKey);
  ASSERT_TRUE(claims) << claims.error().message;
  EXPECT_EQ(*claims, web());
}

TEST(WorkloadToken, is_a_json_web_token) {
  const std::string token = sign_token(web(), kKey);
  EXPECT_TRUE(token.starts_with("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."));
  const std::size_t first = token.find('.') + 1;
  EXPECT_EQ(decode_base64url(token.substr(first, token.rfind('.') - first)).value(),
            R"({"iss":"seine/local","sub":"system:serviceaccount:shop:web",)"
            R"("aud":["identity.l5d.io"],"iat":1767225600,"exp":1767226200,)"
            R"("pod":"web-x7k2p","lease":"0123456789abcdef"})");
}

TEST(WorkloadToken, is_refused_when_any_character_of_it_changed) {
  const std::string token = sign_token(web(), kKey);
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string altered = token;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    EXPECT_NE(refusal(altered), "") << i;
  }
  for (std::size_t size = 0; size < token.size(); ++size) {
    EXPECT_NE(refusal(token.substr(0, size)), "") << size;
  }
  EXPECT_NE(refusal(token + "A"), "");
  EXPECT_NE(refusal(token + "." + token), "");
}

TEST(WorkloadToken, of_another_key_or_claims_of_another_token_are_refused) {
  EXPECT_NE(refusal(sign_token(web(), "another key")), "");
  EXPECT_NE(refusal(with_claims("{}")), "");
}

TEST(WorkloadToken, does_not_choose_how_it_is_checked) {
  const std::string token = sign_token(web(), kKey);
  const std::string none = encode_base64url(R"({"alg":"none","typ":"JWT"})");
  const std::string body = token.substr(token.find('.'), token.rfind('.') - token.find('.'));
  EXPECT_NE(refusal(none + body + "."), "");
  EXPECT_NE(refusal(none + body + token.substr(token.rfind('.'))), "");
}

TEST(WorkloadToken, over_the_limit_is_not_looked_at) {
  EXPECT_EQ(refusal(std::string(kMaxWorkloadToken + 1, 'a')), "the token is over 4096 bytes");
}

TEST(WorkloadToken, claims_of_another_form_or_audience_are_refused) {
  const std::string good =
      R"({"iss":"seine/local","sub":"system:serviceaccount:shop:web",)"
      R"("aud":["a","identity.l5d.io"],"iat":1,"exp":2,"pod":"p","lease":"l"})";
  ASSERT_TRUE(parse_token_claims(good));
  const auto without = [&](std::string_view part, std::string_view instead) {
    std::string json = good;
    json.replace(json.find(part), part.size(), instead);
    const auto claims = parse_token_claims(json);
    return claims ? std::string() : claims.error().message;
  };
  EXPECT_EQ(without("\"identity.l5d.io\"", "\"other\""),
            "the token is for another audience than identity.l5d.io");
  for (const char* part : {"seine/", "system:serviceaccount:", ":web", "\"pod\":\"p\",",
                           "\"iat\":1,", "[\"a\",\"identity.l5d.io\"]", "}"}) {
    EXPECT_NE(without(part, ""), "") << part;
  }
  EXPECT_NE(without("{", "{\"more\":1,"), "");
  EXPECT_NE(without("\"exp\":2", "\"exp\":99999999999999"), "");
}

TEST(WorkloadToken, holds_from_its_making_to_its_end_and_a_clock_skew_around) {
  const TokenClaims claims = web();
  EXPECT_TRUE(check_token_times(claims, kNow));
  EXPECT_TRUE(check_token_times(claims, kNow - kClockSkew));
  EXPECT_FALSE(check_token_times(claims, kNow - kClockSkew - seconds(1)));
  EXPECT_TRUE(check_token_times(claims, kNow + minutes(15)));
  EXPECT_FALSE(check_token_times(claims, kNow + minutes(15) + seconds(1)));
}

}  // namespace
}  // namespace seine::control
