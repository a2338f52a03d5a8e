// SPDX-License-Identifier: Apache-2.0
// The registry of a mesh on this machine, over its unix socket: a connection that is made anew when
// it is lost. Errors are those of the calls (grpc::status_code()), or kUnavailable while nobody
// listens.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "grpc/client.h"
#include "http/http2_client.h"
#include "runtime/combine.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"

namespace seine::cli {

// One loop, which outlives it.
class RegistryClient {
 public:
  // `call_deadline` bounds each call, its connection included.
  RegistryClient(runtime::EventLoop& loop, std::string socket,
                 Duration call_deadline = std::chrono::seconds(5))
      : loop_(loop), socket_(std::move(socket)), call_deadline_(call_deadline) {}

  // The longest answer that is taken.
  static constexpr std::size_t kMaxAnswer = 64 << 20;

  // `method` as "Join", or the path of one that is served beside the registry. Response and Request
  // are its messages.
  template <class Response, class Request>
  [[clang::coro_wrapper]] runtime::Task<Result<Response>> call(std::string method,
                                                               Request request) {
    return with_deadline<Response>(
        call_once<Response>(*this, std::move(method), std::move(request)));
  }

 private:
  struct Connection {
    Connection(runtime::EventLoop& loop, std::unique_ptr<runtime::Stream> stream);
    http::Http2Client client;
    grpc::Channel channel;
  };

  template <class Response>
  [[clang::coro_wrapper]] runtime::Task<Result<Response>> with_deadline(
      runtime::Task<Result<Response>> task);
  template <class Response, class Request>
  static runtime::Task<Result<Response>> call_once(RegistryClient& self, std::string method,
                                                   Request request) {
    const Result<std::shared_ptr<Connection>> connection = co_await self.connect();
    if (!connection) co_return fail(connection.error());
    const std::shared_ptr<Connection> held = *connection;
    std::string path =
        method.starts_with('/') ? std::move(method) : "/seine.registry.v1.Registry/" + method;
    co_return co_await held->channel.unary<Response>(std::move(path), request,
                                                     {.max_message = kMaxAnswer});
  }
  runtime::Task<Result<std::shared_ptr<Connection>>> connect();

  runtime::EventLoop& loop_;
  const std::string socket_;
  const Duration call_deadline_;
  std::shared_ptr<Connection> connection_;
};

template <class Response>
runtime::Task<Result<Response>> RegistryClient::with_deadline(
    runtime::Task<Result<Response>> task) {
  return runtime::with_deadline(loop_, call_deadline_, ErrorCode::kTimeout, "the registry",
                                std::move(task));
}

}  // namespace seine::cli
