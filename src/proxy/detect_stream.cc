// SPDX-License-Identifier: Apache-2.0
#include "proxy/detect_stream.h"

#include <array>
#include <utility>

#include "runtime/combine.h"
#include "runtime/socket.h"

namespace seine::proxy {

using runtime::IoResult;
using runtime::Task;

Task<Result<void>> read_more(runtime::EventLoop& loop, runtime::Stream& stream, ReadAhead& ahead) {
  runtime::Waker waker(loop);
  for (;;) {
    runtime::Bytes bytes;
    const IoResult result = runtime::read_block(stream, loop.pool(), bytes);
    switch (result.status) {
      case IoResult::Status::kOk: ahead.append(bytes.view()); co_return Result<void>();
      case IoResult::Status::kWouldBlock: co_await runtime::read_ready(stream, waker); break;
      case IoResult::Status::kEof:
        co_return fail(make_error(ErrorCode::kEof, "the client closed before it said anything")
                           .from(ErrorOrigin::kDownstream));
      case IoResult::Status::kError: co_return fail(stream.error().from(ErrorOrigin::kDownstream));
    }
  }
}

namespace {

Task<Result<HttpDetection>> read_until_http_known(runtime::EventLoop& loop, runtime::Stream& stream,
                                                  ReadAhead& ahead) {
  for (;;) {
    const Detected detected = detect_http(ahead.view());
    if (detected == Detected::kHttp1) co_return HttpDetection{detected, "http/1"};
    if (detected == Detected::kHttp2) co_return HttpDetection{detected, "http/2"};
    if (detected == Detected::kNotHttp) co_return HttpDetection{detected, "not_http"};
    Result<void> more = co_await read_more(loop, stream, ahead);
    if (more) continue;
    // A short message and a half-close are a protocol too, only not HTTP.
    if (more.error().code == ErrorCode::kEof && !ahead.view().empty()) {
      co_return HttpDetection{Detected::kNotHttp, "not_http"};
    }
    co_return fail(more.error());
  }
}

Task<Result<crypto::ClientHello>> read_until_tls_known(runtime::EventLoop& loop,
                                                       runtime::Stream& stream, ReadAhead& ahead) {
  for (;;) {
    crypto::ClientHello hello = crypto::read_client_hello(std::as_bytes(std::span(ahead.view())));
    if (hello.kind != crypto::ClientHello::Kind::kNeedMore) co_return hello;
    Result<void> more = co_await read_more(loop, stream, ahead);
    if (more) continue;
    if (more.error().code == ErrorCode::kEof && !ahead.view().empty()) {
      co_return crypto::ClientHello{};
    }
    co_return fail(more.error());
  }
}

template <class T>
Task<Result<T>> or_at_timeout(runtime::EventLoop& loop, Duration timeout, T fallback,
                              Task<Result<T>> detection) {
  Result<T> result = co_await runtime::with_deadline(loop, timeout, ErrorCode::kDetectTimeout,
                                                     "detection", std::move(detection));
  if (!result && result.error().code == ErrorCode::kDetectTimeout) co_return std::move(fallback);
  co_return result;
}

}  // namespace

Task<Result<HttpDetection>> detect_http(runtime::EventLoop& loop, runtime::Stream& stream,
                                        ReadAhead& ahead, Duration timeout) {
  co_return co_await or_at_timeout(loop, timeout, HttpDetection{Detected::kNotHttp, "read_timeout"},
                                   read_until_http_known(loop, stream, ahead));
}

Task<Result<crypto::ClientHello>> detect_tls(runtime::EventLoop& loop, runtime::Stream& stream,
                                             ReadAhead& ahead, Duration timeout) {
  co_return co_await or_at_timeout(loop, timeout, crypto::ClientHello{},
                                   read_until_tls_known(loop, stream, ahead));
}

}  // namespace seine::proxy
