// SPDX-License-Identifier: Apache-2.0
#include "proxy/outbound/balancer.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/check.h"
#include "proxy/balance/p2c.h"
#include "proxy/outbound/connector.h"
#include "runtime/combine.h"

namespace seine::proxy {

using runtime::Task;

namespace {

// Endpoints tried for one request or connection, as long as none of it was sent.
constexpr int kAttempts = 3;

std::string name_of(const model::Backend& backend) {
  if (const auto* balancer = std::get_if<model::Backend::Balancer>(&backend.kind)) {
    return balancer->path;
  }
  if (const auto* forward = std::get_if<model::Backend::Forward>(&backend.kind)) {
    return forward->endpoint.addr.to_string();
  }
  return backend.meta.name;
}

}  // namespace

Balancer::Balancer(WorkerContext& context, Destinations& destinations,
                   const model::Backend& backend, model::FailureAccrual accrual)
    : context_(context),
      name_(name_of(backend)),
      is_forward_(std::holds_alternative<model::Backend::Forward>(backend.kind)),
      queue_(backend.queue),
      accrual_(std::move(accrual)),
      requests_{"requests", std::min<std::size_t>(backend.queue.capacity,
                                                  context.config.outbound.queue_capacity)},
      connections_{"connections",
                   std::min<std::size_t>(backend.queue.capacity,
                                         context.config.outbound.tcp_queue_capacity)},
      scope_(context.loop, [](Error) {}) {
  if (const auto* forward = std::get_if<model::Backend::Forward>(&backend.kind)) {
    update({forward->endpoint});
    return;
  }
  const auto* balancer = std::get_if<model::Backend::Balancer>(&backend.kind);
  SEINE_CHECK(balancer != nullptr, "a backend that always fails has no balancer");
  load_ = balancer->load;
  lease_ = destinations.lease(balancer->path);
  scope_.spawn(follow(*this));
}

Balancer::~Balancer() {
  for (const auto& endpoint : endpoints_) endpoint->disown();
}

Task<void> Balancer::follow(Balancer& balancer) {
  runtime::Waker waker(balancer.context_.loop);
  ChangeWatch watch;
  for (;;) {
    balancer.lease_.arm(watch, waker);
    if (balancer.lease_.value() != nullptr) balancer.update(*balancer.lease_.value());
    co_await waker.wait();
  }
}

void Balancer::update(const EndpointSet& set) {
  std::map<SocketAddr, std::shared_ptr<OutboundEndpoint>> old;
  for (auto& endpoint : endpoints_) old.emplace(endpoint->endpoint().addr, endpoint);
  std::vector<std::shared_ptr<OutboundEndpoint>> next;
  next.reserve(set.size());
  for (const model::Endpoint& wanted : set) {
    const auto found = old.find(wanted.addr);
    // Same address, other identity or hints: its connections are of no use any more.
    if (found != old.end() && found->second->endpoint() == localized(context_, wanted)) {
      next.push_back(std::move(found->second));
      old.erase(found);
      continue;
    }
    next.push_back(std::make_shared<OutboundEndpoint>(context_, wanted, name_, load_, accrual_,
                                                      static_cast<EndpointObserver&>(*this)));
  }
  for (auto& [addr, endpoint] : old) endpoint->disown();
  endpoints_ = std::move(next);
  wake_waiters();
}

std::size_t Balancer::ready_endpoints() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(endpoints_, [](const auto& endpoint) { return endpoint->ready(); }));
}

void Balancer::wake_waiters() {
  if (failing_fast_ &&
      std::ranges::any_of(endpoints_, [](const auto& endpoint) { return endpoint->ready(); })) {
    failing_fast_ = false;
  }
  waiters_.for_each([](Waiter& waiter) { waiter.slot.wake(); });
}

std::shared_ptr<OutboundEndpoint> Balancer::pick() {
  const auto index = pick_p2c(
      endpoints_.size(), context_.random, [&](std::size_t i) { return endpoints_[i]->ready(); },
      [&](std::size_t i) { return endpoints_[i]->load(); });
  if (index) return endpoints_[*index];
  const auto any = std::ranges::find_if(
      endpoints_, [](const auto& endpoint) { return endpoint->attemptable(); });
  return any == endpoints_.end() ? nullptr : *any;
}

Error Balancer::failfast_error() const {
  std::string message = name_ + ": ";
  if (endpoints_.empty()) {
    message +=
        lease_.value() == nullptr ? "its endpoints are not known yet" : "it has no endpoints";
  } else {
    message += "none of its " + std::to_string(endpoints_.size()) + " endpoints is ready";
    const auto aside = std::ranges::count_if(
        endpoints_, [](const auto& endpoint) { return endpoint->set_aside(); });
    if (aside > 0) message += ", " + std::to_string(aside) + " set aside for failing";
    if (!last_error_.message.empty()) message += " (" + last_error_.to_string() + ")";
  }
  return make_error(ErrorCode::kFailfast, std::move(message)).from(ErrorOrigin::kUpstream);
}

const Error* Balancer::tls_failure() const {
  const Error* failure = nullptr;
  for (const auto& endpoint : endpoints_) {
    failure = endpoint->failure();
    if (failure == nullptr ||
        (failure->code != ErrorCode::kTlsHandshake && failure->code != ErrorCode::kTlsIdentity)) {
      return nullptr;
    }
  }
  return failure;
}

Task<Result<std::shared_ptr<OutboundEndpoint>>> Balancer::wait_for_endpoint(std::uint64_t since,
                                                                            Line& line) {
  struct Place {
    std::size_t& waiting;
    explicit Place(std::size_t& n) : waiting(n) { ++waiting; }
    ~Place() { --waiting; }
  };
  if (auto endpoint = pick()) co_return endpoint;
  if (line.waiting >= line.capacity) {
    co_return fail(make_error(ErrorCode::kLoadShed, name_ + ": " + std::to_string(line.waiting) +
                                                        " " + line.of + " wait already"));
  }
  const Place place(line.waiting);
  runtime::Waker waker(context_.loop);
  Waiter waiter;
  waiters_.push_back(waiter);
  // Backoffs end without an event: look again from time to time.
  constexpr Duration kRecheck = std::chrono::milliseconds(50);
  struct Recheck final : runtime::TimerNode {
    runtime::Waker& waker;
    explicit Recheck(runtime::Waker& w) : waker(w) {}
    void on_timer() override { waker.on_wake(); }
  } recheck(waker);
  for (;;) {
    if (auto endpoint = pick()) co_return endpoint;
    // Patience helps against a refused connection, not against a certificate that was wrong again.
    if (const Error* failure = tls_failure(); failure != nullptr && changes_ != since) {
      co_return fail(*failure);
    }
    waiter.slot.arm(waker);
    context_.loop.add_timer(recheck, kRecheck);
    co_await waker.wait();
  }
}

Task<Result<std::shared_ptr<OutboundEndpoint>>> Balancer::prepare_some(
    const http::RequestHead& head) {
  const std::uint64_t since = changes_;
  for (;;) {
    auto endpoint = co_await wait_for_endpoint(since, requests_);
    if (!endpoint) co_return endpoint;
    Result<void> prepared = co_await (*endpoint)->prepare(head);
    if (!prepared) {
      last_error_ = prepared.error();
    } else if ((*endpoint)->admits()) {
      co_return endpoint;
    }
    // Else it was set aside meanwhile, or another request is the one that tries it.
  }
}

Task<Result<std::unique_ptr<runtime::Stream>>> Balancer::connect_some(Tried* tried) {
  // A refused connection tells nothing of the other endpoints: they get their turn.
  for (int attempt = 1;; ++attempt) {
    auto endpoint = co_await wait_for_endpoint(changes_, connections_);
    if (!endpoint) co_return fail(endpoint.error());
    if (tried != nullptr) tried->peer = (*endpoint)->peer();
    auto stream = co_await (*endpoint)->connect();
    if (stream || attempt == kAttempts || endpoints_.size() < 2) co_return stream;
    last_error_ = stream.error();
  }
}

template <class T>
Task<Result<T>> Balancer::within_failfast(Task<Result<T>> attempt) {
  if (failing_fast_ && pick() == nullptr) co_return fail(failfast_error());
  Result<T> result = co_await runtime::with_deadline(
      context_.loop, queue_.failfast, ErrorCode::kFailfast, name_, std::move(attempt));
  if (result) {
    failing_fast_ = false;
    co_return result;
  }
  if (result.error().code != ErrorCode::kFailfast) co_return result;
  failing_fast_ = true;
  co_return fail(failfast_error());
}

void Balancer::tell_meant(Tried* tried) {
  if (is_forward_ && tried != nullptr) tried->peer = endpoints_.front()->peer();
}

void Balancer::tell_taps(const http::RequestHead& head, const Delivery& delivery,
                         const Error& error) {
  if (delivery.origin == nullptr) return;
  const TapOrigin& origin = *delivery.origin;
  TapExchange refused =
      context_.taps.open({.direction = Direction::kOutbound,
                          .source = origin.client,
                          .destination = origin.meant,
                          .source_labels = tap_tls_labels(TlsLabels::none("loopback"), {}),
                          .destination_labels = {},
                          .route_labels = origin.route_labels},
                         head);
  refused.await(delivery.verdict);
  refused.begin();
  refused.fail(error);
}

Task<Result<http::Response>> Balancer::send(http::Request&& request, SendTerms terms) {
  Delivery delivery(std::move(terms));
  tell_meant(delivery.tried);
  std::shared_ptr<OutboundEndpoint> refused_by;
  for (int attempt = 1;; ++attempt) {
    // Most often an endpoint is ready and its connection stands: no timer, no extra coroutine.
    std::shared_ptr<OutboundEndpoint> endpoint = pick();
    if (endpoint == nullptr || !endpoint->prepared(request.head)) {
      auto preparing = within_failfast(prepare_some(request.head));
      if (delivery.limits) preparing = StreamLimits::within(delivery.limits, std::move(preparing));
      auto prepared = co_await std::move(preparing);
      if (!prepared) {
        if (refused_by != nullptr) {
          refused_by->count_failure(prepared.error());
        } else {
          tell_taps(request.head, delivery, prepared.error());
        }
        co_return fail(prepared.error());
      }
      endpoint = std::move(*prepared);
    }
    delivery.last_try = attempt == kAttempts || refused_by != nullptr;
    Result<http::Response> response = co_await endpoint->send(std::move(request), delivery);
    if (response || !delivery.returned) co_return response;
    // A peer that drains says so while requests wait for their turn: they go elsewhere. What was
    // sent and refused does so once: the next endpoint has the same reasons if all are too busy.
    if (delivery.counted) refused_by = std::move(endpoint);
    request = std::move(*delivery.returned);
    delivery.returned.reset();
  }
}

Task<Result<std::unique_ptr<runtime::Stream>>> Balancer::connect(Tried* tried) {
  tell_meant(tried);
  co_return co_await within_failfast(connect_some(tried));
}

}  // namespace seine::proxy
