// SPDX-License-Identifier: Apache-2.0
#include "proxy/inbound/rate_limiter.h"

#include <algorithm>

namespace seine::proxy {
namespace {

// More clients at once than this share one limit.
constexpr std::size_t kMaxClients = 4096;
constexpr std::string_view kOthers = "*";  // no identity is called so

}  // namespace

bool RateCell::take(std::uint32_t limit, TimePoint now) {
  if (limit == 0) return false;
  constexpr Duration kSecond = std::chrono::seconds(1);
  const TimePoint due = std::max(due_, now) + kSecond / limit;
  if (due - now > kSecond) return false;
  due_ = due;
  return true;
}

RateCell& RateLimiter::cell_of(const std::string& client, TimePoint now) {
  if (const auto found = clients_.find(client); found != clients_.end()) return found->second;
  if (clients_.size() >= kMaxClients) {
    std::erase_if(clients_, [now](const auto& each) { return each.second.is_spent(now); });
    if (clients_.size() >= kMaxClients) return clients_[std::string(kOthers)];
  }
  return clients_[client];
}

std::optional<RateLimiter::Scope> RateLimiter::refuse(const model::Identity* client,
                                                      TimePoint now) {
  const std::lock_guard lock(mutex_);
  if (limit_.total && !total_.take(*limit_.total, now)) return Scope::kTotal;
  const auto refused = refuse_client(client, now);
  // Who is beyond its own limit must not use up that of all.
  if (refused && limit_.total) total_.give_back(*limit_.total);
  return refused;
}

std::optional<RateLimiter::Scope> RateLimiter::refuse_client(const model::Identity* client,
                                                             TimePoint now) {
  const std::string name = client == nullptr ? std::string() : client->text();
  if (client != nullptr) {
    for (const auto& each : limit_.overrides) {
      if (std::ranges::find(each.clients, *client) == each.clients.end()) continue;
      return cell_of(name, now).take(each.limit, now) ? std::nullopt
                                                      : std::optional(Scope::kOverride);
    }
  }
  if (!limit_.per_identity || cell_of(name, now).take(*limit_.per_identity, now)) {
    return std::nullopt;
  }
  return Scope::kIdentity;
}

std::string_view scope_name(RateLimiter::Scope scope) {
  switch (scope) {
    case RateLimiter::Scope::kTotal: return "total";
    case RateLimiter::Scope::kIdentity: return "identity";
    case RateLimiter::Scope::kOverride: break;
  }
  return "override";
}

std::shared_ptr<RateLimiter> RateLimiters::get(std::uint16_t port,
                                               const model::LocalRateLimit& limit) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<RateLimiter>& kept = by_port_[port];
  if (kept == nullptr || kept->limit() != limit) kept = std::make_shared<RateLimiter>(limit);
  return kept;
}

}  // namespace seine::proxy
