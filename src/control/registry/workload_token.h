// SPDX-License-Identifier: Apache-2.0
// Tokens that prove to Certify whose process it is, as a kubelet hands them to pods: a JSON Web
// Token (RFC 7519) with HMAC-SHA256 and no other algorithm,
//
//   {"iss": "seine/CLUSTER", "sub": "system:serviceaccount:NS:ACCOUNT",
//    "aud": ["identity.l5d.io"], "iat": 1767225600, "exp": 1767226200,
//    "pod": "web-x7k2p", "lease": "..."}
//
// bound to one pod by its lease: whoever reviews one asks whether the lease still holds. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace seine::control {

inline constexpr std::string_view kTokenAudience = "identity.l5d.io";
inline constexpr std::size_t kMaxWorkloadToken = 4096;

struct TokenClaims {
  std::string cluster;
  std::string ns;
  std::string service_account;
  std::string pod;
  std::string lease;
  WallTime issued;   // whole seconds
  WallTime expires;  // whole seconds
  bool operator==(const TokenClaims&) const = default;
};

std::string sign_token(const TokenClaims& claims, std::string_view key);

// What a token of ours says. Errors kUnauthorized, which do not quote it: another form, altered or
// of another key, another audience.
Result<TokenClaims> open_token(std::string_view token, std::string_view key);

// The second part of a token, decoded. Error kUnauthorized.
Result<TokenClaims> parse_token_claims(std::string_view json);

// Whether the token holds at `now`, kClockSkew before and after allowed. Error kUnauthorized.
Result<void> check_token_times(const TokenClaims& claims, WallTime now);

}  // namespace seine::control
