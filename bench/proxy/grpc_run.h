// SPDX-License-Identifier: Apache-2.0
// Load of gRPC calls over HTTP/2 by prior knowledge, in a closed loop: every stream's place is
// taken again as soon as its call was answered. A call is one message each way: five bytes of
// prefix and pattern_body(n).
//
// A call counts as right when status, type and length of the answer are right, every byte of its
// message is, and the trailers say grpc-status 0. One thread; no call is ever repeated.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "proxy/load_options.h"
#include "proxy/load_report.h"
#include "proxy/wire.h"

namespace seine::bench {

// `timeout` is of the drain after the window, `expected_bytes` of the message without its prefix.
struct GrpcOptions : LoadOptions {
  std::size_t streams = 1;          // of each connection at once
  std::size_t request_bytes = 128;  // of the message, without its prefix
};

class GrpcRun {
 public:
  GrpcRun(GrpcOptions options, const Clock& clock, Epoll epoll);
  ~GrpcRun();
  GrpcRun(const GrpcRun&) = delete;
  GrpcRun& operator=(const GrpcRun&) = delete;

  // Error kConnect when a connection cannot be made or is lost: there is no going on without it.
  Result<LoadReport> run(WindowObserver& observer);

 private:
  class Connection;
  friend class Connection;

  Result<> turn();

  const GrpcOptions options_;
  const Clock& clock_;
  Epoll epoll_;
  const std::string request_;
  const std::string expected_;
  std::vector<std::unique_ptr<Connection>> connections_;
  TimePoint now_;
  Window window_;
  std::size_t calls_open_ = 0;
  bool stopping_ = false;
  LoadReport report_;
};

}  // namespace seine::bench
