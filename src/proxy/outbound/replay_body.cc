// SPDX-License-Identifier: Apache-2.0
#include "proxy/outbound/replay_body.h"

#include <utility>

#include "base/check.h"

namespace seine::proxy {

class ReplayBuffer::Reader final : public http::Body {
 public:
  Reader(std::shared_ptr<ReplayBuffer> buffer, std::uint32_t turn)
      : buffer_(std::move(buffer)), turn_(turn) {}

  http::BodyPoll poll(runtime::Wakeable& who, runtime::Bytes& data) override {
    ReplayBuffer& buffer = *buffer_;
    if (is_stale()) return http::BodyPoll::kError;
    if (at_ < buffer.kept_.size()) {
      data = runtime::Bytes::copy_of(std::string_view(buffer.kept_).substr(at_));
      at_ = buffer.kept_.size();
      if (buffer.settled_) buffer.drop();
      return http::BodyPoll::kData;
    }
    const http::BodyPoll result = buffer.source_->poll(who, data);
    if (result == http::BodyPoll::kPending) buffer.reader_.arm(who);
    if (result != http::BodyPoll::kData || buffer.overflowed_ || buffer.settled_) return result;
    runtime::ByteBudget* const budget = buffer.charge_.budget();
    buffer.shed_ = budget != nullptr && budget->is_over();
    if (buffer.shed_ || data.size() > buffer.limit_ - buffer.kept_.size()) {
      if (buffer.shed_) budget->count(runtime::ByteBudget::Shed::kRetry);
      buffer.overflowed_ = true;
      buffer.drop();
      if (buffer.on_overflow_) buffer.on_overflow_();
      return result;
    }
    // Copied, for a slice would keep a whole block from its pool.
    buffer.kept_ += data.view();
    buffer.charge_.set(buffer.kept_.size());
    at_ = buffer.kept_.size();
    return result;
  }
  const http::Headers* trailers() const override { return buffer_->source_->trailers(); }
  const Error& error() const override { return is_stale() ? stale_ : buffer_->source_->error(); }
  std::optional<std::uint64_t> length() const override { return buffer_->length_; }
  void on_sent() override {
    if (!is_stale()) buffer_->source_->on_sent();
  }

 private:
  bool is_stale() const { return turn_ != buffer_->turn_; }

  std::shared_ptr<ReplayBuffer> buffer_;
  const std::uint32_t turn_;
  const Error stale_ =
      make_error(ErrorCode::kCancelled, "the request is sent again").from(ErrorOrigin::kDownstream);
  std::size_t at_ = 0;  // of what is kept
};

http::BodyPtr ReplayBuffer::reader() {
  SEINE_CHECK(can_replay(), "a body is read again that was too long to keep");
  abandon();
  return std::make_unique<Reader>(shared_from_this(), turn_);
}

void ReplayBuffer::drop() {
  kept_ = {};
  charge_.set(0);
}

void ReplayBuffer::abandon() {
  ++turn_;
  reader_.wake();
}

}  // namespace seine::proxy
