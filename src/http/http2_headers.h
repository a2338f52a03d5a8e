// SPDX-License-Identifier: Apache-2.0
// Header blocks of HTTP/2: what came, checked and bounded while it is decoded, and what is sent.
// nghttp2 has refused upper-case names, misplaced or repeated pseudo-headers, connection-specific
// fields and control characters before; what it leaves open is decided here.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/headers.h"
#include "http/message.h"

namespace seine::http {

// Collects one header block. Blocks never interleave, so a connection has one of these.
class Http2HeadReader {
 public:
  // Limits count names, values and 32 bytes a field, every field and cookie crumb by itself.
  Http2HeadReader(std::size_t max_bytes, std::size_t max_fields)
      : max_bytes_(max_bytes), max_fields_(max_fields) {}

  void begin();
  // False: a limit is exceeded; nothing more is kept of this block.
  bool add(std::string_view name, std::string_view value);

  // The block is complete. Errors kProtocol: malformed in a way that could mislead who comes next
  // (RFC 9113, section 8.3.1): a path that is none, an authority with more than host and port, a
  // Host that differs from it.
  Result<RequestHead> take_request();
  Result<ResponseHead> take_response();
  // Without what would frame or route the message, too late (RFC 9110, section 6.5.1).
  Headers take_trailers();
  // A response's status, before it is taken.
  unsigned status() const;

 private:
  void join_cookies();

  const std::size_t max_bytes_;
  const std::size_t max_fields_;
  std::size_t bytes_ = 0;
  std::size_t fields_ = 0;
  std::string method_;
  std::string scheme_;
  std::string authority_;
  std::string path_;
  std::string status_;
  std::string cookie_;  // crumbs, joined by "; " as RFC 9113, section 8.2.3 asks
  Headers headers_;
};

// Appends what nghttp2 is to send. The views borrow from the head, which must live until nghttp2
// has copied them. Fields that belong to an HTTP/1 connection are left out.
void append_request(const RequestHead& head, std::vector<nghttp2_nv>& out);
// `status` is scratch room for the digits.
void append_response(const ResponseHead& head, std::string& status, std::vector<nghttp2_nv>& out);
void append_trailers(const Headers& trailers, std::vector<nghttp2_nv>& out);

}  // namespace seine::http
