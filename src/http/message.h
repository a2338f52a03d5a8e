// SPDX-License-Identifier: Apache-2.0
// Requests and responses, whatever version carried them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/body.h"
#include "http/headers.h"
#include "runtime/task.h"

namespace seine::http {

enum class Version : std::uint8_t { kHttp10, kHttp11, kHttp2 };
std::string_view version_name(Version version);  // "HTTP/1.0", "HTTP/1.1", "HTTP/2.0"

// The head of a request. For HTTP/1 the target is split as the URI is:
//   origin form     GET /a?b          path "/a?b", scheme and authority empty (Host is a header)
//   absolute form   GET http://h/a    scheme "http", authority "h", path "/a"
//   authority form  CONNECT h:443     authority "h:443", path empty
//   asterisk form   OPTIONS *         path "*"
// For HTTP/2 these are the pseudo-headers; `headers` never holds pseudo-headers.
struct RequestHead {
  std::string method = "GET";  // case-sensitive token
  std::string scheme;
  std::string authority;
  std::string path = "/";
  Version version = Version::kHttp11;
  Headers headers;

  // The authority the request is meant for: `authority`, else the Host header, else empty.
  std::string_view effective_authority() const;
};

struct ResponseHead {
  // 200 to 999, or 101 where the request asked for an upgrade and its body and this one's become
  // the two directions of a tunnel. 100 is handled in the codecs, for others see EarlyHeads.
  std::uint16_t status = 200;
  Version version = Version::kHttp11;
  Headers headers;
};

// Hears the informational heads (102 to 199) that come before the answer to a request: RFC 9110,
// section 15.2, has a proxy pass them on. Each has its fields, without those of a connection and of
// a content. Called from where the answer is read, so it may not do more than note and wake.
class EarlyHeads {
 public:
  // How many of one request are passed on; others are dropped.
  static constexpr std::size_t kMax = 8;

  virtual void on_early_head(ResponseHead head) = 0;

 protected:
  ~EarlyHeads() = default;
};

struct Request {
  RequestHead head;
  BodyPtr body;
  EarlyHeads* early = nullptr;  // null: nobody wants them. Used while the call lasts
};

struct Response {
  ResponseHead head;
  BodyPtr body;
};

// Something that answers requests: the next layer, a client, a handler. Lives longer than the calls
// it was asked; a response's body may outlive the call and keeps alive what it needs.
//
// An Error means that no response exists. Layers that face a peer turn it into one (see
// proxy/respond); what still reaches an HTTP/1 server closes the connection, an HTTP/2 server
// resets the stream, with the code of an Error whose cause is kH2.
class Service {
 public:
  virtual ~Service() = default;
  virtual runtime::Task<Result<Response>> call(Request request) = 0;
};

}  // namespace seine::http
