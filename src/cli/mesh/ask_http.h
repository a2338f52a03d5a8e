// SPDX-License-Identifier: Apache-2.0
// One request to a program of ours: over HTTP/1 on a unix socket, as Dive serves owner.sock, or to
// a port of this machine.
#pragma once

#include <cstdint>
#include <string>

#include "base/net.h"
#include "base/result.h"
#include "base/time.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"

namespace seine::cli {

struct HttpAnswer {
  std::uint16_t status = 0;
  std::string body;  // at most kMaxHttpAnswer
};
inline constexpr std::size_t kMaxHttpAnswer = 4 << 20;

// With `json` it is a POST of that, else a GET. Errors kUnavailable: nobody listens; kTimeout after
// `patience`; those of the exchange.
runtime::Task<Result<HttpAnswer>> ask_unix(runtime::EventLoop& loop, std::string socket,
                                           std::string path, std::string json, Duration patience);
// GET, at an address of this machine.
runtime::Task<Result<HttpAnswer>> ask_tcp(runtime::EventLoop& loop, SocketAddr addr,
                                          std::string path, Duration patience);

}  // namespace seine::cli
