// SPDX-License-Identifier: Apache-2.0
// A body that a test feeds by hand, and asks how much of it was taken.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "http/body.h"

namespace seine::http::testing {

class FedBody final : public Body {
 public:
  struct Feed {
    std::vector<std::string> pieces;  // taken from the front
    bool ended = false;
    bool failed = false;
    std::size_t polled_bytes = 0;
    runtime::WakeSlot reader;

    void push(std::string piece) {
      pieces.push_back(std::move(piece));
      reader.wake();
    }
    void end() {
      ended = true;
      reader.wake();
    }
    void fail() {
      failed = true;
      reader.wake();
    }
  };

  explicit FedBody(std::shared_ptr<Feed> feed) : feed_(std::move(feed)) {}

  BodyPoll poll(runtime::Wakeable& who, runtime::Bytes& data) override {
    if (!feed_->pieces.empty()) {
      data = runtime::Bytes::copy_of(feed_->pieces.front());
      feed_->polled_bytes += data.size();
      feed_->pieces.erase(feed_->pieces.begin());
      return BodyPoll::kData;
    }
    if (feed_->failed) return BodyPoll::kError;
    if (feed_->ended) return BodyPoll::kEnd;
    feed_->reader.arm(who);
    return BodyPoll::kPending;
  }
  const Error& error() const override { return error_; }

 private:
  std::shared_ptr<Feed> feed_;
  Error error_ = make_error(ErrorCode::kReset, "the test says so");
};

}  // namespace seine::http::testing
