// SPDX-License-Identifier: Apache-2.0
// How many requests a second a port takes: of all, and of each client by its identity (GCRA: a full
// second's worth at once, and then evenly). Of all workers together.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/server_policy.h"

namespace seine::proxy {

// One limit's memory: when the next request is due.
class RateCell {
 public:
  // Whether one more is within `limit` a second; if so it counts. 0 lets nothing through.
  bool take(std::uint32_t limit, TimePoint now);
  // It was not used after all.
  void give_back(std::uint32_t limit) { due_ -= Duration(std::chrono::seconds(1)) / limit; }
  // Whether it is as if it had never been used.
  bool is_spent(TimePoint now) const { return due_ <= now; }

 private:
  TimePoint due_;
};

class RateLimiter {
 public:
  enum class Scope : std::uint8_t { kTotal, kIdentity, kOverride };

  explicit RateLimiter(model::LocalRateLimit limit) : limit_(std::move(limit)) {}
  const model::LocalRateLimit& limit() const { return limit_; }

  // Which limit one more request of this client is beyond; nothing: it may go on. All without an
  // identity (null) are one client. Thread-safe.
  std::optional<Scope> refuse(const model::Identity* client, TimePoint now);

 private:
  std::optional<Scope> refuse_client(const model::Identity* client, TimePoint now);
  RateCell& cell_of(const std::string& client, TimePoint now);

  const model::LocalRateLimit limit_;
  std::mutex mutex_;
  RateCell total_;
  std::map<std::string, RateCell, std::less<>> clients_;  // by identity; "" has none
};

std::string_view scope_name(RateLimiter::Scope scope);  // "total", "identity", "override"

// The limiters of all ports, which outlive policies that change something else. Thread-safe.
class RateLimiters {
 public:
  std::shared_ptr<RateLimiter> get(std::uint16_t port, const model::LocalRateLimit& limit);

 private:
  std::mutex mutex_;
  std::map<std::uint16_t, std::shared_ptr<RateLimiter>> by_port_;
};

}  // namespace seine::proxy
