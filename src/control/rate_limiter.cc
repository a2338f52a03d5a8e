// SPDX-License-Identifier: Apache-2.0
#include "control/rate_limiter.h"

#include <algorithm>
#include <chrono>
#include <iterator>

namespace seine::control {

void RateLimiter::refill(Bucket& bucket, TimePoint now) const {
  const std::chrono::duration<double> passed = now - bucket.filled_at;
  bucket.tokens = std::min(limit_.burst, bucket.tokens + passed.count() * limit_.per_second);
  bucket.filled_at = now;
}

RateLimiter::Bucket& RateLimiter::bucket_of(const IpAddress& peer, TimePoint now) {
  const auto found = buckets_.find(peer);
  if (found != buckets_.end()) return found->second;
  if (buckets_.size() >= max_peers_) {
    // A full bucket says no more than an absent one.
    for (auto it = buckets_.begin(); it != buckets_.end();) {
      refill(it->second, now);
      it = it->second.tokens >= limit_.burst ? buckets_.erase(it) : std::next(it);
    }
  }
  if (buckets_.size() >= max_peers_) return shared_;
  return buckets_.try_emplace(peer, Bucket{limit_.burst, now}).first->second;
}

bool RateLimiter::allow(const IpAddress& peer, TimePoint now) {
  Bucket& bucket = bucket_of(peer, now);
  refill(bucket, now);
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

}  // namespace seine::control
