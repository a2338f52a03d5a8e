// SPDX-License-Identifier: Apache-2.0
#include "grpc/server.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>

#include "base/check.h"
#include "runtime/combine.h"
#include "runtime/task_scope.h"
#include "runtime/wake.h"

namespace seine::grpc {

// Frames between a handler and the connection that takes them.
class MessageQueue {
 public:
  // A handler waits while so much is queued; the message that passes the mark is still taken.
  static constexpr std::size_t kHighWater = 64 * 1024;

  explicit MessageQueue(runtime::EventLoop& on) : loop(on) {}

  bool full() const { return bytes_ >= kHighWater; }
  bool empty() const { return frames_.empty(); }
  // All that was pushed has been written to the connection.
  bool sent() const { return sent_; }
  void on_sent() {
    sent_ = frames_.empty();
    if (sent_) flush.wake();
  }
  void push(runtime::Bytes frame) {
    sent_ = false;
    bytes_ += frame.size();
    frames_.push_back(std::move(frame));
    reader.wake();
  }
  runtime::Bytes pop() {
    runtime::Bytes frame = std::move(frames_.front());
    frames_.pop_front();
    bytes_ -= frame.size();
    if (!full()) writer.wake();
    return frame;
  }

  runtime::EventLoop& loop;
  runtime::WakeSlot reader;
  runtime::WakeSlot writer;
  runtime::WakeSlot flush;

 private:
  std::deque<runtime::Bytes> frames_;
  std::size_t bytes_ = 0;
  bool sent_ = true;
};

runtime::Task<void> RawWriter::write(std::string message) {
  runtime::Waker waker(queue_.loop);
  while (queue_.full()) {
    queue_.writer.arm(waker);
    co_await waker.wait();
  }
  std::string frame;
  append_frame(message, frame);
  queue_.push(runtime::Bytes::copy_of(frame));
}

runtime::Task<void> RawWriter::flushed() {
  runtime::Waker waker(queue_.loop);
  while (!queue_.sent()) {
    queue_.flush.arm(waker);
    co_await waker.wait();
  }
  // The connection hands what it has to the kernel at the end of a turn.
  co_await runtime::yield(queue_.loop);
}

namespace {

// A call under way, as the body of its response: it owns the handler, so whoever drops the response
// cancels the handler.
class CallBody final : public http::Body {
 public:
  CallBody(runtime::EventLoop& loop, Context context)
      : context_(std::move(context)), queue_(loop), scope_(loop, [](Error) {}) {}

  void start(const Method& method, std::string message) {
    scope_.spawn(run(*this, method.run(context_, std::move(message), writer_)));
  }
  void start(const Method& method, http::BodyPtr messages, std::size_t max_message) {
    reader_.emplace(queue_.loop, std::move(messages), max_message);
    scope_.spawn(run(*this, method.run(context_, *reader_, writer_)));
  }
  [[clang::coro_wrapper]] runtime::Task<void> finished() { return scope_.join(); }
  // The handler ended without a message: the status goes into the head.
  bool bare() const { return done_ && queue_.empty(); }
  const Status& status() const { return status_; }

  http::BodyPoll poll(runtime::Wakeable& who, runtime::Bytes& data) override {
    if (!queue_.empty()) {
      data = queue_.pop();
      return http::BodyPoll::kData;
    }
    if (done_) return http::BodyPoll::kEnd;
    queue_.reader.arm(who);
    return http::BodyPoll::kPending;
  }
  void on_sent() override { queue_.on_sent(); }
  const http::Headers* trailers() const override { return &trailers_; }
  const Error& error() const override { SEINE_CHECK(false, "a call ends with a status"); }

 private:
  static runtime::Task<void> run(CallBody& self, runtime::Task<Status> method);
  static runtime::Task<Result<Status>> as_result(runtime::Task<Status> task) {
    co_return co_await std::move(task);
  }

  const Context context_;
  MessageQueue queue_;
  RawWriter writer_{queue_};
  std::optional<RawReader> reader_;
  bool done_ = false;
  Status status_;
  http::Headers trailers_;
  runtime::TaskScope scope_;
};

runtime::Task<void> CallBody::run(CallBody& self, runtime::Task<Status> method) {
  Result<Status> status;
  auto handler = as_result(std::move(method));
  if (self.context_.timeout) {
    status = co_await runtime::with_deadline(self.queue_.loop, *self.context_.timeout,
                                             ErrorCode::kTimeout, "the call's deadline",
                                             std::move(handler));
  } else {
    status = co_await std::move(handler);
  }
  self.status_ = status ? std::move(*status) : to_status(status.error());
  append_status(self.status_, self.trailers_);
  self.done_ = true;
  self.queue_.reader.wake();
}

http::Response bare_response(const Status& status) {
  http::Response response;
  response.head.headers.add("content-type", "application/grpc");
  append_status(status, response.head.headers);
  return response;
}

http::Response plain_response(std::uint16_t status) {
  http::Response response;
  response.head.status = status;
  response.head.headers.add("content-length", "0");
  return response;
}

http::Response respond(std::unique_ptr<CallBody> body) {
  if (body->bare()) return bare_response(body->status());
  http::Response response;
  response.head.headers.add("content-type", "application/grpc");
  response.body = std::move(body);
  return response;
}

// The one message of a request, which may not have more.
Result<std::string> single_message(std::string_view bytes, std::size_t max_message) {
  FrameDecoder decoder(max_message);
  decoder.feed(bytes);
  Result<std::optional<std::string>> message = decoder.next();
  if (!message) return fail(std::move(message.error()));
  if (!*message || !decoder.at_boundary()) {
    return fail(ErrorCode::kProtocol, "the request has to be one message");
  }
  return std::move(**message);
}

Context make_context(std::string_view peer, http::RequestHead head) {
  Context context;
  context.peer_identity = peer;
  context.authority = head.effective_authority();
  if (const auto timeout = head.headers.get("grpc-timeout")) {
    context.timeout = parse_timeout(*timeout);
  }
  context.metadata = std::move(head.headers);
  return context;
}

}  // namespace

const Method* Methods::find(std::string_view path) const {
  const auto found = methods_.find(path);
  return found == methods_.end() ? nullptr : found->second.get();
}

runtime::Task<Result<std::optional<std::string>>> RawReader::next() {
  runtime::Waker waker(loop_);
  for (;;) {
    Result<std::optional<std::string>> message = decoder_.next();
    if (!message || *message) co_return message;
    runtime::Bytes data;
    switch (body_ == nullptr ? http::BodyPoll::kEnd : body_->poll(waker, data)) {
      case http::BodyPoll::kData: decoder_.feed(data.view()); break;
      case http::BodyPoll::kPending: co_await waker.wait(); break;
      case http::BodyPoll::kError: co_return fail(body_->error());
      case http::BodyPoll::kEnd:
        if (decoder_.at_boundary()) co_return std::nullopt;
        co_return fail(ErrorCode::kProtocol, "the caller ended in the middle of a message");
    }
  }
}

void Methods::add(std::string path, std::unique_ptr<Method> method) {
  const bool added = methods_.try_emplace(std::move(path), std::move(method)).second;
  SEINE_CHECK(added, "a method is registered twice");
}

runtime::Task<Status> Method::run(const Context&, std::string, RawWriter&) const {
  SEINE_CHECK(false, "a method of many messages is given one");
  co_return Status{};
}

runtime::Task<Status> Method::run(const Context&, RawReader&, RawWriter&) const {
  SEINE_CHECK(false, "a method of one message is given many");
  co_return Status{};
}

Status unparsable_request() {
  return {StatusCode::kInvalidArgument, "the request's message does not parse"};
}

runtime::Task<Result<http::Response>> Server::call(http::Request request) {
  const std::string_view type =
      request.head.headers.get("content-type").value_or(std::string_view());
  if (type != "application/grpc" && !type.starts_with("application/grpc+proto") &&
      !type.starts_with("application/grpc;")) {
    co_return plain_response(415);
  }
  if (request.head.method != "POST") co_return plain_response(405);
  const Method* method = methods_.find(request.head.path);
  if (method == nullptr) {
    co_return bare_response({StatusCode::kUnimplemented, "no method " + request.head.path});
  }
  Context context = make_context(peer_identity_, std::move(request.head));
  context.peer_ip = peer_ip_;
  const std::size_t max_message = std::max(max_message_, method->max_request);
  auto body = std::make_unique<CallBody>(loop_, std::move(context));
  if (method->shape == Method::Shape::kDuplex) {
    body->start(*method, std::move(request.body), max_message);
    co_await runtime::yield(loop_);
    co_return respond(std::move(body));
  }
  const Result<http::Collected> content =
      co_await http::collect(loop_, std::move(request.body), max_message + kFrameHeader);
  if (!content) co_return bare_response(to_status(content.error()));
  Result<std::string> message = single_message(content->bytes, max_message);
  if (!message) co_return bare_response(to_status(message.error()));

  body->start(*method, std::move(*message));
  if (method->shape == Method::Shape::kStream) {
    // Long enough for a handler that refuses at once to say so in the head.
    co_await runtime::yield(loop_);
  } else {
    co_await body->finished();
  }
  co_return respond(std::move(body));
}

}  // namespace seine::grpc
