// SPDX-License-Identifier: Apache-2.0
#include "dive/api/agent_credentials.h"

#include <utility>

#include "base/base64.h"
#include "base/resource_name.h"
#include "crypto/random.h"
#include "crypto/signature.h"

namespace seine::dive {
namespace {

constexpr std::size_t kSecretOctets = 32;
constexpr std::size_t kNonceOctets = 32;
constexpr std::string_view kBearer = "Bearer ";

std::unexpected<Error> denied(std::string why) {
  return fail(ErrorCode::kUnauthorized, std::move(why));
}

Result<void> check_name(std::string_view cluster) {
  if (is_label_name(cluster)) return {};
  return fail(ErrorCode::kInvalidArgument,
              "a cluster's name has 1 to 63 small letters and digits, and dashes between them");
}

// dive.v1's AuthenticateRequest.
std::string signed_text(std::string_view cluster, std::string_view nonce) {
  std::string text = "dive.v1 agent";
  text.push_back('\0');
  text.append(cluster).push_back('\0');
  return text.append(nonce);
}

}  // namespace

runtime::Task<Result<std::string>> AgentCredentials::make_join_token(std::string cluster) {
  if (!cluster.empty()) {
    auto named = check_name(cluster);
    if (!named) co_return fail(std::move(named.error()));
  }
  std::string token = encode_base64url(crypto::random_octets(kSecretOctets));
  auto added = co_await book_.add_token(
      crypto::sha256(token),
      {.cluster = std::move(cluster), .expires = loop_.clock().wall_now() + kJoinTokenLife});
  if (!added) co_return fail(std::move(added.error()));
  co_return token;
}

runtime::Task<Result<void>> AgentCredentials::join(std::string token, std::string cluster,
                                                   std::string public_key) {
  auto named = check_name(cluster);
  if (!named) co_return named;
  const auto key = crypto::PublicKey::from_der(public_key);
  if (!key) co_return fail(key.error());
  const crypto::Sha256 digest = crypto::sha256(token);
  const auto found = co_await book_.find_token(digest);
  if (!found) co_return fail(found.error());
  const auto& known = *found;
  if (!known) co_return denied("the token is not known");
  if (!known->cluster.empty() && known->cluster != cluster) {
    co_return denied("the token is of another cluster");
  }
  if (!known->used_by.empty() && known->used_by != public_key) {
    co_return denied("the token has been used");
  }
  // Whoever has used it may ask again, however late: the answer may have been lost.
  if (known->used_by.empty() && known->expires < loop_.clock().wall_now()) {
    co_return denied("the token is over");
  }
  co_return co_await book_.bind(digest, std::move(cluster), std::move(public_key));
}

void AgentCredentials::forget_old(Claims& claims) const {
  std::erase_if(claims, [this](const auto& claim) { return claim.second.expires <= loop_.now(); });
}

Result<std::string> AgentCredentials::make_nonce(std::string_view cluster) {
  if (nonces_.size() >= kMaxNonces) forget_old(nonces_);
  if (nonces_.size() >= kMaxNonces) return fail(ErrorCode::kLimit, "too many ask who they are");
  auto named = check_name(cluster);
  if (!named) return fail(std::move(named.error()));
  std::string nonce = crypto::random_octets(kNonceOctets);
  nonces_[crypto::sha256(nonce)] = {std::string(cluster), loop_.now() + kNonceLife};
  return nonce;
}

runtime::Task<Result<std::string>> AgentCredentials::authenticate(std::string cluster,
                                                                  std::string nonce,
                                                                  std::string signature) {
  auto claim = nonces_.extract(crypto::sha256(nonce));
  const bool is_fresh =
      !claim.empty() && claim.mapped().cluster == cluster && claim.mapped().expires > loop_.now();
  if (!is_fresh) co_return denied("the nonce is not of this cluster, or over");
  const auto found = co_await book_.find_key(cluster);
  if (!found) co_return fail(found.error());
  if (!*found) co_return denied("no such cluster has joined");
  const auto key = crypto::PublicKey::from_der(**found);
  if (!key || !key->verify(signed_text(cluster, nonce), signature)) {
    co_return denied("another key speaks for this cluster");
  }
  if (bearers_.size() >= kMaxBearers) forget_old(bearers_);
  if (bearers_.size() >= kMaxBearers) co_return fail(ErrorCode::kLimit, "too many agents");
  std::string token = encode_base64url(crypto::random_octets(kSecretOctets));
  bearers_[crypto::sha256(token)] = {std::move(cluster), loop_.now() + kBearerLife};
  co_return token;
}

std::optional<std::string> AgentCredentials::find_cluster(std::string_view authorization) {
  if (!authorization.starts_with(kBearer)) return std::nullopt;
  const auto found = bearers_.find(crypto::sha256(authorization.substr(kBearer.size())));
  if (found == bearers_.end()) return std::nullopt;
  if (found->second.expires > loop_.now()) return found->second.cluster;
  bearers_.erase(found);
  return std::nullopt;
}

}  // namespace seine::dive
