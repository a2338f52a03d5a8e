// SPDX-License-Identifier: Apache-2.0
// Detection on a live connection: reads until the first bytes have told what they are.
#pragma once

#include <string>

#include "base/result.h"
#include "crypto/client_hello.h"
#include "proxy/detect.h"
#include "runtime/event_loop.h"
#include "runtime/stream.h"
#include "runtime/task.h"

namespace seine::proxy {

// What has been read of a connection and not been used. Belongs to the caller, so that nothing is
// lost when a deadline ends a detection.
class ReadAhead {
 public:
  std::string_view view() const { return bytes_; }
  void append(std::string_view more) { bytes_ += more; }
  void remove_prefix(std::size_t n) { bytes_.erase(0, n); }
  // Everything, for whoever serves the connection; leaves nothing.
  runtime::Bytes take() {
    runtime::Bytes all = runtime::Bytes::copy_of(bytes_);
    bytes_ = std::string();
    return all;
  }

 private:
  std::string bytes_;
};

// Reads more, at least one byte. Errors kEof (the peer closed) and those of the stream; both with
// origin downstream.
runtime::Task<Result<void>> read_more(runtime::EventLoop& loop, runtime::Stream& stream,
                                      ReadAhead& ahead);

// kHttp1, kHttp2 or kNotHttp, and the word for it in *_tcp_detect_http_results_total.
struct HttpDetection {
  Detected protocol;
  std::string_view result;  // http/1, http/2, not_http, read_timeout
};

// kNotHttp when `timeout` passes first. Error kEof if the peer closes before a byte has come.
runtime::Task<Result<HttpDetection>> detect_http(runtime::EventLoop& loop, runtime::Stream& stream,
                                                 ReadAhead& ahead, Duration timeout);

// kHello or kNotTls; kNotTls when `timeout` passes first.
runtime::Task<Result<crypto::ClientHello>> detect_tls(runtime::EventLoop& loop,
                                                      runtime::Stream& stream, ReadAhead& ahead,
                                                      Duration timeout);

}  // namespace seine::proxy
