// SPDX-License-Identifier: Apache-2.0
#include "netns/egress_client.h"

#include <string>
#include <utility>

#include "netns/egress_header.h"

namespace seine::netns {

using runtime::EventLoop;
using runtime::IoResult;
using runtime::Socket;
using runtime::Task;

namespace {

// Byte by byte: what comes behind the line belongs to whoever uses the connection.
Task<Result<void>> read_answer(EventLoop& loop, Socket& socket) {
  std::string line;
  runtime::Waker waker(loop);
  for (;;) {
    std::byte byte{};
    const IoResult read = socket.try_read({&byte, 1});
    if (read.status == IoResult::Status::kWouldBlock) {
      co_await runtime::read_ready(socket, waker);
      continue;
    }
    if (read.status == IoResult::Status::kError) co_return fail(socket.error());
    if (read.status == IoResult::Status::kEof) {
      co_return fail(ErrorCode::kEof, "the egress relay closed without an answer");
    }
    line += static_cast<char>(byte);
    const auto answer = parse_egress_answer(line);
    if (!answer) co_return fail(answer.error());
    if (!*answer) continue;
    if ((*answer)->refusal) co_return fail(*(*answer)->refusal);
    co_return Result<void>();
  }
}

}  // namespace

Task<Result<std::unique_ptr<Socket>>> connect_by_egress(EventLoop& loop, SocketAddr relay,
                                                        SocketAddr to,
                                                        runtime::SocketOptions options) {
  auto socket = co_await runtime::connect_tcp(loop, relay, options);
  if (!socket) co_return fail(std::move(socket.error()).with_context("the egress relay"));
  std::string request = write_egress_request(to);
  // One line fits the buffer of a new connection.
  const iovec piece{request.data(), request.size()};
  if ((*socket)->try_write({&piece, 1}).bytes != request.size()) {
    co_return fail((*socket)->error().from(ErrorOrigin::kUpstream));
  }
  const Result<void> answered = co_await read_answer(loop, **socket);
  if (!answered) {
    Error error = answered.error();
    error.origin = ErrorOrigin::kUpstream;
    // Nothing of the caller's has been sent.
    error.retryable = error.code != ErrorCode::kUnauthorized;
    co_return fail(std::move(error));
  }
  co_return socket;
}

}  // namespace seine::netns
