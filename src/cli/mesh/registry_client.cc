// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/registry_client.h"

#include <utility>

#include "runtime/socket.h"

namespace seine::cli {

RegistryClient::Connection::Connection(runtime::EventLoop& loop,
                                       std::unique_ptr<runtime::Stream> stream)
    : client(loop, std::move(stream), http::Http2Options{}), channel(loop, client, "registry") {}

runtime::Task<Result<std::shared_ptr<RegistryClient::Connection>>> RegistryClient::connect() {
  if (connection_ != nullptr && connection_->client.usable()) co_return connection_;
  auto socket = co_await runtime::connect_unix(loop_, socket_);
  if (!socket) {
    Error error = std::move(socket.error()).about(socket_);
    error.code = ErrorCode::kUnavailable;
    co_return fail(std::move(error));
  }
  connection_ = std::make_shared<Connection>(loop_, *std::move(socket));
  co_return connection_;
}

}  // namespace seine::cli
