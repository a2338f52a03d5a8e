// SPDX-License-Identifier: Apache-2.0
// HTTP/2 error codes (RFC 9113, section 7) and their place in our Error: a stream that was reset
// has code kReset, cause kH2 and the code of the RST_STREAM frame.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace seine::http {

enum class Http2Code : std::uint32_t {
  kNoError = 0x0,
  kProtocolError = 0x1,
  kInternalError = 0x2,
  kFlowControlError = 0x3,
  kSettingsTimeout = 0x4,
  kStreamClosed = 0x5,
  kFrameSizeError = 0x6,
  kRefusedStream = 0x7,
  kCancel = 0x8,
  kCompressionError = 0x9,
  kConnectError = 0xa,
  kEnhanceYourCalm = 0xb,
  kInadequateSecurity = 0xc,
  kHttp11Required = 0xd,
};

// An Error with cause kH2. Retryable for REFUSED_STREAM, which says that nothing was processed.
Error http2_error(ErrorCode code, Http2Code h2, std::string message);

// The code with which to reset a stream because of `error`: its own where its cause is kH2 and
// names an error, what says the same where there is one, else `otherwise`. Clients take what was
// reset with NO_ERROR for whole.
Http2Code http2_code_for(const Error& error, Http2Code otherwise);

}  // namespace seine::http
