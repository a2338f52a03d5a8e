// SPDX-License-Identifier: Apache-2.0
#include "control/registry/join_tokens.h"

#include <utility>

#include "base/base64.h"
#include "control/registry/registry_limits.h"
#include "crypto/random.h"

namespace seine::control {
namespace {

constexpr std::string_view kPrefix = "seine-join-";
constexpr std::size_t kSecretOctets = 32;

std::unexpected<Error> refuse(std::string why) {
  return fail(ErrorCode::kUnauthorized, std::move(why));
}

}  // namespace

Result<std::string> JoinTokens::create(JoinPermit permit, Duration life, TimePoint now) {
  std::erase_if(tokens_, [now](const auto& entry) { return entry.second.expires <= now; });
  if (tokens_.size() >= kMaxJoinTokens) {
    return fail(ErrorCode::kLimit, "there are " + std::to_string(kMaxJoinTokens) +
                                       " join tokens already; wait until some have expired");
  }
  std::string token(kPrefix);
  token += encode_base64url(crypto::random_octets(kSecretOctets));
  tokens_[crypto::sha256(token)] = {.permit = std::move(permit), .expires = now + life};
  return token;
}

Result<void> JoinTokens::check(std::string_view token, std::string_view ns,
                               std::string_view workload, TimePoint now) const {
  if (token.empty()) return refuse("the request has no join token");
  const auto found = tokens_.find(crypto::sha256(token));
  if (found == tokens_.end()) {
    return refuse(
        "the join token is unknown: it expired, or was made before the controller was started");
  }
  const Entry& entry = found->second;
  if (entry.used) return refuse("the join token was used already, and it lets in one process");
  if (entry.expires <= now) return refuse("the join token has expired");
  const JoinPermit& permit = entry.permit;
  if ((!permit.ns.empty() && permit.ns != ns) ||
      (!permit.workload.empty() && permit.workload != workload)) {
    return refuse("the join token is for " + (permit.ns.empty() ? "any namespace" : permit.ns) +
                  "/" + (permit.workload.empty() ? "any workload" : permit.workload) +
                  ", not for " + std::string(ns) + "/" + std::string(workload));
  }
  return {};
}

void JoinTokens::redeem(std::string_view token) {
  const auto found = tokens_.find(crypto::sha256(token));
  if (found != tokens_.end()) found->second.used = true;
}

}  // namespace seine::control
