// SPDX-License-Identifier: Apache-2.0
#include "control/registry/workload_token.h"

#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/base64.h"
#include "control/registry/registry_limits.h"
#include "crypto/digest.h"
#include "crypto/mac.h"
#include "json/fields.h"
#include "json/value.h"
#include "json/writer.h"

namespace seine::control {
namespace {

// The one header there is, so that no token chooses how it is checked.
constexpr std::string_view kHeader = R"({"alg":"HS256","typ":"JWT"})";
constexpr std::string_view kIssuer = "seine/";
constexpr std::string_view kSubject = "system:serviceaccount:";
constexpr std::int64_t kLatestSecond = 7258118400;  // the year 2200, well within WallTime

std::unexpected<Error> refuse(const char* why) {
  return fail(ErrorCode::kUnauthorized, why);
}

std::int64_t seconds_of(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}
WallTime time_of(std::int64_t seconds) {
  return WallTime(std::chrono::seconds(seconds));
}

std::string text_of(const TokenClaims& claims) {
  json::Writer out;
  out.begin_object();
  out.key("iss").string(std::string(kIssuer) + claims.cluster);
  out.key("sub").string(std::string(kSubject) + claims.ns + ":" + claims.service_account);
  out.key("aud").begin_array().string(kTokenAudience).end_array();
  out.key("iat").integer(seconds_of(claims.issued));
  out.key("exp").integer(seconds_of(claims.expires));
  out.key("pod").string(claims.pod).key("lease").string(claims.lease);
  out.end_object();
  return std::move(out).take();
}

std::string mac_of(std::string_view signed_part, std::string_view key) {
  const crypto::Sha256 mac = crypto::hmac_sha256(key, signed_part);
  return {reinterpret_cast<const char*>(mac.data()), mac.size()};
}

std::span<const std::uint8_t> octets(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// Takes `prefix` off; false if it is not there.
bool strip(std::string& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.erase(0, prefix.size());
  return true;
}

}  // namespace

std::string sign_token(const TokenClaims& claims, std::string_view key) {
  std::string token = encode_base64url(kHeader) + "." + encode_base64url(text_of(claims));
  const std::string mac = mac_of(token, key);
  return token + "." + encode_base64url(mac);
}

Result<TokenClaims> open_token(std::string_view token, std::string_view key) {
  if (token.size() > kMaxWorkloadToken) return refuse("the token is over 4096 bytes");
  const std::size_t last = token.rfind('.');
  const std::size_t first = token.find('.');
  if (first == last) return refuse("the token is not one of this mesh");
  const auto mac = decode_base64url(token.substr(last + 1));
  const std::string expected = mac_of(token.substr(0, last), key);
  if (!mac || !crypto::equal_in_constant_time(octets(*mac), octets(expected)) ||
      token.substr(0, first) != encode_base64url(kHeader)) {
    return refuse("the token was altered, or is not one of this mesh");
  }
  const auto claims = decode_base64url(token.substr(first + 1, last - first - 1));
  if (!claims) return refuse("the token's claims are not understood");
  return parse_token_claims(*claims);
}

Result<TokenClaims> parse_token_claims(std::string_view json) {
  const auto document = json::parse(json, {.max_bytes = kMaxWorkloadToken, .max_depth = 4});
  if (!document) return refuse("the token's claims are not understood");
  json::Fields fields(*document, "");
  TokenClaims claims;
  claims.cluster = fields.text("iss");
  claims.ns = fields.text("sub");
  claims.pod = fields.text("pod");
  claims.lease = fields.text("lease");
  claims.issued = time_of(fields.integer("iat", 0, kLatestSecond));
  claims.expires = time_of(fields.integer("exp", 0, kLatestSecond));
  const std::vector<std::string> audience = fields.texts_or_empty("aud");
  if (!fields.finish() || !strip(claims.cluster, kIssuer) || !strip(claims.ns, kSubject)) {
    return refuse("the token's claims are not understood");
  }
  const std::size_t colon = claims.ns.find(':');
  if (colon == std::string::npos) return refuse("the token's claims are not understood");
  claims.service_account = claims.ns.substr(colon + 1);
  claims.ns.resize(colon);
  for (const std::string& one : audience) {
    if (one == kTokenAudience) return claims;
  }
  return refuse("the token is for another audience than identity.l5d.io");
}

Result<void> check_token_times(const TokenClaims& claims, WallTime now) {
  if (now > claims.expires + kClockSkew) return refuse("the token has expired");
  if (now + kClockSkew < claims.issued) {
    return refuse("the token is from the future: the clock was set back since it was made");
  }
  return {};
}

}  // namespace seine::control
