// SPDX-License-Identifier: Apache-2.0
#include "web/sessions.h"

#include <algorithm>
#include <utility>

#include "base/base64.h"
#include "crypto/random.h"

namespace seine::web {
namespace {

constexpr std::size_t kSecretOctets = 32;

std::string new_secret() {
  return encode_base64url(crypto::random_octets(kSecretOctets));
}

// Looks at each, so that the time tells nothing of where the one that fits is, or how much of
// another one fits.
template <typename Holder>
typename std::vector<Holder>::iterator find_secret(std::vector<Holder>& holders,
                                                   std::string_view secret) {
  const crypto::Sha256 digest = crypto::sha256(secret);
  auto found = holders.end();
  for (auto holder = holders.begin(); holder != holders.end(); ++holder) {
    if (crypto::equal_in_constant_time(holder->digest, digest)) found = holder;
  }
  return found;
}

}  // namespace

std::string Sessions::make_link(std::string user) {
  forget_expired();
  if (links_.size() >= limits_.links) links_.erase(links_.begin());
  std::string secret = new_secret();
  links_.push_back({crypto::sha256(secret), std::move(user), clock_.now()});
  return secret;
}

Result<std::string> Sessions::redeem(std::string_view link) {
  forget_expired();
  const auto found = find_secret(links_, link);
  if (found == links_.end()) {
    if (!wrong_.take(clock_.now())) {
      return fail(ErrorCode::kRateLimited, "too many links were wrong");
    }
    return fail(ErrorCode::kUnauthorized, "this link was used already, or is too old");
  }
  if (sessions_.size() >= limits_.sessions) {
    sessions_.erase(std::ranges::min_element(sessions_, {}, &Session::used));
  }
  std::string secret = new_secret();
  const TimePoint now = clock_.now();
  sessions_.push_back({crypto::sha256(secret), std::move(found->user), now, now,
                       RateLimit(limits_.requests, limits_.request_every)});
  links_.erase(found);
  return secret;
}

Result<std::string> Sessions::user_of(std::string_view cookie) {
  forget_expired();
  const auto found = find_secret(sessions_, cookie);
  if (found == sessions_.end()) {
    return fail(ErrorCode::kUnauthorized, "you are not signed in");
  }
  found->used = clock_.now();
  if (!found->requests.take(clock_.now())) {
    return fail(ErrorCode::kRateLimited, "too many requests of one session");
  }
  return found->user;
}

bool Sessions::sign_out(std::string_view cookie) {
  const auto found = find_secret(sessions_, cookie);
  if (found == sessions_.end()) return false;
  sessions_.erase(found);
  return true;
}

void Sessions::forget_expired() {
  const TimePoint now = clock_.now();
  std::erase_if(links_, [&](const Link& link) { return now - link.made >= limits_.link_lifetime; });
  std::erase_if(sessions_, [&](const Session& session) {
    return now - session.used >= limits_.idle || now - session.made >= limits_.lifetime;
  });
}

}  // namespace seine::web
