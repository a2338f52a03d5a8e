// SPDX-License-Identifier: Apache-2.0
// The one list of causes. The log, the `error` metric label, tap, the `l5d-proxy-error` header and
// `seine explain` all print error_name() of the same enumerator, so an operator sees one word.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace seine {

enum class ErrorCode : std::uint8_t {
  kInternal,         // a failure without a better name
  kInvalidConfig,    // flags, environment or a file; the process exits 64
  kInvalidArgument,  // a caller of an API sent something malformed
  kNotFound,
  kUnavailable,     // the other side says: not now
  kCancelled,       // whoever asked went away
  kTimeout,         // a deadline without a better name
  kConnectRefused,  // stage connect
  kConnect,         // stage connect, any other errno
  kConnectTimeout,  // stage connect, TLS and transport header included
  kTlsHandshake,    // stage tls: alert, bad bytes, verification
  kTlsIdentity,     // stage tls: the peer is not who it had to be
  kDetectTimeout,   // stage detect
  kRead,            // stage read
  kWrite,           // stage write
  kEof,             // the peer closed in the middle of something
  kProtocol,        // bytes that are not the protocol they claim to be
  kReset,           // an HTTP/2 stream reset; h2_code() says which
  kLimit,           // a named limit was exceeded
  kFailfast,        // no ready endpoint for the failfast timeout
  kLoadShed,        // too many requests in flight
  kMemory,          // the process holds as much as it may
  kResponseTimeout,
  kIdentityRequired,  // l5d-require-id, or a meshed endpoint without TLS
  kUnauthorized,      // refused by inbound policy
  kRateLimited,
  kInjectedFailure,  // a route's policy has us fail the request
  kNoRoute,
  kLoop,           // a proxy would connect to itself
  kGatewayDomain,  // no service that the gateway leads to
  kGatewayLoop,    // what has passed the gateway before
  kInvalidPolicy,  // the control plane sent a policy that cannot be used
  kConstraint,     // a database refused a value: it exists already, or what it refers to does not
  kDatabaseBusy,   // somebody else holds what is needed: try the whole transaction again
  kDatabaseFull,   // no room on its disk, or the size it is allowed
  kDatabaseCorrupt,
  kShutdown,  // this process is draining
};

enum class ErrorOrigin : std::uint8_t { kInternal, kDownstream, kUpstream, kControlPlane };

// The stable word for a code, for example "connect refused"; never empty.
std::string_view error_name(ErrorCode code);
std::string_view error_origin_name(ErrorOrigin origin);

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  ErrorOrigin origin = ErrorOrigin::kInternal;
  // Whether the same work may be tried again elsewhere: true only where nothing of it was seen.
  bool retryable = false;
  // What the system said: an errno, a TLS alert, an HTTP/2 error code or a gRPC status, by `cause`.
  enum class Cause : std::uint8_t { kNone, kErrno, kTlsAlert, kH2, kGrpc } cause = Cause::kNone;
  std::int32_t cause_code = 0;
  // One sentence without a trailing stop: what, where, and where it helps, what to do.
  std::string message;

  // "connect refused: 10.0.0.1:80: ECONNREFUSED": the name, the message and the cause.
  std::string to_string() const;
  // What the system said, in its own word: "ECONNREFUSED", "unknown_ca", "REFUSED_STREAM"; empty
  // where it said nothing. There are few of them, so that a label may hold one.
  std::string cause_name() const;

  Error with_context(std::string_view context) && {
    message = std::string(context) + ": " + message;
    return std::move(*this);
  }
  // Names what the error is about, such as an address, unless the message begins with it already.
  Error about(std::string_view subject) && {
    if (message.starts_with(subject)) return std::move(*this);
    return std::move(*this).with_context(subject);
  }
  Error from(ErrorOrigin where) && {
    origin = where;
    return std::move(*this);
  }
};

Error make_error(ErrorCode code, std::string message);
// For a failed system call: `cause` becomes kErrno.
Error errno_error(ErrorCode code, int err, std::string message);
// "ECONNREFUSED" for ECONNREFUSED; "EUNKNOWN" for one without a name.
std::string_view errno_name(int err);
// "unknown_ca" for 48 (RFC 8446, section 6); "unknown_alert" for one that the RFC does not name.
std::string_view tls_alert_name(int alert);
// "REFUSED_STREAM" for 7 (RFC 9113, section 7); "UNKNOWN" for a code that the RFC does not name.
std::string_view http2_code_name(std::uint32_t code);

}  // namespace seine
