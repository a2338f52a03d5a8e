// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <utility>

#include "http/http2_session.h"
#include "http/http2_stream.h"

namespace seine::http {

namespace {

// A slice keeps the whole block it lies in. Below this size a copy is cheaper than what a peer
// could pin by sending little data among much else.
constexpr std::size_t kShareFrom = 2048;

}  // namespace

Http2Body::~Http2Body() {
  if (stream_ != nullptr) stream_->on_body_destroyed(unread());
}

BodyPoll Http2Body::poll(runtime::Wakeable& who, runtime::Bytes& data) {
  if (first_ < pieces_.size()) {
    data = std::move(pieces_[first_]);
    if (++first_ == pieces_.size()) {
      pieces_.clear();
      first_ = 0;
    }
    if (stream_ != nullptr) {
      untaken_since_ = stream_->session().loop().now();
      stream_->give_back(data.size());
    }
    return BodyPoll::kData;
  }
  if (ended_) return BodyPoll::kEnd;
  if (error_) return BodyPoll::kError;
  reader_.arm(who);
  return BodyPoll::kPending;
}

void Http2Body::push(runtime::Bytes data) {
  runtime::EventLoop& loop = stream_->session().loop();
  runtime::BlockPool& pool = loop.pool();
  if (!has_unread()) untaken_since_ = loop.now();
  if (data.size() < kShareFrom) {
    // Many small pieces nobody takes would cost more than their bytes: they are joined.
    if (first_ < pieces_.size() && pieces_.back().size() + data.size() < kShareFrom) {
      std::string joined(pieces_.back().view());
      joined += data.view();
      pieces_.back() = pool.copy_of(joined);
    } else {
      pieces_.push_back(pool.copy_of(data.view()));
    }
  } else {
    pieces_.push_back(std::move(data));
  }
  reader_.wake();
}

void Http2Body::end(std::optional<Headers> trailers) {
  ended_ = true;
  trailers_ = std::move(trailers);
  reader_.wake();
}

std::size_t Http2Body::give_up(const Error& error) {
  const std::size_t lost = unread();
  pieces_ = {};
  first_ = 0;
  // Nobody may take what is cut off for whole.
  ended_ = false;
  trailers_.reset();
  fail(error);
  return lost;
}

void Http2Body::fail(const Error& error) {
  if (ended_ || error_) return;
  error_ = error;
  reader_.wake();
}

std::size_t Http2Body::unread() const {
  std::size_t bytes = 0;
  for (std::size_t i = first_; i < pieces_.size(); ++i) bytes += pieces_[i].size();
  return bytes;
}

}  // namespace seine::http
