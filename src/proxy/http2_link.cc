// SPDX-License-Identifier: Apache-2.0
#include "proxy/http2_link.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "runtime/combine.h"

namespace seine::proxy {

Http2Link::Http2Link(runtime::EventLoop& loop, FastRandom& random, const BackoffConfig& backoff,
                     const http::Http2Options& options, http::Connector& connector,
                     Observer* observer, std::size_t connections)
    : loop_(loop),
      random_(random),
      backoff_(backoff),
      options_(options),
      connector_(connector),
      observer_(observer),
      most_(connections),
      no_spare_until_(loop.now()),
      wanted_(loop),
      closed_(loop),
      scope_(loop, [](Error) {}) {
  scope_.spawn(run(*this));
  scope_.spawn(drop_closed(*this));
}

bool Http2Link::usable() const {
  return std::ranges::any_of(connections_, [](const auto& each) { return each->client->usable(); });
}

std::size_t Http2Link::usable_count() const {
  const auto usable = [](const auto& each) { return each->client->usable(); };
  return static_cast<std::size_t>(std::ranges::count_if(connections_, usable));
}

bool Http2Link::has_room() const {
  return std::ranges::any_of(connections_, [](const auto& each) {
    return each->client->usable() && each->client->room() > 0;
  });
}

runtime::Task<void> Http2Link::run(Http2Link& link) {
  for (;;) {
    co_await link.wanted_.wait();
    while (!link.usable() || link.should_widen()) {
      Result<OwnedConnection> made =
          link.usable() ? co_await link.open_spare() : co_await link.open();
      // Without a spare one nothing is lost.
      link.failing_ = !made && !link.usable();
      if (made) {
        link.adopt(std::move(*made));
        link.backoff_.reset();
      } else if (link.failing_) {
        link.last_error_ = std::move(made.error());
      } else {
        link.no_spare_until_ = link.loop_.now() + kSparePause;
      }
      link.wake_waiters();
      if (link.observer_ != nullptr) link.observer_->on_link_change();
      if (link.failing_) {
        co_await runtime::sleep_for(link.loop_, link.backoff_.next(link.random_));
      }
    }
    // A stream may have become free before there was an attempt.
    link.wake_waiters();
  }
}

// Not inlined: run() waits most of its life, and its frame shall not hold these.
[[gnu::noinline]] runtime::Task<Result<Http2Link::OwnedConnection>> Http2Link::open() {
  auto stream = co_await connector_.connect();
  if (!stream) co_return fail(std::move(stream.error()));
  auto made = std::make_unique<Connection>();
  made->client = std::make_shared<http::Http2Client>(loop_, std::move(*stream), options_);
  co_return made;
}

// What the peer takes at once is heard first: however many wait for this connection, none is sent
// to be refused.
runtime::Task<Result<Http2Link::OwnedConnection>> Http2Link::open_greeted() {
  Result<OwnedConnection> made = co_await open();
  if (!made) co_return made;
  http::Http2Client& client = *(*made)->client;
  runtime::Waker waker(loop_);
  runtime::Signal::Watch watch;
  client.greeted().arm(watch, waker);
  co_await waker.wait();
  if (client.usable()) co_return made;
  co_return fail(ErrorCode::kUnavailable, "the peer takes no requests on a spare connection");
}

[[gnu::noinline]] runtime::Task<Result<Http2Link::OwnedConnection>> Http2Link::open_spare() {
  co_return co_await runtime::with_deadline(loop_, kSpareTimeout, ErrorCode::kConnectTimeout,
                                            "a spare connection", open_greeted());
}

// A connection that is over gives its socket back then, not when the next request comes.
runtime::Task<void> Http2Link::drop_closed(Http2Link& link) {
  for (;;) {
    co_await link.closed_.wait();
    std::erase_if(link.connections_,
                  [](const auto& connection) { return connection->client->closed().fired(); });
  }
}

// As long as there are any.
runtime::Task<void> Http2Link::drop_idle_spares(Http2Link& link) {
  while (link.usable_count() > 1) {
    co_await runtime::sleep_for(link.loop_, kSpareIdle / 2);
    const TimePoint now = link.loop_.now();
    std::size_t left = link.usable_count();
    // The youngest first: what is left is the oldest, which is asked first.
    for (std::size_t i = link.connections_.size(); i-- > 0 && left > 1;) {
      const Connection& each = *link.connections_[i];
      if (!each.client->usable() || each.client->active_streams() > 0) continue;
      if (now - each.used < kSpareIdle) continue;
      link.connections_.erase(link.connections_.begin() + static_cast<std::ptrdiff_t>(i));
      --left;
    }
  }
  link.watches_spares_ = false;
}

void Http2Link::adopt(OwnedConnection made) {
  // Streams that a GOAWAY left alone go on to their end on the old connection.
  std::erase_if(connections_, [](const auto& old) {
    return !old->client->usable() && old->client->active_streams() == 0;
  });
  made->client->closed().arm(made->closed, closed_);
  made->used = loop_.now();
  connections_.push_back(std::move(made));
  if (usable_count() > 1 && !std::exchange(watches_spares_, true)) {
    scope_.spawn(drop_idle_spares(*this));
  }
}

void Http2Link::wake_waiters() {
  runtime::List<Waiter> waiters;
  waiters.splice(waiters_);
  while (!waiters.empty()) waiters.pop_front().slot.wake();
}

void Http2Link::hand_on() {
  if (waiters_.empty()) return;
  if (has_room()) waiters_.pop_front().slot.wake();
  watch_room();
}

void Http2Link::watch_room() {
  for (const auto& each : connections_) each->client->arm_room(freed_);
}

runtime::Task<void> Http2Link::wait_in_list() {
  runtime::Waker waker(loop_);
  Waiter waiter;
  waiter.slot.arm(waker);
  waiters_.push_back(waiter);
  want();
  co_await waker.wait();
}

runtime::Task<void> Http2Link::attempted() {
  if (!usable()) co_await wait_in_list();
}

bool Http2Link::should_widen() const {
  // Most often there is one, with room.
  if (most_ == 1 || has_room()) return false;
  const std::size_t count = usable_count();
  return count > 0 && count < most_ && loop_.now() >= no_spare_until_;
}

runtime::Task<Result<void>> Http2Link::until_widened() {
  while (should_widen()) {
    watch_room();
    co_await wait_in_list();
  }
  co_return Result<void>();
}

runtime::Task<void> Http2Link::widened() {
  if (!should_widen()) co_return;
  (void)co_await runtime::with_deadline(loop_, kSparePatience, ErrorCode::kTimeout,
                                        "a spare connection", until_widened());
}

const std::shared_ptr<http::Http2Client>& Http2Link::client() {
  Connection* best = nullptr;
  for (const auto& each : connections_) {
    if (!each->client->usable()) continue;
    if (each->client->room() > 0) {
      best = each.get();
      break;
    }
    const bool is_better =
        best == nullptr || each->client->active_streams() < best->client->active_streams();
    if (is_better) best = each.get();
  }
  SEINE_CHECK(best != nullptr, "a client was asked of a link that has none");
  best->used = loop_.now();
  return best->client;
}

std::size_t Http2Link::active_streams() const {
  std::size_t total = 0;
  for (const auto& each : connections_) total += each->client->active_streams();
  return total;
}

}  // namespace seine::proxy
