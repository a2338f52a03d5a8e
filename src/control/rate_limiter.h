// SPDX-License-Identifier: Apache-2.0
// A token bucket for each peer address, so that one caller in a loop cannot take the control plane
// from the others. Holds at most max_peers buckets; peers beyond them share one.
#pragma once

#include <cstddef>
#include <unordered_map>

#include "base/net.h"
#include "base/time.h"

namespace seine::control {

struct RateLimit {
  double per_second = 0;
  double burst = 0;  // at least 1
};

// One loop.
class RateLimiter {
 public:
  static constexpr std::size_t kMaxPeers = 65536;

  explicit RateLimiter(RateLimit limit, std::size_t max_peers = kMaxPeers)
      : limit_(limit), max_peers_(max_peers) {}

  // Takes one token of the peer's; false if there is none.
  bool allow(const IpAddress& peer, TimePoint now);
  std::size_t peers() const { return buckets_.size(); }

 private:
  struct Bucket {
    double tokens;
    TimePoint filled_at;
  };
  void refill(Bucket& bucket, TimePoint now) const;
  // The peer's own bucket, or the shared one where the map is full of peers still short of tokens.
  Bucket& bucket_of(const IpAddress& peer, TimePoint now);

  const RateLimit limit_;
  const std::size_t max_peers_;
  std::unordered_map<IpAddress, Bucket> buckets_;
  Bucket shared_{0, TimePoint{}};
};

}  // namespace seine::control
