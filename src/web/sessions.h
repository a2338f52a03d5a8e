// SPDX-License-Identifier: Apache-2.0
// Who is signed in. A link is made by somebody who may (a process that reached us over a unix
// socket, say), and whoever opens it first gets a session; the link is worth nothing after that.
//
// Both are 256 random bits, told once and kept here only as digests: what reads our memory cannot
// sign in by it. Nothing outlives the process, so a restart signs everybody out. One loop.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "web/rate_limit.h"

namespace seine::web {

struct SessionLimits {
  Duration link_lifetime = std::chrono::minutes(5);
  Duration idle = std::chrono::hours(12);       // without a request
  Duration lifetime = std::chrono::hours(168);  // whatever happens
  std::size_t links = 16;                       // the oldest one makes room
  std::size_t sessions = 256;                   // the one that is idle for longest makes room
  // Links that are wrong, until nobody is told more of it; and requests of one session.
  std::uint32_t wrong_links = 10;
  Duration wrong_link_every = std::chrono::seconds(6);
  std::uint32_t requests = 200;
  Duration request_every = std::chrono::milliseconds(10);
};

class Sessions {
 public:
  Sessions(const Clock& clock, SessionLimits limits)
      : clock_(clock), limits_(limits), wrong_(limits.wrong_links, limits.wrong_link_every) {}

  // What a link carries. `user` is whose session it will be.
  std::string make_link(std::string user);
  // What a cookie carries, for who opened the link in time and first. Errors kUnauthorized, and
  // kRateLimited in its place when there were too many; a right link is never refused for others'
  // wrong ones.
  Result<std::string> redeem(std::string_view link);
  // Whose session it is. Counts as a request of it. Errors kUnauthorized: there is none, or no
  // longer; kRateLimited: too many requests.
  Result<std::string> user_of(std::string_view cookie);
  // Whether there was one.
  bool sign_out(std::string_view cookie);

  std::size_t size() const { return sessions_.size(); }
  const SessionLimits& limits() const { return limits_; }

 private:
  struct Link {
    crypto::Sha256 digest;
    std::string user;
    TimePoint made;
  };
  struct Session {
    crypto::Sha256 digest;
    std::string user;
    TimePoint made;
    TimePoint used;
    RateLimit requests;
  };
  void forget_expired();

  const Clock& clock_;
  const SessionLimits limits_;
  RateLimit wrong_;
  std::vector<Link> links_;
  std::vector<Session> sessions_;
};

}  // namespace seine::web
