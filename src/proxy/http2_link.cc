// SPDX-License-Identifier: Apache-2.0
#include "proxy/http2_link.h"

#include <utility>

#include "base/check.h"
#include "runtime/combine.h"

namespace seine::proxy {

Http2Link::Http2Link(runtime::EventLoop& loop, FastRandom& random, const BackoffConfig& backoff,
                     const http::Http2Options& options, http::Connector& connector,
                     Observer* observer)
    : loop_(loop),
      random_(random),
      backoff_(backoff),
      options_(options),
      connector_(connector),
      observer_(observer),
      wanted_(loop),
      closed_(loop),
      scope_(loop, [](Error) {}) {
  scope_.spawn(run(*this));
  scope_.spawn(drop_closed(*this));
}

runtime::Task<void> Http2Link::run(Http2Link& link) {
  for (;;) {
    co_await link.wanted_.wait();
    while (!link.usable()) {
      auto stream = co_await link.connector_.connect();
      link.failing_ = !stream.has_value();
      if (stream) {
        link.adopt(std::move(*stream));
        link.backoff_.reset();
      } else {
        link.last_error_ = std::move(stream.error());
      }
      runtime::List<Waiter> waiters;
      waiters.splice(link.waiters_);
      while (!waiters.empty()) waiters.pop_front().slot.wake();
      if (link.observer_ != nullptr) link.observer_->on_link_change();
      if (link.failing_) {
        co_await runtime::sleep_for(link.loop_, link.backoff_.next(link.random_));
      }
    }
  }
}

// A connection that is over gives its socket back then, not when the next request comes.
runtime::Task<void> Http2Link::drop_closed(Http2Link& link) {
  const auto over = [](const auto& connection) { return connection->client->closed().fired(); };
  for (;;) {
    co_await link.closed_.wait();
    std::erase_if(link.retired_, over);
    if (link.current_ != nullptr && over(link.current_)) link.current_.reset();
  }
}

void Http2Link::adopt(std::unique_ptr<runtime::Stream> stream) {
  // Streams that a GOAWAY left alone go on to their end on the old connection.
  const auto idle = [](const auto& old) { return old->client->active_streams() == 0; };
  std::erase_if(retired_, idle);
  if (current_ != nullptr && !idle(current_)) retired_.push_back(std::move(current_));
  current_ = std::make_unique<Connection>();
  current_->client = std::make_shared<http::Http2Client>(loop_, std::move(stream), options_);
  current_->client->closed().arm(current_->closed, closed_);
}

runtime::Task<void> Http2Link::attempted() {
  if (usable()) co_return;
  runtime::Waker waker(loop_);
  Waiter waiter;
  waiter.slot.arm(waker);
  waiters_.push_back(waiter);
  want();
  co_await waker.wait();
}

const std::shared_ptr<http::Http2Client>& Http2Link::client() const {
  SEINE_CHECK(usable(), "a client was asked of a link that has none");
  return current_->client;
}

std::size_t Http2Link::active_streams() const {
  std::size_t total = current_ == nullptr ? 0 : current_->client->active_streams();
  for (const auto& old : retired_) total += old->client->active_streams();
  return total;
}

}  // namespace seine::proxy
