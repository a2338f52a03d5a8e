// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <string.h>

#include <array>

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
    case ErrorCode::kMemory: return "memory limit";
    case ErrorCode::kResponseTimeout: return "response timeout";
    case ErrorCode::kIdentityRequired: return "identity required";
    case ErrorCode::kUnauthorized: return "unauthorized";
    case ErrorCode::kRateLimited: return "rate limited";
    case ErrorCode::kInjectedFailure: return "injected failure";
    case ErrorCode::kNoRoute: return "no route";
    case ErrorCode::kLoop: return "loop";
    case ErrorCode::kGatewayDomain: return "gateway domain invalid";
    case ErrorCode::kGatewayLoop: return "gateway loop";
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
  if (cause != Cause::kNone) out.append(": ").append(cause_name());
  return out;
}

std::string Error::cause_name() const {
  switch (cause) {
    case Cause::kNone: return {};
    case Cause::kErrno: return std::string(errno_name(cause_code));
    case Cause::kTlsAlert: return std::string(tls_alert_name(cause_code));
    case Cause::kH2: return std::string(http2_code_name(static_cast<std::uint32_t>(cause_code)));
    // gRPC has seventeen; what a peer makes up is one more.
    case Cause::kGrpc:
      return "grpc status " + (cause_code >= 0 && cause_code <= 16 ? std::to_string(cause_code)
                                                                   : std::string("unknown"));
  }
  SEINE_CHECK(false, "a Cause without a name");
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

std::string_view tls_alert_name(int alert) {
  switch (alert) {
    case 0: return "close_notify";
    case 10: return "unexpected_message";
    case 20: return "bad_record_mac";
    case 22: return "record_overflow";
    case 40: return "handshake_failure";
    case 42: return "bad_certificate";
    case 43: return "unsupported_certificate";
    case 44: return "certificate_revoked";
    case 45: return "certificate_expired";
    case 46: return "certificate_unknown";
    case 47: return "illegal_parameter";
    case 48: return "unknown_ca";
    case 49: return "access_denied";
    case 50: return "decode_error";
    case 51: return "decrypt_error";
    case 70: return "protocol_version";
    case 71: return "insufficient_security";
    case 80: return "internal_error";
    case 86: return "inappropriate_fallback";
    case 90: return "user_canceled";
    case 109: return "missing_extension";
    case 110: return "unsupported_extension";
    case 112: return "unrecognized_name";
    case 113: return "bad_certificate_status_response";
    case 115: return "unknown_psk_identity";
    case 116: return "certificate_required";
    case 120: return "no_application_protocol";
    default: return "unknown_alert";
  }
}

std::string_view http2_code_name(std::uint32_t code) {
  static constexpr std::array<std::string_view, 14> kNames = {"NO_ERROR",
                                                              "PROTOCOL_ERROR",
                                                              "INTERNAL_ERROR",
                                                              "FLOW_CONTROL_ERROR",
                                                              "SETTINGS_TIMEOUT",
                                                              "STREAM_CLOSED",
                                                              "FRAME_SIZE_ERROR",
                                                              "REFUSED_STREAM",
                                                              "CANCEL",
                                                              "COMPRESSION_ERROR",
                                                              "CONNECT_ERROR",
                                                              "ENHANCE_YOUR_CALM",
                                                              "INADEQUATE_SECURITY",
                                                              "HTTP_1_1_REQUIRED"};
  return code < kNames.size() ? kNames[code] : "UNKNOWN";
}

}  // namespace seine
