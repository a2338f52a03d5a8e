// SPDX-License-Identifier: Apache-2.0
#include "proxy/balance/circuit_breaker.h"

#include <algorithm>

namespace seine::proxy {
namespace {

BackoffConfig config_of(const model::Backoff& backoff) {
  return {.min = backoff.min, .max = backoff.max, .jitter = backoff.jitter_ratio};
}

}  // namespace

SuccessWindow::SuccessWindow(Duration length)
    : slot_(std::max<Duration>(length, std::chrono::milliseconds(10)) / kSlots) {}

void SuccessWindow::add(bool success, TimePoint now) {
  const std::int64_t number = number_of(now);
  Slot& slot = slots_[static_cast<std::size_t>(number) % kSlots];
  if (slot.number != number) slot = {.number = number, .sum = {}};
  ++slot.sum.all;
  if (success) ++slot.sum.good;
}

void SuccessWindow::clear() {
  slots_.fill({});
}

SuccessWindow::Sum SuccessWindow::sum(TimePoint now) const {
  Sum out;
  const std::int64_t newest = number_of(now);
  for (const Slot& slot : slots_) {
    if (slot.number <= newest - static_cast<std::int64_t>(kSlots)) continue;
    out.good += slot.sum.good;
    out.all += slot.sum.all;
  }
  return out;
}

CircuitBreaker::CircuitBreaker(const model::FailureAccrual& accrual)
    : backoff_(BackoffConfig()), window_(Duration::zero()) {
  if (const auto* failures = std::get_if<model::ConsecutiveFailures>(&accrual.kind)) {
    kind_ = Kind::kConsecutive;
    max_failures_ = failures->max_failures;
    limits_ = failures->backoff;
  } else if (const auto* unified = std::get_if<model::UnifiedAccrual>(&accrual.kind)) {
    kind_ = Kind::kUnified;
    max_failures_ = unified->max_consecutive_failures;
    threshold_ = unified->success_rate_threshold;
    min_requests_ = unified->min_requests;
    limits_ = unified->backoff;
    window_ = SuccessWindow(unified->window);
  } else {
    return;
  }
  backoff_ = Backoff(config_of(limits_));
}

bool CircuitBreaker::admits(TimePoint now) const {
  if (!open_until_) return true;
  if (now < *open_until_) return false;
  // A probe that never ends, such as a stream, must not keep the endpoint out for good.
  return !probing_since_ || now - *probing_since_ >= limits_.max;
}

CircuitBreaker::Pass CircuitBreaker::enter(TimePoint now) {
  if (!open_until_) return {.era = era_};
  if (now < *open_until_) return {};
  probing_since_ = now;
  return {.era = era_, .probe = ++probe_};
}

void CircuitBreaker::give_up(Pass pass) {
  if (open_until_ && pass.era == era_ && pass.probe == probe_) probing_since_.reset();
}

bool CircuitBreaker::is_too_much(TimePoint now) const {
  if (max_failures_ > 0 && failures_ >= max_failures_) return true;
  if (threshold_ <= 0) return false;
  const SuccessWindow::Sum sum = window_.sum(now);
  return sum.all > 0 && sum.all >= min_requests_ &&
         static_cast<double>(sum.good) < threshold_ * static_cast<double>(sum.all);
}

void CircuitBreaker::open(std::optional<Duration> hint, TimePoint now, FastRandom& random) {
  Duration wait = backoff_.next(random);
  if (hint && limits_.respects_retry_after) wait = std::clamp(*hint, wait, limits_.max);
  open_until_ = now + wait;
  probing_since_.reset();
  probe_ = 0;
  ++era_;
}

void CircuitBreaker::close() {
  open_until_.reset();
  probing_since_.reset();
  failures_ = 0;
  window_.clear();
  ++era_;
}

CircuitBreaker::Change CircuitBreaker::end(Pass pass, Answer answer, std::optional<Duration> hint,
                                           bool may_open, TimePoint now, FastRandom& random) {
  if (!enabled() || pass.era != era_) return Change::kNone;
  if (kind_ == Kind::kConsecutive && answer == Answer::kBusy) answer = Answer::kSuccess;
  if (open_until_) {
    // Any probe may close it; of a failed one only the last says how it is now.
    if (answer != Answer::kSuccess && pass.probe != probe_) return Change::kNone;
    if (answer == Answer::kSuccess || !may_open) {
      if (answer == Answer::kSuccess) backoff_.reset();
      close();
      return Change::kClosed;
    }
    open(hint, now, random);
    return Change::kOpened;
  }
  if (answer == Answer::kSuccess) {
    failures_ = 0;
  } else if (answer == Answer::kFailure) {
    ++failures_;
  }
  if (kind_ == Kind::kUnified) window_.add(answer == Answer::kSuccess, now);
  if (answer == Answer::kSuccess || !is_too_much(now) || !may_open) return Change::kNone;
  open(hint, now, random);
  return Change::kOpened;
}

}  // namespace seine::proxy
