// SPDX-License-Identifier: Apache-2.0
// Calls: one message there; one message, or a stream of them, back; or messages both ways. Over any
// http::Service, so that a balancer over several connections may carry them. Messages are generated
// protobuf classes; this header does not need to know them.
//
//   Channel channel(loop, service, "identity.linkerd:8080");
//   Result<CertifyResponse> r = co_await channel.unary<CertifyResponse>(kCertify, request);
//
//   MessageStream<Update> updates = channel.stream<Update>(kGet, request);
//   Result<std::optional<Update>> u = co_await updates.next();
//
//   MessageDuplex<Note, Receipt> notes = channel.duplex<Note, Receipt>(kNotes);
//   if (!co_await notes.send(note)) ...                        // the call is over: next() says why
//   Result<std::optional<Receipt>> r = co_await notes.next();
//
// A failed call is an Error: status_code(error) says which gRPC status it stands for.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/result.h"
#include "grpc/frame.h"
#include "grpc/status.h"
#include "http/message.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"

namespace seine::grpc {

struct CallOptions {
  http::Headers metadata;
  // For the whole call, told to the server as grpc-timeout. None: it may take for ever.
  std::optional<Duration> deadline;
  std::size_t max_message = kDefaultMaxMessage;
};

// The messages of one call as bytes. Destroying it cancels the call.
class RawStream {
 public:
  RawStream(runtime::EventLoop& loop, http::Service& service, std::string authority,
            std::string scheme, std::string path, std::string message, CallOptions options);
  // With a body of frames.
  RawStream(runtime::EventLoop& loop, http::Service& service, std::string authority,
            std::string scheme, std::string path, http::BodyPtr body, CallOptions options);
  ~RawStream();
  RawStream(RawStream&&) noexcept;
  RawStream& operator=(RawStream&&) noexcept;

  // The next message; nullopt: the call ended with OK. The first one makes the call. After the end
  // or an error the same is said again. One at a time; a dropped next() may be repeated once the
  // call has been answered, before that dropping it cancels the call.
  runtime::Task<Result<std::optional<std::string>>> next();
  // Makes the call, if next() has not, and completes once the server has begun to answer. The error
  // is said again by next().
  runtime::Task<Result<void>> opened();

 private:
  struct Call;
  std::unique_ptr<Call> call_;
};

class OutgoingMessages;

// The messages of a call that has them both ways, as bytes. Destroying it cancels the call. One may
// send while another receives.
class RawDuplex {
 public:
  // As a RawStream without its message.
  RawDuplex(runtime::EventLoop& loop, http::Service& service, std::string authority,
            std::string scheme, std::string path, CallOptions options);
  ~RawDuplex();
  RawDuplex(RawDuplex&&) noexcept;
  RawDuplex& operator=(RawDuplex&&) noexcept;

  // Waits while more than 64 KiB have not left. False: the server takes no more; next() says why.
  // One at a time.
  runtime::Task<bool> send(std::string message);
  // There will be no more.
  void finish();
  // As of RawStream. The first one makes the call: nothing is sent before.
  [[clang::coro_wrapper]] runtime::Task<Result<std::optional<std::string>>> next() {
    return stream_.next();
  }

 private:
  std::unique_ptr<OutgoingMessages> outgoing_;
  RawStream stream_;
};

template <class Sent, class Received>
class MessageDuplex {
 public:
  explicit MessageDuplex(RawDuplex raw) : raw_(std::move(raw)) {}

  [[clang::coro_wrapper]] runtime::Task<bool> send(const Sent& message) {
    return raw_.send(message.SerializeAsString());
  }
  void finish() { raw_.finish(); }
  // See RawDuplex::next(). A message that does not parse is kProtocol.
  runtime::Task<Result<std::optional<Received>>> next() {
    Result<std::optional<std::string>> bytes = co_await raw_.next();
    if (!bytes) co_return fail(std::move(bytes.error()));
    if (!*bytes) co_return std::optional<Received>();
    std::optional<Received> message(std::in_place);
    if (!message->ParseFromString(**bytes)) {
      co_return fail(ErrorCode::kProtocol, "the server's message does not parse");
    }
    co_return message;
  }

 private:
  RawDuplex raw_;
};

template <class Message>
class MessageStream {
 public:
  explicit MessageStream(RawStream raw) : raw_(std::move(raw)) {}

  // See RawStream::opened().
  [[clang::coro_wrapper]] runtime::Task<Result<void>> opened() { return raw_.opened(); }

  // See RawStream::next(). A message that does not parse is kProtocol.
  runtime::Task<Result<std::optional<Message>>> next() {
    Result<std::optional<std::string>> bytes = co_await raw_.next();
    if (!bytes) co_return fail(std::move(bytes.error()));
    if (!*bytes) co_return std::optional<Message>();
    std::optional<Message> message(std::in_place);
    if (!message->ParseFromString(**bytes)) {
      co_return fail(ErrorCode::kProtocol, "the server's message does not parse");
    }
    co_return message;
  }

 private:
  RawStream raw_;
};

class Channel {
 public:
  // Loop and service outlive the channel and its calls. `authority` is what :authority says;
  // `scheme` "https" where the service runs over TLS.
  Channel(runtime::EventLoop& loop, http::Service& service, std::string authority,
          std::string scheme = "http")
      : loop_(loop),
        service_(service),
        authority_(std::move(authority)),
        scheme_(std::move(scheme)) {}

  // `path` is "/package.Service/Method".
  template <class Response, class Request>
  [[clang::coro_wrapper]] runtime::Task<Result<Response>> unary(std::string path,
                                                                const Request& request,
                                                                CallOptions options = {}) const {
    return single<Response>(stream<Response>(std::move(path), request, std::move(options)));
  }

  template <class Message, class Request>
  MessageStream<Message> stream(std::string path, const Request& request,
                                CallOptions options = {}) const {
    return MessageStream<Message>(RawStream(loop_, service_, authority_, scheme_, std::move(path),
                                            request.SerializeAsString(), std::move(options)));
  }

  template <class Sent, class Received>
  MessageDuplex<Sent, Received> duplex(std::string path, CallOptions options = {}) const {
    return MessageDuplex<Sent, Received>(raw_duplex(std::move(path), std::move(options)));
  }
  // Of messages that are octets already.
  RawDuplex raw_duplex(std::string path, CallOptions options = {}) const {
    return RawDuplex(loop_, service_, authority_, scheme_, std::move(path), std::move(options));
  }

 private:
  template <class Response>
  static runtime::Task<Result<Response>> single(MessageStream<Response> stream) {
    Result<std::optional<Response>> first = co_await stream.next();
    if (!first) co_return fail(std::move(first.error()));
    if (!*first) co_return fail(ErrorCode::kProtocol, "the server answered without a message");
    const Result<std::optional<Response>> end = co_await stream.next();
    if (!end) co_return fail(end.error());
    if (*end) co_return fail(ErrorCode::kProtocol, "the server answered with several messages");
    co_return std::move(**first);
  }

  runtime::EventLoop& loop_;
  http::Service& service_;
  std::string authority_;
  std::string scheme_;
};

}  // namespace seine::grpc
