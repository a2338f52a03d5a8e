// SPDX-License-Identifier: Apache-2.0
#include "proxy/discovery/decode_backend.h"

#include <cmath>

#include "proxy/discovery/decode_destination.h"
#include "proxy/discovery/decode_values.h"

namespace seine::proxy {

namespace wire = io::linkerd::proxy::outbound;

namespace {

// Overwrites `value` where the field is set.
Result<void> read_duration(std::string_view field, bool is_set,
                           const google::protobuf::Duration& message, Duration& value) {
  if (!is_set) return {};
  Result<Duration> decoded = decode_duration(message);
  if (!decoded) return refused_in(field, decoded);
  value = *decoded;
  return {};
}

Result<model::PeakEwma> decode_peak(const wire::Backend::BalanceP2c::PeakEwma& message) {
  if (!message.has_default_rtt()) return refuse_policy("default_rtt is missing");
  if (!message.has_decay()) return refuse_policy("decay is missing");
  model::PeakEwma load;
  if (auto rtt = read_duration("default_rtt", true, message.default_rtt(), load.default_rtt);
      !rtt) {
    return fail(std::move(rtt).error());
  }
  if (auto decay = read_duration("decay", true, message.decay(), load.decay); !decay) {
    return fail(std::move(decay).error());
  }
  return load;
}

Result<model::PeakEwma> decode_penalty(const wire::Backend::BalanceP2c::PenaltyPeakEwma& message) {
  model::PeakEwma load;
  model::PeakEwma::Penalty penalty;
  const Result<void> fields[] = {
      read_duration("default_rtt", message.has_default_rtt(), message.default_rtt(),
                    load.default_rtt),
      read_duration("decay", message.has_decay(), message.decay(), load.decay),
      read_duration("penalty", message.has_penalty(), message.penalty(), penalty.penalty),
      read_duration("max_retry_after", message.has_max_retry_after(), message.max_retry_after(),
                    penalty.max_retry_after),
      read_duration("penalty_decay", message.has_penalty_decay(), message.penalty_decay(),
                    penalty.decay)};
  for (const Result<void>& field : fields) {
    if (!field) return fail(field.error());
  }
  load.penalty = penalty;
  return load;
}

Result<model::Backend::Balancer> decode_balancer(const wire::Backend::BalanceP2c& message) {
  using Wire = wire::Backend::BalanceP2c;
  model::Backend::Balancer balancer{.path = message.discovery().dst().path()};
  if (balancer.path.empty()) return refuse_policy("discovery.dst.path is missing");
  if (message.load_case() == Wire::LOAD_NOT_SET) return refuse_policy("load is missing");
  Result<model::PeakEwma> load = message.load_case() == Wire::kPeakEwma
                                     ? decode_peak(message.peak_ewma())
                                     : decode_penalty(message.penalty_peak_ewma());
  if (!load) return refused_in("load", load);
  balancer.load = *load;
  return balancer;
}

Result<model::Queue> decode_queue(const wire::Queue& message) {
  if (!message.has_failfast_timeout()) return refuse_policy("failfast_timeout is missing");
  Result<Duration> failfast = decode_duration(message.failfast_timeout());
  if (!failfast) return refused_in("failfast_timeout", failfast);
  return model::Queue{message.capacity(), *failfast};
}

Result<model::UnifiedAccrual> decode_unified(const wire::FailureAccrual::Unified& message) {
  constexpr std::uint32_t kMaxMinRequests = 1'000'000;
  if (!message.has_backoff()) return refuse_policy("unified.backoff is missing");
  Result<model::Backoff> backoff = decode_backoff(message.backoff());
  if (!backoff) return refused_in("unified.backoff", backoff);
  model::UnifiedAccrual unified{.success_rate_threshold = message.success_rate_threshold(),
                                .min_requests = message.min_requests(),
                                .max_consecutive_failures = message.max_consecutive_failures(),
                                .backoff = *backoff};
  Result<void> window =
      read_duration("unified.decay", message.has_decay(), message.decay(), unified.window);
  if (!window) return fail(std::move(window).error());
  if (unified.window < std::chrono::milliseconds(10)) {
    return refuse_policy("unified.decay is under 10 ms");
  }
  // Written so that a NaN is refused too.
  if (!(unified.success_rate_threshold >= 0 && unified.success_rate_threshold <= 1)) {
    return refuse_policy("unified.success_rate_threshold is not between 0 and 1");
  }
  if (unified.min_requests > kMaxMinRequests) {
    return refuse_policy("unified.min_requests is over a million");
  }
  return unified;
}

}  // namespace

Result<model::Backoff> decode_backoff(const wire::ExponentialBackoff& message) {
  if (!message.has_min_backoff()) return refuse_policy("min_backoff is missing");
  if (!message.has_max_backoff()) return refuse_policy("max_backoff is missing");
  Result<Duration> min = decode_duration(message.min_backoff());
  if (!min) return refused_in("min_backoff", min);
  Result<Duration> max = decode_duration(message.max_backoff());
  if (!max) return refused_in("max_backoff", max);
  if (*max == Duration::zero()) return refuse_policy("max_backoff is zero");
  if (*min > *max) return refuse_policy("min_backoff is over max_backoff");
  if (!std::isfinite(message.jitter_ratio()) || message.jitter_ratio() < 0) {
    return refuse_policy("jitter_ratio is negative or not a number");
  }
  return model::Backoff{.min = *min,
                        .max = *max,
                        .jitter_ratio = message.jitter_ratio(),
                        .respects_retry_after = message.respect_retry_after_hint()};
}

Result<model::FailureAccrual> decode_accrual(const wire::FailureAccrual& message) {
  using Wire = wire::FailureAccrual;
  model::FailureAccrual accrual{.min_ready_endpoints = message.ejection().min_ready_endpoints()};
  if (message.kind_case() == Wire::kConsecutiveFailures) {
    const auto& consecutive = message.consecutive_failures();
    if (!consecutive.has_backoff()) {
      return refuse_policy("consecutive_failures.backoff is missing");
    }
    Result<model::Backoff> backoff = decode_backoff(consecutive.backoff());
    if (!backoff) return refused_in("consecutive_failures.backoff", backoff);
    accrual.kind = model::ConsecutiveFailures{consecutive.max_failures(), *backoff};
  } else if (message.kind_case() == Wire::kUnified) {
    Result<model::UnifiedAccrual> unified = decode_unified(message.unified());
    if (!unified) return fail(std::move(unified).error());
    accrual.kind = *unified;
  }
  return accrual;
}

Result<model::Backend> decode_backend(const wire::Backend& message) {
  Result<model::Metadata> meta = decode_metadata(message.metadata(), /*wants_namespace=*/true);
  if (!meta) return fail(std::move(meta).error());
  if (!message.has_queue()) return refuse_policy("queue is missing");
  Result<model::Queue> queue = decode_queue(message.queue());
  if (!queue) return refused_in("queue", queue);

  model::Backend backend{.meta = *std::move(meta), .queue = *queue};
  if (message.kind_case() == wire::Backend::kForward) {
    Result<model::Endpoint> endpoint = decode_endpoint(message.forward(), {});
    if (!endpoint) return refused_in("forward", endpoint);
    backend.kind = model::Backend::Forward{*std::move(endpoint)};
  } else if (message.kind_case() == wire::Backend::kBalancer) {
    Result<model::Backend::Balancer> balancer = decode_balancer(message.balancer());
    if (!balancer) return refused_in("balancer", balancer);
    backend.kind = *std::move(balancer);
  }
  return backend;
}

}  // namespace seine::proxy
