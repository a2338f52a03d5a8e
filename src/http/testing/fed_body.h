// SPDX-License-Identifier: Apache-2.0
// A body that a test feeds by hand, and that tells when it was polled and dropped.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "http/body.h"

namespace seine::http::testing {

class FedBody;

// The feeding end. Either end may die first.
struct BodyFeed {
  BodyFeed() = default;
  ~BodyFeed();
  BodyFeed(const BodyFeed&) = delete;
  BodyFeed& operator=(const BodyFeed&) = delete;

  FedBody* body = nullptr;
  std::deque<runtime::Bytes> chunks;
  bool ended = false;
  std::optional<Headers> trailers;
  std::optional<Error> error;
  runtime::WakeSlot reader;
  std::size_t taken = 0;  // bytes polled so far
  bool dropped = false;

  void push(std::string_view text) {
    chunks.push_back(runtime::Bytes::copy_of(text));
    reader.wake();
  }
  void end(std::optional<Headers> with = std::nullopt) {
    ended = true;
    trailers = std::move(with);
    reader.wake();
  }
  void fail(Error with) {
    error = std::move(with);
    reader.wake();
  }
};

class FedBody final : public Body {
 public:
  explicit FedBody(BodyFeed& feed) : feed_(&feed) { feed.body = this; }
  ~FedBody() override {
    if (feed_ == nullptr) return;
    feed_->dropped = true;
    feed_->body = nullptr;
  }

  BodyPoll poll(runtime::Wakeable& who, runtime::Bytes& data) override {
    if (feed_ == nullptr) return BodyPoll::kPending;
    if (!feed_->chunks.empty()) {
      data = std::move(feed_->chunks.front());
      feed_->chunks.pop_front();
      feed_->taken += data.size();
      return BodyPoll::kData;
    }
    if (feed_->error) return BodyPoll::kError;
    if (feed_->ended) return BodyPoll::kEnd;
    feed_->reader.arm(who);
    return BodyPoll::kPending;
  }
  const Headers* trailers() const override { return feed_->trailers ? &*feed_->trailers : nullptr; }
  const Error& error() const override { return *feed_->error; }

 private:
  friend struct BodyFeed;
  BodyFeed* feed_;
};

inline BodyFeed::~BodyFeed() {
  if (body != nullptr) body->feed_ = nullptr;
}

}  // namespace seine::http::testing
