// SPDX-License-Identifier: Apache-2.0
// A body of which the first frame has been looked at, and is read all the same.
#pragma once

#include <optional>
#include <utility>

#include "http/body.h"

namespace seine::proxy {

class PeekedBody final : public http::Body {
 public:
  explicit PeekedBody(http::BodyPtr inner) : inner_(std::move(inner)), length_(inner_->length()) {}

  // Whether its first frame has come, and is its end.
  bool ends_at_once() const { return first_ == http::BodyPoll::kEnd; }
  // As poll(), but what it gives will be read. Not after the first poll().
  http::BodyPoll peek(runtime::Wakeable& who) {
    if (!first_) {
      const http::BodyPoll result = inner_->poll(who, data_);
      if (result != http::BodyPoll::kPending) first_ = result;
      return result;
    }
    return *first_;
  }

  http::BodyPoll poll(runtime::Wakeable& who, runtime::Bytes& data) override {
    if (!first_) return inner_->poll(who, data);
    const http::BodyPoll result = *first_;
    if (result == http::BodyPoll::kData) {
      data = std::exchange(data_, {});
      first_.reset();
    }
    return result;
  }
  const http::Headers* trailers() const override { return inner_->trailers(); }
  const Error& error() const override { return inner_->error(); }
  std::optional<std::uint64_t> length() const override { return length_; }
  void on_sent() override { inner_->on_sent(); }

 private:
  http::BodyPtr inner_;
  const std::optional<std::uint64_t> length_;
  std::optional<http::BodyPoll> first_;  // looked at, and not read yet
  runtime::Bytes data_;
};

}  // namespace seine::proxy
