// SPDX-License-Identifier: Apache-2.0
#include <deque>
#include <utility>

#include "grpc/client.h"
#include "runtime/wake.h"

namespace seine::grpc {

class OutgoingBody;

// Frames between who sends and the connection that takes them. It and its body point at each other;
// whichever dies first unlinks.
class OutgoingMessages {
 public:
  // A sender waits while so much is queued; the message that passes the mark is still taken.
  static constexpr std::size_t kHighWater = 64 * 1024;

  explicit OutgoingMessages(runtime::EventLoop& on) : loop(on) {}
  ~OutgoingMessages();
  OutgoingMessages(const OutgoingMessages&) = delete;
  OutgoingMessages& operator=(const OutgoingMessages&) = delete;

  http::BodyPtr make_body();
  bool is_open() const { return body != nullptr && !finished; }
  bool is_full() const { return octets >= kHighWater; }

  runtime::EventLoop& loop;
  OutgoingBody* body = nullptr;
  std::deque<runtime::Bytes> frames;
  std::size_t octets = 0;
  bool finished = false;
  runtime::WakeSlot reader;
  runtime::WakeSlot writer;
};

class OutgoingBody final : public http::Body {
 public:
  explicit OutgoingBody(OutgoingMessages& messages) : messages_(&messages) {}
  ~OutgoingBody() override {
    if (messages_ == nullptr) return;
    messages_->body = nullptr;
    messages_->writer.wake();
  }

  http::BodyPoll poll(runtime::Wakeable& who, runtime::Bytes& data) override {
    if (messages_ == nullptr) return http::BodyPoll::kError;
    if (messages_->frames.empty()) {
      if (messages_->finished) return http::BodyPoll::kEnd;
      messages_->reader.arm(who);
      return http::BodyPoll::kPending;
    }
    data = std::move(messages_->frames.front());
    messages_->frames.pop_front();
    messages_->octets -= data.size();
    if (!messages_->is_full()) messages_->writer.wake();
    return http::BodyPoll::kData;
  }
  const Error& error() const override { return error_; }
  void give_up() { messages_ = nullptr; }

 private:
  OutgoingMessages* messages_;
  const Error error_ = make_error(ErrorCode::kCancelled, "the caller has given the call up");
};

OutgoingMessages::~OutgoingMessages() {
  if (body == nullptr) return;
  body->give_up();
  reader.wake();
}

http::BodyPtr OutgoingMessages::make_body() {
  auto made = std::make_unique<OutgoingBody>(*this);
  body = made.get();
  return made;
}

RawDuplex::RawDuplex(runtime::EventLoop& loop, http::Service& service, std::string authority,
                     std::string scheme, std::string path, CallOptions options)
    : outgoing_(std::make_unique<OutgoingMessages>(loop)),
      stream_(loop, service, std::move(authority), std::move(scheme), std::move(path),
              outgoing_->make_body(), std::move(options)) {}

RawDuplex::~RawDuplex() = default;
RawDuplex::RawDuplex(RawDuplex&&) noexcept = default;
RawDuplex& RawDuplex::operator=(RawDuplex&&) noexcept = default;

runtime::Task<bool> RawDuplex::send(std::string message) {
  OutgoingMessages& outgoing = *outgoing_;
  runtime::Waker waker(outgoing.loop);
  while (outgoing.is_open() && outgoing.is_full()) {
    outgoing.writer.arm(waker);
    co_await waker.wait();
  }
  if (!outgoing.is_open()) co_return false;
  std::string frame;
  append_frame(message, frame);
  outgoing.octets += frame.size();
  outgoing.frames.push_back(runtime::Bytes::copy_of(frame));
  outgoing.reader.wake();
  co_return true;
}

void RawDuplex::finish() {
  outgoing_->finished = true;
  outgoing_->reader.wake();
}

}  // namespace seine::grpc
