// SPDX-License-Identifier: Apache-2.0
// Requests whose rule limits their time or has them tried again.
#include <utility>

#include "proxy/backoff.h"
#include "proxy/outbound/outbound_http.h"
#include "proxy/outbound/peeked_body.h"
#include "proxy/outbound/profile_use.h"
#include "proxy/outbound/replay_body.h"
#include "proxy/respond.h"
#include "runtime/combine.h"

namespace seine::proxy {

using runtime::Task;

namespace {

// How long a gRPC answer's head is kept back for its trailers, which most often come with it. A
// stream that has nothing to say yet goes on after it.
constexpr Duration kPeekTime = std::chrono::seconds(1);

Task<Result<void>> peek(runtime::EventLoop& loop, PeekedBody& body) {
  runtime::Waker waker(loop);
  while (body.peek(waker) == http::BodyPoll::kPending) co_await waker.wait();
  co_return Result<void>();
}

// What of an unwanted body is here already is read, so that its connection may be used again.
void drain(http::Body& body) {
  struct Nobody final : runtime::Wakeable {
    void on_wake() override {}
  } nobody;
  constexpr std::size_t kMost = 64 * 1024;
  runtime::Bytes data;
  for (std::size_t read = 0; read <= kMost; read += data.size()) {
    if (body.poll(nobody, data) != http::BodyPoll::kData) return;
  }
}

// The trailers of an answer of gRPC that is nothing else; null if there is more, or they are late.
// A body that was looked at takes the place of the response's. References outlive the task.
Task<const http::Headers*> peek_trailers(runtime::EventLoop& loop, http::Response& response) {
  if (response.body == nullptr || response.head.headers.contains("grpc-status")) co_return nullptr;
  auto peeked = std::make_unique<PeekedBody>(std::move(response.body));
  PeekedBody& body = *peeked;
  response.body = std::move(peeked);
  // Late is as good as never.
  (void)co_await runtime::with_deadline(loop, kPeekTime, ErrorCode::kTimeout, "trailers",
                                        peek(loop, body));
  co_return body.ends_at_once() ? body.trailers() : nullptr;
}

// By the classes of a profile's route. What we would answer is no failure to it. `waits`: for
// gRPC's trailers.
Task<bool> fails(runtime::EventLoop& loop, const ProfileUse& profile, bool grpc, bool waits,
                 Result<http::Response>& response) {
  if (!response) co_return false;
  const std::uint16_t status = response->head.status;
  if (const auto success = profile.success(status)) co_return !*success;
  const auto of_grpc = [grpc](const http::Headers& headers) {
    return grpc ? headers.get("grpc-status").value_or("") : std::string_view();
  };
  if (!is_success(status, of_grpc(response->head.headers))) co_return true;
  const http::Headers* trailers = waits ? co_await peek_trailers(loop, *response) : nullptr;
  if (trailers == nullptr) co_return false;
  co_return !is_success(status, of_grpc(*trailers));
}

// What cannot be sent again is judged by its head: nobody is made to wait for trailers.
Task<bool> wants_another_try(runtime::EventLoop& loop, const TryPolicy& policy, bool grpc,
                             bool is_repeatable, Result<http::Response>& response) {
  const bool waits = grpc && is_repeatable;
  if (policy.profile) co_return co_await fails(loop, *policy.profile, grpc, waits, response);
  if (!response) co_return is_worth_a_retry(*policy.retry, grpc, response.error());
  if (is_worth_a_retry(*policy.retry, grpc, response->head)) co_return true;
  const http::Headers* trailers = waits ? co_await peek_trailers(loop, *response) : nullptr;
  if (trailers == nullptr) co_return false;
  co_return is_worth_a_retry(*policy.retry, *trailers);
}

Task<Result<void>> wait(runtime::EventLoop& loop, Duration time) {
  co_await runtime::sleep_for(loop, time);
  co_return Result<void>();
}

BackoffConfig config_of(const std::optional<model::Backoff>& backoff) {
  if (!backoff) return {.min = Duration::zero(), .max = Duration::zero(), .jitter = 0};
  return {.min = backoff->min, .max = backoff->max, .jitter = backoff->jitter_ratio};
}

std::shared_ptr<StreamLimits> limits_of(runtime::EventLoop& loop, const TryPolicy& policy) {
  if (!policy.has_timeouts() && !(policy.retry && policy.retry->timeout)) return nullptr;
  return std::make_shared<StreamLimits>(loop, policy.timeouts, policy.head);
}

std::shared_ptr<ReplayBuffer> replay_of(runtime::BlockPool& pool, const TryPolicy& policy,
                                        http::BodyPtr body,
                                        const std::shared_ptr<StreamLimits>& limits) {
  return std::make_shared<ReplayBuffer>(pool.share(), std::move(body),
                                        policy.retry->max_request_bytes, [limits] {
                                          if (limits) limits->lift_head();
                                        });
}

// Where tries by a rule's policy are counted.
class RetryCounts {
 public:
  RetryCounts(const WorkerContext& context, const model::Metadata& parent,
              const model::Metadata& route, bool is_grpc)
      : context_(context),
        families_(context.telemetry.retries_of(is_grpc)),
        labels_{.parent = parent, .route = route} {}

  void requests() { count(families_.requests); }
  void successes() { count(families_.successes); }
  void limit_exceeded() { count(families_.limit_exceeded); }
  void overflow() { count(families_.overflow); }

 private:
  void count(metrics::Family<metrics::Counter>& family) {
    family.get(context_.core, labels_).add();
  }

  const WorkerContext& context_;
  const RetryFamilies& families_;
  const RouteLabels labels_;
};

// The tries of one request. Its methods are called in turn; references outlive it.
class Tries {
 public:
  // Takes what it needs of the request.
  Tries(WorkerContext& context, const TryPolicy& policy, http::Request& request, RetryCounts counts)
      : context_(context),
        policy_(policy),
        counts_(counts),
        limits_(limits_of(context.loop, policy)),
        is_repeatable_(policy.retry && can_be_repeated(request, *policy.retry)),
        left_(is_repeatable_ ? policy.retry->max_retries : 0),
        backoff_(config_of(policy.retry ? policy.retry->backoff : std::nullopt)) {
    if (left_ > 0 && request.body != nullptr) {
      replay_ = replay_of(context.loop.pool(), policy, std::move(request.body), limits_);
    }
  }

  const std::shared_ptr<StreamLimits>& limits() const { return limits_; }

  bool is_repeatable() const { return is_repeatable_; }

  http::Request begin(http::Request& request) {
    // Of a try that may be followed by another the client hears nothing before its answer is taken.
    http::Request one{.head = left_ == 0 ? std::move(request.head) : request.head,
                      .body = replay_ ? replay_->reader() : std::move(request.body),
                      .early = left_ == 0 ? request.early : nullptr};
    if (limits_) {
      limits_->begin_try(left_ > 0 ? policy_.retry->timeout : std::nullopt);
      one.body = limits_->watch_request(std::move(one.body));
    }
    return one;
  }
  // Whether this answer is the last whatever it says. `asks_why`: somebody wants to know of one
  // that cannot be repeated, too, whether it was worth it.
  bool is_over(bool asks_why) const {
    return !policy_.retry || !(is_repeatable_ || asks_why) || (limits_ && limits_->is_over());
  }
  // One has been taken that is worth no other try.
  void settle(bool is_answer) {
    if (!is_repeatable_) return;
    if (policy_.profile) {
      policy_.profile->deposit();
    } else if (is_answer && again_) {
      counts_.successes();
    }
    if (replay_) replay_->settle();
  }
  void keep_nothing_for_last() {
    if (replay_ && left_ == 0) replay_->settle();
  }
  // Whether there can be another try; then it has been counted.
  bool begin_again() {
    if (!is_repeatable_) return false;
    if (!(policy_.profile ? begin_by_budget(can_replay()) : begin_by_rule(can_replay()))) {
      return false;
    }
    --left_;
    again_ = true;
    return true;
  }
  // Why begin_again() said no.
  std::string why_not() const {
    const std::string kept = std::to_string(policy_.retry->max_request_bytes) + " octets";
    if (!is_repeatable_) return "it is an upgrade, or longer than the kept " + kept;
    if (left_ == 0) {
      return "its " + std::to_string(policy_.retry->max_retries) + " retries are used up";
    }
    if (replay_ && replay_->is_shed()) return "the proxy is over its memory limit";
    if (!can_replay()) return "its body is longer than the kept " + kept;
    return "the service's retry budget is spent";
  }
  // Until the next try: the answer is dropped, the backoff waited for.
  Task<Result<void>> pause(Result<http::Response> response) {
    // A server may answer before it has read all, and its connection go on asking for the rest.
    if (replay_) replay_->abandon();
    if (response && response->body != nullptr) drain(*response->body);
    response = fail(make_error(ErrorCode::kCancelled, "tried again"));
    Task<Result<void>> waiting = wait(context_.loop, backoff_.next(context_.random));
    if (limits_) {
      limits_->begin_try(std::nullopt);
      waiting = StreamLimits::within(limits_, std::move(waiting));
    }
    auto waited = co_await std::move(waiting);
    // Without a backoff, too, others get their turn.
    if (waited) co_await runtime::yield(context_.loop);
    co_return waited;
  }
  Result<http::Response> accept(Result<http::Response> response) {
    return limits_ ? limits_->accept(std::move(response)) : std::move(response);
  }

 private:
  bool can_replay() const { return !replay_ || replay_->can_replay(); }
  bool begin_by_rule(bool can_replay) {
    if (left_ == 0) {
      counts_.limit_exceeded();
    } else if (!can_replay) {
      counts_.overflow();
    } else {
      counts_.requests();
    }
    return left_ > 0 && can_replay;
  }
  bool begin_by_budget(bool can_replay) {
    if (left_ > 0 && can_replay) return policy_.profile->withdraw();
    policy_.profile->deposit();
    return false;
  }

  WorkerContext& context_;
  const TryPolicy& policy_;
  RetryCounts counts_;
  const std::shared_ptr<StreamLimits> limits_;  // null: it has none
  std::shared_ptr<ReplayBuffer> replay_;        // null: nothing to be sent again
  const bool is_repeatable_;
  std::uint32_t left_;
  Backoff backoff_;
  bool again_ = false;
};

}  // namespace

Task<Result<http::Response>> OutboundHttp::send_once(http::Request&& request, const Way& way,
                                                     SendTerms terms) {
  if (way.balancer == nullptr) co_return fail(no_backend());
  if (way.profile == nullptr) {
    co_return co_await way.balancer->send(std::move(request), std::move(terms));
  }
  const std::shared_ptr<HttpSeries>& series = way.profile->tries();
  series->count_request();
  const TimePoint started = context_.loop.now();
  co_return way.profile->observe(series, started,
                                 co_await way.balancer->send(std::move(request), std::move(terms)));
}

Task<Result<http::Response>> OutboundHttp::send_in_tries(TryPolicy policy, http::Request&& request,
                                                         const OutboundTarget& target, Way& way,
                                                         RequestRecord& record, Tried* tried,
                                                         const TapOrigin* origin) {
  const bool grpc = is_grpc(request.head.headers);
  Tries tries(context_, policy, request,
              RetryCounts(context_, target.policy->meta, *way.route, way.is_grpc_route));
  for (;;) {
    http::Request one = tries.begin(request);
    std::shared_ptr<TapVerdict> verdict;
    if (origin != nullptr && policy.retry) verdict = std::make_shared<TapVerdict>();
    const bool asks_why = verdict != nullptr;
    if (auto answer = filter_for_backend(way, one.head, record)) co_return std::move(*answer);
    Result<http::Response> response =
        co_await send_once(std::move(one), way,
                           {.tried = tried,
                            .origin = origin,
                            .verdict = verdict,
                            .limits = tries.limits(),
                            .profile = policy.profile ? policy.profile->route() : nullptr});
    if (tries.is_over(asks_why)) co_return tries.accept(std::move(response));
    tries.keep_nothing_for_last();
    const bool wanted =
        co_await wants_another_try(context_.loop, policy, grpc, tries.is_repeatable(), response);
    // While trailers were waited for a limit may have passed: no other try would leave.
    if (tries.is_over(asks_why)) co_return tries.accept(std::move(response));
    if (!wanted) {
      tries.settle(response.has_value());
      co_return tries.accept(std::move(response));
    }
    if (!tries.begin_again()) {
      if (verdict) verdict->settle(tries.why_not());
      co_return tries.accept(std::move(response));
    }
    verdict.reset();
    if (auto paused = co_await tries.pause(std::move(response)); !paused) {
      co_return fail(paused.error());
    }
    if (auto chosen = choose(target, way); !chosen) co_return fail(chosen.error());
  }
}

}  // namespace seine::proxy
