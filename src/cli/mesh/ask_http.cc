// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/ask_http.h"

#include <memory>
#include <utility>

#include "http/body.h"
#include "http/http1_client.h"
#include "http/message.h"
#include "runtime/combine.h"
#include "runtime/socket.h"

namespace seine::cli {

using runtime::Task;

namespace {

Task<Result<HttpAnswer>> exchange(runtime::EventLoop& loop,
                                  Result<std::unique_ptr<runtime::Socket>> socket, std::string host,
                                  std::string path, std::string json) {
  if (!socket) co_return fail(std::move(socket.error()));
  auto connection = std::make_unique<http::Http1Connection>(loop, *std::move(socket));
  http::Request request;
  request.head.path = std::move(path);
  request.head.headers.add("host", host);
  if (!json.empty()) {
    request.head.method = "POST";
    request.head.headers.add("content-type", "application/json");
    request.body = http::make_body(json);
  }
  http::ResponseHead head;
  auto answered = co_await connection->exchange(request, head);
  if (!answered) co_return fail(std::move(answered.error()));
  auto body = co_await http::collect(loop, http::Http1Connection::body_of(std::move(connection)),
                                     kMaxHttpAnswer);
  if (!body) co_return fail(std::move(body.error()));
  co_return HttpAnswer{.status = head.status, .body = std::move(body->bytes)};
}

Task<Result<HttpAnswer>> exchange_unix(runtime::EventLoop& loop, std::string socket,
                                       std::string path, std::string json) {
  auto connected = co_await runtime::connect_unix(loop, socket);
  if (!connected) {
    connected.error().code = ErrorCode::kUnavailable;
    connected = fail(std::move(connected.error()).about(socket));
  }
  co_return co_await exchange(loop, std::move(connected), "localhost", std::move(path),
                              std::move(json));
}

Task<Result<HttpAnswer>> exchange_tcp(runtime::EventLoop& loop, SocketAddr addr, std::string path) {
  auto connected = co_await runtime::connect_tcp(loop, addr, {});
  if (!connected) connected.error().code = ErrorCode::kUnavailable;
  co_return co_await exchange(loop, std::move(connected), addr.to_string(), std::move(path), "");
}

}  // namespace

Task<Result<HttpAnswer>> ask_unix(runtime::EventLoop& loop, std::string socket, std::string path,
                                  std::string json, Duration patience) {
  co_return co_await runtime::with_deadline(
      loop, patience, ErrorCode::kTimeout, "an answer at " + socket,
      exchange_unix(loop, socket, std::move(path), std::move(json)));
}

Task<Result<HttpAnswer>> ask_tcp(runtime::EventLoop& loop, SocketAddr addr, std::string path,
                                 Duration patience) {
  co_return co_await runtime::with_deadline(loop, patience, ErrorCode::kTimeout,
                                            "an answer at " + addr.to_string(),
                                            exchange_tcp(loop, addr, std::move(path)));
}

}  // namespace seine::cli
