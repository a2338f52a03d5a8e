// SPDX-License-Identifier: Apache-2.0
#include "grpc/client.h"

#include <algorithm>
#include <utility>

#include "runtime/combine.h"

namespace seine::grpc {

struct RawStream::Call {
  using Step = Result<std::optional<std::string>>;

  runtime::EventLoop& loop;
  http::Service& service;
  http::Request request;
  std::optional<TimePoint> deadline;
  FrameDecoder decoder;
  http::BodyPtr body;
  bool started = false;
  std::optional<Result<void>> end;

  runtime::Task<Step> step();
  runtime::Task<Result<void>> start();
  // How the call ended, from its trailers (or its headers, if it has nothing else).
  static Step conclude(const http::Headers* headers);
};

namespace {

http::BodyPtr make_frame(std::string_view message) {
  std::string framed;
  append_frame(message, framed);
  return http::make_body(framed);
}

}  // namespace

RawStream::RawStream(runtime::EventLoop& loop, http::Service& service, std::string authority,
                     std::string scheme, std::string path, std::string message, CallOptions options)
    : RawStream(loop, service, std::move(authority), std::move(scheme), std::move(path),
                make_frame(message), std::move(options)) {}

RawStream::RawStream(runtime::EventLoop& loop, http::Service& service, std::string authority,
                     std::string scheme, std::string path, http::BodyPtr body, CallOptions options)
    : call_(new Call{loop, service, {}, {}, FrameDecoder(options.max_message), {}, false, {}}) {
  http::RequestHead& head = call_->request.head;
  head.method = "POST";
  head.scheme = std::move(scheme);
  head.authority = std::move(authority);
  head.path = std::move(path);
  head.version = http::Version::kHttp2;
  head.headers = std::move(options.metadata);
  head.headers.set("content-type", "application/grpc");
  head.headers.set("te", "trailers");
  if (options.deadline) {
    call_->deadline = loop.now() + *options.deadline;
    head.headers.set("grpc-timeout", format_timeout(*options.deadline));
  }
  call_->request.body = std::move(body);
}

RawStream::~RawStream() = default;
RawStream::RawStream(RawStream&&) noexcept = default;
RawStream& RawStream::operator=(RawStream&&) noexcept = default;

RawStream::Call::Step RawStream::Call::conclude(const http::Headers* headers) {
  const std::optional<Status> status = headers == nullptr ? std::nullopt : parse_status(*headers);
  if (!status) {
    return fail(to_error({StatusCode::kUnknown, "the call ended without a status"},
                         ErrorOrigin::kUpstream));
  }
  if (!status->ok()) return fail(to_error(*status, ErrorOrigin::kUpstream));
  return std::nullopt;
}

// Sends the request; on success the response's head says that messages may follow.
runtime::Task<Result<void>> RawStream::Call::start() {
  if (std::exchange(started, true)) {
    if (body == nullptr) co_return fail(ErrorCode::kCancelled, "the call was given up");
    co_return Result<void>();
  }
  Result<http::Response> response = co_await service.call(std::move(request));
  if (!response) co_return fail(std::move(response.error()));
  const http::ResponseHead& head = response->head;
  const bool is_grpc =
      head.headers.get("content-type").value_or(std::string_view()).starts_with("application/grpc");
  if (head.status != 200 || !is_grpc) {
    const Status status = parse_status(head.headers).value_or(from_http_status(head.status));
    co_return fail(
        to_error(status.ok() ? from_http_status(head.status) : status, ErrorOrigin::kUpstream));
  }
  body = std::move(response->body);
  if (body == nullptr) {
    Step step = conclude(&head.headers);
    if (!step) co_return fail(std::move(step.error()));
    end = Result<void>();
  }
  co_return Result<void>();
}

runtime::Task<RawStream::Call::Step> RawStream::Call::step() {
  const Result<void> ready = co_await start();
  if (!ready) co_return fail(ready.error());
  if (end) co_return std::nullopt;
  runtime::Waker waker(loop);
  for (;;) {
    Step message = decoder.next();
    if (!message || *message) co_return message;
    runtime::Bytes data;
    switch (body->poll(waker, data)) {
      case http::BodyPoll::kData: decoder.feed(data.view()); break;
      case http::BodyPoll::kPending: co_await waker.wait(); break;
      case http::BodyPoll::kError: co_return fail(body->error());
      case http::BodyPoll::kEnd: {
        Step last = conclude(body->trailers());
        if (last && !decoder.at_boundary()) {
          co_return fail(ErrorCode::kProtocol, "the call ended in the middle of a message");
        }
        co_return last;
      }
    }
  }
}

runtime::Task<Result<void>> RawStream::opened() {
  Call& call = *call_;
  if (call.end) co_return *call.end;
  Result<void> ready = co_await call.start();
  if (!ready) call.end = ready;
  co_return ready;
}

runtime::Task<Result<std::optional<std::string>>> RawStream::next() {
  Call& call = *call_;
  if (call.end) {
    if (!*call.end) co_return fail(call.end->error());
    co_return std::nullopt;
  }
  Call::Step step;
  if (call.deadline) {
    const Duration left = std::max(*call.deadline - call.loop.now(), Duration::zero());
    step = co_await runtime::with_deadline(call.loop, left, ErrorCode::kTimeout,
                                           "the call's deadline", call.step());
  } else {
    step = co_await call.step();
  }
  if (step && *step) co_return step;
  call.body.reset();
  call.end = step ? Result<void>() : fail(step.error());
  co_return step;
}

}  // namespace seine::grpc
