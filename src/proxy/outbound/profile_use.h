// SPDX-License-Identifier: Apache-2.0
// What the route of a service profile makes of outbound requests: which answers fail, how long they
// may take, whether they are tried again, and what counts them. One loop.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "http/message.h"
#include "proxy/http_metrics.h"
#include "proxy/outbound/retry_account.h"
#include "proxy/outbound/targets.h"
#include "proxy/worker_context.h"

namespace seine::proxy {

class ProfileUse {
 public:
  // `route`: of the profile; null for requests that none is for, which are counted without a label.
  ProfileUse(const WorkerContext& context, std::shared_ptr<const ProfileRouting> routing,
             const model::ProfileRoute* route);

  const model::ProfileRoute* route() const { return route_; }
  // To the head of the answer, through all tries.
  std::optional<Duration> timeout() const { return route_ ? route_->timeout : std::nullopt; }
  bool retries() const { return account_ != nullptr; }
  // Whether its classes say that a response with this status is a success.
  std::optional<bool> success(std::uint16_t status) const {
    return model::success_by_route(route_, status);
  }

  // An answer that nobody tries again. Only where it retries(), as the next.
  void deposit() const { account_->deposit(loop_.now()); }
  // A failure that could be tried again: whether the budget has a retry left. Counts it.
  bool withdraw() const;

  // Of requests as their clients see them, and of each try.
  const std::shared_ptr<HttpSeries>& requests() const { return requests_; }
  const std::shared_ptr<HttpSeries>& tries() const { return tries_; }
  // One of both counts how an exchange ends whose request it has counted: at once, or with the
  // response's body.
  Result<http::Response> observe(const std::shared_ptr<HttpSeries>& series, TimePoint started,
                                 Result<http::Response> response) const;

 private:
  const std::shared_ptr<const ProfileRouting> routing_;  // holds the others
  const model::ProfileRoute* const route_;
  RetryAccount* const account_;  // null: nothing is tried again
  const runtime::EventLoop& loop_;
  std::shared_ptr<HttpSeries> requests_;
  std::shared_ptr<HttpSeries> tries_;
  std::optional<metrics::Counter> retryable_;
  std::optional<metrics::Counter> skipped_;
};

// Those of one connection's requests, looked up once each.
class ProfileUses {
 public:
  // The context outlives it.
  explicit ProfileUses(const WorkerContext& context) : context_(context) {}

  // Null where no profile overrides the policy.
  std::shared_ptr<const ProfileUse> find(const OutboundTarget& target,
                                         const http::RequestHead& head);
  // The target was replaced.
  void forget() { known_.clear(); }

 private:
  const WorkerContext& context_;
  std::vector<std::shared_ptr<const ProfileUse>> known_;
};

}  // namespace seine::proxy
