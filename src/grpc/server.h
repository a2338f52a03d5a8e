// SPDX-License-Identifier: Apache-2.0
// Serving calls. Methods holds the handlers of a process; a Server is one connection's view of
// them, with the identity of its peer, and is what serve_http2() is given.
//
//   Methods methods;
//   methods.unary(kCertify, identity, &Identity::certify);
//   methods.stream(kGet, destination, &Destination::get);
//   methods.duplex(kAdd, store, &Store::add);
//   Server server(loop, methods, peer_identity);
//   co_await serve_http2(loop, stream, {}, server, drain, {});
//
// A handler is a coroutine that is destroyed when its caller goes away. A stream has no limit but
// the caller's own grpc-timeout. One loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/net.h"
#include "base/result.h"
#include "grpc/frame.h"
#include "grpc/status.h"
#include "http/message.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"

namespace seine::grpc {

// What a handler knows of its caller. Lives as long as the handler.
struct Context {
  std::string peer_identity;  // of the connection; empty: unknown
  IpAddress peer_ip;          // of the connection; unspecified: unknown
  std::string authority;
  http::Headers metadata;
  std::optional<Duration> timeout;  // grpc-timeout; enforced, here for information
};

class MessageQueue;

// Where a handler puts the bytes of its messages.
class RawWriter {
 public:
  explicit RawWriter(MessageQueue& queue) : queue_(queue) {}
  // Completes when there is room: a caller that reads slowly slows its handler down.
  runtime::Task<void> write(std::string message);
  // Completes once all that was written has passed the caller's window and been handed to the
  // kernel, or waits for it. A caller that reads nothing holds it up for as long as it reads
  // nothing.
  runtime::Task<void> flushed();

 private:
  MessageQueue& queue_;
};

template <class Message>
class Writer {
 public:
  explicit Writer(RawWriter& raw) : raw_(raw) {}
  [[clang::coro_wrapper]] runtime::Task<void> write(const Message& message) {
    return raw_.write(message.SerializeAsString());
  }
  [[clang::coro_wrapper]] runtime::Task<void> flushed() { return raw_.flushed(); }

 private:
  RawWriter& raw_;
};

// Where a handler gets the bytes of its caller's messages. Not reading is back-pressure.
class RawReader {
 public:
  RawReader(runtime::EventLoop& loop, http::BodyPtr body, std::size_t max_message)
      : loop_(loop), body_(std::move(body)), decoder_(max_message) {}
  // The next message; nullopt: the caller has said all. Errors are final: kLimit for a message that
  // is too long, kProtocol, and those of the connection. One at a time.
  runtime::Task<Result<std::optional<std::string>>> next();

 private:
  runtime::EventLoop& loop_;
  const http::BodyPtr body_;
  FrameDecoder decoder_;
};

template <class Message>
class Reader {
 public:
  explicit Reader(RawReader& raw) : raw_(raw) {}
  // See RawReader::next(). A message that does not parse is kInvalidArgument.
  runtime::Task<Result<std::optional<Message>>> next() {
    Result<std::optional<std::string>> bytes = co_await raw_.next();
    if (!bytes) co_return fail(std::move(bytes.error()));
    if (!*bytes) co_return std::optional<Message>();
    std::optional<Message> message(std::in_place);
    if (!message->ParseFromString(**bytes)) {
      co_return fail(ErrorCode::kInvalidArgument, "the caller's message does not parse");
    }
    co_return message;
  }

 private:
  RawReader& raw_;
};

// One method's handler behind the types of its messages.
class Method {
 public:
  enum class Shape : std::uint8_t { kUnary, kStream, kDuplex };

  explicit Method(Shape method_shape) : shape(method_shape) {}
  virtual ~Method() = default;
  // Of a method that takes one message.
  virtual runtime::Task<Status> run(const Context& context, std::string message,
                                    RawWriter& writer) const;
  // Of one that takes many.
  virtual runtime::Task<Status> run(const Context& context, RawReader& reader,
                                    RawWriter& writer) const;

  const Shape shape;
  std::size_t max_request = 0;  // where that is more than the server's own limit
};

Status unparsable_request();

template <class Owner, class Request, class Message>
class StreamMethod final : public Method {
 public:
  using Handler = runtime::Task<Status> (Owner::*)(const Context&, const Request&,
                                                   Writer<Message>&);
  StreamMethod(Owner& owner, Handler handler)
      : Method(Shape::kStream), owner_(owner), handler_(handler) {}

  using Method::run;
  runtime::Task<Status> run(const Context& context, std::string message,
                            RawWriter& raw) const override {
    Request request;
    if (!request.ParseFromString(message)) co_return unparsable_request();
    Writer<Message> writer(raw);
    co_return co_await (owner_.*handler_)(context, request, writer);
  }

 private:
  Owner& owner_;
  const Handler handler_;
};

template <class Owner, class Request, class Response>
class UnaryMethod final : public Method {
 public:
  using Handler = runtime::Task<Status> (Owner::*)(const Context&, const Request&, Response&);
  UnaryMethod(Owner& owner, Handler handler)
      : Method(Shape::kUnary), owner_(owner), handler_(handler) {}

  using Method::run;
  runtime::Task<Status> run(const Context& context, std::string message,
                            RawWriter& raw) const override {
    Request request;
    if (!request.ParseFromString(message)) co_return unparsable_request();
    Response response;
    Status status = co_await (owner_.*handler_)(context, request, response);
    if (status.ok()) co_await raw.write(response.SerializeAsString());
    co_return status;
  }

 private:
  Owner& owner_;
  const Handler handler_;
};

template <class Owner, class Request, class Message>
class DuplexMethod final : public Method {
 public:
  using Handler = runtime::Task<Status> (Owner::*)(const Context&, Reader<Request>&,
                                                   Writer<Message>&);
  DuplexMethod(Owner& owner, Handler handler)
      : Method(Shape::kDuplex), owner_(owner), handler_(handler) {}

  using Method::run;
  runtime::Task<Status> run(const Context& context, RawReader& raw_reader,
                            RawWriter& raw_writer) const override {
    Reader<Request> reader(raw_reader);
    Writer<Message> writer(raw_writer);
    co_return co_await (owner_.*handler_)(context, reader, writer);
  }

 private:
  Owner& owner_;
  const Handler handler_;
};

// The methods a process serves. Outlives the calls, and so do the owners of the handlers. A path is
// "/package.Service/Method".
class Methods {
 public:
  template <class Owner, class Request, class Message>
  void stream(std::string path, Owner& owner,
              runtime::Task<Status> (Owner::*handler)(const Context&, const Request&,
                                                      Writer<Message>&)) {
    add(std::move(path), std::make_unique<StreamMethod<Owner, Request, Message>>(owner, handler));
  }
  // `max_request`: what this method takes where servers of these methods take less.
  template <class Owner, class Request, class Response>
  void unary(std::string path, Owner& owner,
             runtime::Task<Status> (Owner::*handler)(const Context&, const Request&, Response&),
             std::size_t max_request = 0) {
    auto method = std::make_unique<UnaryMethod<Owner, Request, Response>>(owner, handler);
    method->max_request = max_request;
    add(std::move(path), std::move(method));
  }

  // `max_request`: likewise, of each message.
  template <class Owner, class Request, class Message>
  void duplex(std::string path, Owner& owner,
              runtime::Task<Status> (Owner::*handler)(const Context&, Reader<Request>&,
                                                      Writer<Message>&),
              std::size_t max_request = 0) {
    auto method = std::make_unique<DuplexMethod<Owner, Request, Message>>(owner, handler);
    method->max_request = max_request;
    add(std::move(path), std::move(method));
  }

  // Null: there is no such method.
  const Method* find(std::string_view path) const;

 private:
  void add(std::string path, std::unique_ptr<Method> method);

  std::map<std::string, std::unique_ptr<Method>, std::less<>> methods_;
};

class Server final : public http::Service {
 public:
  // All outlive the calls. Requests longer than `max_message` fail with RESOURCE_EXHAUSTED.
  Server(runtime::EventLoop& loop, const Methods& methods, std::string peer_identity,
         std::size_t max_message = kDefaultMaxMessage, IpAddress peer_ip = {})
      : loop_(loop),
        methods_(methods),
        peer_identity_(std::move(peer_identity)),
        peer_ip_(peer_ip),
        max_message_(max_message) {}

  // Never fails: what goes wrong is a status, or 415 for what is not gRPC and 405 for what is not
  // POST.
  runtime::Task<Result<http::Response>> call(http::Request request) override;

 private:
  runtime::EventLoop& loop_;
  const Methods& methods_;
  const std::string peer_identity_;
  const IpAddress peer_ip_;
  const std::size_t max_message_;
};

}  // namespace seine::grpc
