// SPDX-License-Identifier: Apache-2.0
#include "http/http2_error.h"

#include <utility>

namespace seine::http {

Error http2_error(ErrorCode code, Http2Code h2, std::string message) {
  Error error = make_error(code, std::move(message));
  error.cause = Error::Cause::kH2;
  error.cause_code = static_cast<std::int32_t>(h2);
  error.retryable = h2 == Http2Code::kRefusedStream;
  return error;
}

Http2Code http2_code_for(const Error& error, Http2Code otherwise) {
  if (error.cause == Error::Cause::kH2) {
    const auto code = static_cast<Http2Code>(error.cause_code);
    return code == Http2Code::kNoError ? otherwise : code;
  }
  switch (error.code) {
    case ErrorCode::kLoadShed:
    case ErrorCode::kShutdown: return Http2Code::kRefusedStream;
    case ErrorCode::kCancelled: return Http2Code::kCancel;
    default: return otherwise;
  }
}

}  // namespace seine::http
