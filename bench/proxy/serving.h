// SPDX-License-Identifier: Apache-2.0
// One connection of the responder: bytes in, the fixed answer out.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace seine::bench {

class Serving {
 public:
  virtual ~Serving() = default;
  // Takes what arrived. False: the peer broke the protocol, close.
  virtual bool received(std::string_view bytes) = 0;
  // Writes what is owed until it is written or the socket is full. False: close.
  virtual bool flush() = 0;
};

std::string make_h1_response(std::string_view body);

// What an HTTP/2 connection answers.
struct H2Answer {
  std::string body;
  // gRPC: `body` is one message with its prefix, and trailers say grpc-status 0, or 3
  // (INVALID_ARGUMENT) if a request's body had not this many bytes.
  bool is_grpc = false;
  std::size_t request_bytes = 0;
};

// `fd` and what is answered are borrowed and outlive the connection. `response` is head and body.
std::unique_ptr<Serving> serve_h1(int fd, const std::string& response);
std::unique_ptr<Serving> serve_h2(int fd, const H2Answer& answer);

}  // namespace seine::bench
