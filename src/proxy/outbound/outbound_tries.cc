// SPDX-License-Identifier: Apache-2.0
// Requests whose rule limits their time or has them tried again.
#include <utility>

#include "proxy/backoff.h"
#include "proxy/outbound/outbound_http.h"
#include "proxy/outbound/peeked_body.h"
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

// May replace the response's body by one that was looked at. References outlive the task.
Task<bool> wants_another_try(runtime::EventLoop& loop, const model::Retry& retry, bool grpc,
                             Result<http::Response>& response) {
  if (!response) co_return is_worth_a_retry(retry, grpc, response.error());
  if (is_worth_a_retry(retry, grpc, response->head)) co_return true;
  if (!grpc || response->body == nullptr || response->head.headers.contains("grpc-status")) {
    co_return false;
  }
  auto peeked = std::make_unique<PeekedBody>(std::move(response->body));
  PeekedBody& body = *peeked;
  response->body = std::move(peeked);
  // Late is as good as never.
  (void)co_await runtime::with_deadline(loop, kPeekTime, ErrorCode::kTimeout, "trailers",
                                        peek(loop, body));
  if (!body.ends_at_once() || body.trailers() == nullptr) co_return false;
  co_return is_worth_a_retry(retry, *body.trailers());
}

Task<Result<void>> wait(runtime::EventLoop& loop, Duration time) {
  co_await runtime::sleep_for(loop, time);
  co_return Result<void>();
}

BackoffConfig config_of(const std::optional<model::Backoff>& backoff) {
  if (!backoff) return {.min = Duration::zero(), .max = Duration::zero(), .jitter = 0};
  return {.min = backoff->min, .max = backoff->max, .jitter = backoff->jitter_ratio};
}

}  // namespace

Task<Result<http::Response>> OutboundHttp::send_in_tries(TryPolicy policy, http::Request request,
                                                         const OutboundTarget& target, Way& way,
                                                         RequestRecord& record, Tried* tried,
                                                         const TapOrigin* origin) {
  const bool grpc = is_grpc(request.head.headers);
  const RouteLabels labels{.parent = target.policy->meta, .route = *way.route};
  const RetryFamilies& counted = context_.telemetry.retries_of(way.is_grpc_route);
  const auto count = [&](metrics::Family<metrics::Counter>& family) {
    family.get(context_.core, labels).add();
  };
  if (policy.retry && !can_be_repeated(request, *policy.retry)) policy.retry.reset();
  std::uint32_t left = policy.retry ? policy.retry->max_retries : 0;
  std::shared_ptr<StreamLimits> limits;
  if (policy.has_timeouts() || (policy.retry && policy.retry->timeout)) {
    limits = std::make_shared<StreamLimits>(context_.loop, policy.timeouts);
  }
  std::shared_ptr<ReplayBuffer> replay;
  if (left > 0 && request.body != nullptr) {
    replay = std::make_shared<ReplayBuffer>(std::move(request.body),
                                            policy.retry->max_request_bytes, [limits] {
                                              if (limits) limits->lift_head();
                                            });
  }
  Backoff backoff(config_of(policy.retry ? policy.retry->backoff : std::nullopt));
  for (bool first = true;; first = false) {
    if (!first) {
      if (auto chosen = choose(target, way); !chosen) co_return fail(chosen.error());
    }
    http::Request one{.head = left == 0 ? std::move(request.head) : request.head,
                      .body = replay ? replay->reader() : std::move(request.body)};
    if (auto answer = filter_for_backend(way, one.head, record)) co_return std::move(*answer);
    if (limits) {
      limits->begin_try(left > 0 ? policy.retry->timeout : std::nullopt);
      one.body = limits->watch_request(std::move(one.body));
    }
    Result<http::Response> response = fail(no_backend());
    if (way.balancer != nullptr) {
      response = co_await way.balancer->send(std::move(one), tried, origin, limits);
    }
    if (!policy.retry || (limits && limits->is_over())) co_return response;
    if (replay && left == 0) replay->settle();
    if (!co_await wants_another_try(context_.loop, *policy.retry, grpc, response)) {
      if (!first && response) count(counted.successes);
      if (replay) replay->settle();
      co_return response;
    }
    if (left == 0 || (replay && !replay->can_replay())) {
      count(left == 0 ? counted.limit_exceeded : counted.overflow);
      co_return response;
    }
    --left;
    count(counted.requests);
    // A server may answer before it has read all, and its connection go on asking for the rest.
    if (replay) replay->abandon();
    if (response && response->body != nullptr) drain(*response->body);
    response = fail(make_error(ErrorCode::kCancelled, "tried again"));
    Task<Result<void>> waiting = wait(context_.loop, backoff.next(context_.random));
    if (limits) {
      limits->begin_try(std::nullopt);
      waiting = StreamLimits::within(limits, std::move(waiting));
    }
    if (auto waited = co_await std::move(waiting); !waited) co_return fail(waited.error());
    // Without a backoff, too, others get their turn.
    co_await runtime::yield(context_.loop);
  }
}

}  // namespace seine::proxy
