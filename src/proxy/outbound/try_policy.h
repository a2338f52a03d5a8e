// SPDX-License-Identifier: Apache-2.0
// What a rule, and headers of the request where the rule lets them, say of time limits and tries;
// and which answers are worth another one. Pure.
#pragma once

#include <memory>
#include <optional>

#include "http/message.h"
#include "model/client_policy.h"

namespace seine::proxy {

class ProfileUse;

struct TryPolicy {
  model::Timeouts timeouts;
  std::optional<Duration> head;       // to the head of the answer, through all tries
  std::optional<model::Retry> retry;  // with a retry at least
  // By whose classes and whose budget it is tried again, in place of the retry's statuses and
  // codes; null: by those.
  std::shared_ptr<const ProfileUse> profile;
  bool has_timeouts() const {
    return timeouts.request || timeouts.response || timeouts.idle || head;
  }
  bool is_plain() const { return !retry && !has_timeouts() && profile == nullptr; }
};

// Where the rule lets them, l5d-timeout (or l5d-request-timeout), l5d-response-timeout,
// l5d-retry-http, l5d-retry-grpc, l5d-retry-limit and l5d-retry-timeout stand in place of what it
// says itself, and are removed; what they say wrongly is passed over.
TryPolicy try_policy(const model::ClientRulePolicy& rule, http::Headers& headers);

// What the route of a profile says, which is not null. Its budget bounds the retries of all
// requests, Retry::kMostRetries those of one.
TryPolicy try_policy(std::shared_ptr<const ProfileUse> profile);

// Whether the whole request could be sent again: neither an upgrade nor longer than may be kept.
bool can_be_repeated(const http::Request& request, const model::Retry& retry);

// `grpc`: the request is gRPC. Of a response that has no status of gRPC yet the trailers tell.
bool is_worth_a_retry(const model::Retry& retry, bool grpc, const http::ResponseHead& head);
bool is_worth_a_retry(const model::Retry& retry, const http::Headers& trailers);
// What we would answer counts as if it had been answered; what nobody has seen is worth it in any
// case, what was shed in none.
bool is_worth_a_retry(const model::Retry& retry, bool grpc, const Error& error);

}  // namespace seine::proxy
