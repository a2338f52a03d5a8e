// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <string.h>

#include "base/check.h"

namespace seine {

std::string_view error_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInternal: return "unexpected";
    case ErrorCode::kInvalidConfig: return "invalid configuration";
    case ErrorCode::kInvalidArgument: return "invalid argument";
    case ErrorCode::kNotFound: return "not found";
    case ErrorCode::kUnavailable: return "unavailable";
    case ErrorCode::kCancelled: return "cancelled";
    case ErrorCode::kTimeout: return "timeout";
    case ErrorCode::kConnectRefused: return "connect refused";
    case ErrorCode::kConnect: return "connect error";
    case ErrorCode::kConnectTimeout: return "connect timeout";
    case ErrorCode::kTlsHandshake: return "tls handshake error";
    case ErrorCode::kTlsIdentity: return "tls identity mismatch";
    case ErrorCode::kDetectTimeout: return "detect timeout";
    case ErrorCode::kRead: return "read error";
    case ErrorCode::kWrite: return "write error";
    case ErrorCode::kEof: return "unexpected end of stream";
    case ErrorCode::kProtocol: return "protocol error";
    case ErrorCode::kReset: return "stream reset";
    case ErrorCode::kLimit: return "limit exceeded";
    case ErrorCode::kFailfast: return "failfast";
    case ErrorCode::kLoadShed: return "loadshed";
    case ErrorCode::kResponseTimeout: return "response timeout";
    case ErrorCode::kIdentityRequired: return "identity required";
    case ErrorCode::kUnauthorized: return "unauthorized";
    case ErrorCode::kRateLimited: return "rate limited";
    case ErrorCode::kInjectedFailure: return "injected failure";
    case ErrorCode::kNoRoute: return "no route";
    case ErrorCode::kLoop: return "loop";
    case ErrorCode::kInvalidPolicy: return "invalid policy";
    case ErrorCode::kConstraint: return "constraint violated";
    case ErrorCode::kDatabaseBusy: return "database busy";
    case ErrorCode::kDatabaseFull: return "database full";
    case ErrorCode::kDatabaseCorrupt: return "database corrupt";
    case ErrorCode::kShutdown: return "shutdown";
  }
  SEINE_CHECK(false, "an ErrorCode without a name");
}

std::string_view error_origin_name(ErrorOrigin origin) {
  switch (origin) {
    case ErrorOrigin::kInternal: return "internal";
    case ErrorOrigin::kDownstream: return "downstream";
    case ErrorOrigin::kUpstream: return "upstream";
    case ErrorOrigin::kControlPlane: return "control plane";
  }
  SEINE_CHECK(false, "an ErrorOrigin without a name");
}

std::string Error::to_string() const {
  std::string out(error_name(code));
  if (!message.empty()) {
    out += ": ";
    out += message;
  }
  switch (cause) {
    case Cause::kNone: break;
    case Cause::kErrno: out.append(": ").append(errno_name(cause_code)); break;
    case Cause::kTlsAlert: out.append(": tls alert ").append(std::to_string(cause_code)); break;
    case Cause::kH2: out.append(": h2 error ").append(std::to_string(cause_code)); break;
    case Cause::kGrpc: out.append(": grpc status ").append(std::to_string(cause_code)); break;
  }
  return out;
}

Error make_error(ErrorCode code, std::string message) {
  Error error;
  error.code = code;
  error.message = std::move(message);
  return error;
}

Error errno_error(ErrorCode code, int err, std::string message) {
  Error error = make_error(code, std::move(message));
  error.cause = Error::Cause::kErrno;
  error.cause_code = err;
  return error;
}

std::string_view errno_name(int err) {
  const char* name = strerrorname_np(err);
  return name == nullptr ? std::string_view("EUNKNOWN") : std::string_view(name);
}

}  // namespace seine
