// SPDX-License-Identifier: Apache-2.0
#include "dive/api/agent_credentials.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/base64.h"
#include "base/check.h"
#include "base/resource_name.h"
#include "crypto/mac.h"
#include "crypto/random.h"
#include "crypto/signature.h"

namespace seine::dive {
namespace {

constexpr std::size_t kSecretOctets = 32;
// A nonce: its number, when it is over, and the MAC of both.
constexpr std::size_t kNumberOctets = 8;
constexpr std::size_t kNonceOctets = 2 * kNumberOctets + sizeof(crypto::Sha256);
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

void append(std::uint64_t number, std::string& out) {
  for (std::size_t i = kNumberOctets; i-- > 0;) out.push_back(static_cast<char>(number >> 8 * i));
}

std::uint64_t read_number(std::string_view octets) {
  std::uint64_t number = 0;
  for (const char octet : octets.substr(0, kNumberOctets)) {
    number = number << 8 | static_cast<unsigned char>(octet);
  }
  return number;
}

std::span<const std::uint8_t> bytes_of(std::string_view octets) {
  return {reinterpret_cast<const std::uint8_t*>(octets.data()), octets.size()};
}

}  // namespace

AgentCredentials::AgentCredentials(runtime::EventLoop& loop, ClusterBook& book)
    : loop_(loop), book_(book), secret_(crypto::random_octets(kSecretOctets)) {}

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
  auto bound = co_await book_.bind(digest, cluster, std::move(public_key));
  // Also where that failed: it may have happened all the same.
  ++bound_;
  const auto speaks_now = co_await read_key(std::move(cluster));
  if (!bound) co_return bound;
  if (!speaks_now) co_return fail(speaks_now.error());
  co_return Result<void>();
}

runtime::Task<Result<std::optional<std::string>>> AgentCredentials::read_key(std::string cluster) {
  for (;;) {
    const std::uint64_t before = bound_;
    auto found = co_await book_.find_key(cluster);
    // What was read may be of before another key was bound, which must not be undone.
    if (before != bound_) continue;
    if (found) follow(cluster, *found);
    co_return found;
  }
}

void AgentCredentials::follow(const std::string& cluster,
                              const std::optional<std::string>& public_key) {
  const auto known = speakers_.find(cluster);
  const auto key = public_key ? std::optional(crypto::sha256(*public_key)) : std::nullopt;
  if (known == speakers_.end()) {
    if (key) speakers_[cluster].key = *key;
    return;
  }
  if (key == known->second.key) return;
  drop_bearers(known->second);
  if (key) {
    known->second.key = *key;
  } else {
    speakers_.erase(known);
  }
  while (!waiters_.empty()) waiters_.pop_front().slot.wake();
}

void AgentCredentials::drop_bearers(Speaker& speaker) {
  for (const Bearer& bearer : speaker.bearers) bearers_.erase(bearer.digest);
  speaker.bearers.clear();
}

std::string AgentCredentials::seal(std::string_view cluster, std::uint64_t number,
                                   TimePoint expires) const {
  std::string nonce;
  append(number, nonce);
  append(static_cast<std::uint64_t>(expires.time_since_epoch().count()), nonce);
  const crypto::Sha256 mac = crypto::hmac_sha256(secret_, nonce + std::string(cluster));
  return nonce.append(mac.begin(), mac.end());
}

std::optional<std::uint64_t> AgentCredentials::open(std::string_view cluster,
                                                    std::string_view nonce) const {
  if (nonce.size() != kNonceOctets) return std::nullopt;
  const std::uint64_t number = read_number(nonce);
  const TimePoint expires{
      TimePoint::duration(static_cast<TimePoint::rep>(read_number(nonce.substr(kNumberOctets))))};
  const std::string ours = seal(cluster, number, expires);
  if (!crypto::equal_in_constant_time(bytes_of(ours), bytes_of(nonce))) return std::nullopt;
  if (expires <= loop_.now()) return std::nullopt;
  return number;
}

Result<std::string> AgentCredentials::make_nonce(std::string_view cluster) {
  auto named = check_name(cluster);
  if (!named) return fail(std::move(named.error()));
  return seal(cluster, ++last_nonce_, loop_.now() + kNonceLife);
}

runtime::Task<Result<std::string>> AgentCredentials::authenticate(std::string cluster,
                                                                  std::string nonce,
                                                                  std::string signature) {
  const auto number = open(cluster, nonce);
  if (!number) co_return denied("the nonce is not of this cluster, or over");
  const auto found = co_await read_key(cluster);
  if (!found) co_return fail(found.error());
  if (!*found) co_return denied("no such cluster has joined");
  const auto key = crypto::PublicKey::from_der(**found);
  if (!key || !key->verify(signed_text(cluster, nonce), signature)) {
    co_return denied("another key speaks for this cluster");
  }
  const auto known = speakers_.find(cluster);
  SEINE_CHECK(known != speakers_.end(), "whose key was read speaks");
  Speaker& speaker = known->second;
  if (*number <= speaker.nonce) co_return denied("the nonce, or a newer one, has been used");
  speaker.nonce = *number;
  std::string token = encode_base64url(crypto::random_octets(kSecretOctets));
  if (speaker.bearers.size() == kMaxBearers) {
    bearers_.erase(speaker.bearers.front().digest);
    speaker.bearers.pop_front();
  }
  speaker.bearers.push_back(
      {.digest = crypto::sha256(token), .expires = loop_.now() + kBearerLife});
  bearers_[speaker.bearers.back().digest] = std::move(cluster);
  co_return token;
}

std::optional<AgentCredentials::Caller> AgentCredentials::find_caller(
    std::string_view authorization) {
  if (!authorization.starts_with(kBearer)) return std::nullopt;
  const crypto::Sha256 digest = crypto::sha256(authorization.substr(kBearer.size()));
  const auto found = bearers_.find(digest);
  if (found == bearers_.end()) return std::nullopt;
  const Speaker& speaker = speakers_.at(found->second);
  const auto bearer = std::ranges::find(speaker.bearers, digest, &Bearer::digest);
  SEINE_CHECK(bearer != speaker.bearers.end(), "a bearer is of its cluster");
  if (bearer->expires <= loop_.now()) return std::nullopt;
  return Caller{.cluster = found->second, .key = speaker.key};
}

bool AgentCredentials::speaks(const Caller& caller) const {
  const auto speaker = speakers_.find(caller.cluster);
  return speaker != speakers_.end() && speaker->second.key == caller.key;
}

runtime::Task<void> AgentCredentials::until_followed(Caller caller) {
  runtime::Waker waker(loop_);
  Waiter waiter;
  while (speaks(caller)) {
    waiter.slot.arm(waker);
    waiters_.push_back(waiter);
    co_await waker.wait();
  }
}

}  // namespace seine::dive
