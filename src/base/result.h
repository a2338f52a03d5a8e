// SPDX-License-Identifier: Apache-2.0
// Result<T>: everything that can fail returns one. Early return, no exceptions.
#pragma once

#include <expected>
#include <utility>

#include "base/error.h"

namespace seine {

template <class T = void>
using Result = std::expected<T, Error>;

// `return fail(ErrorCode::kProtocol, "chunk size is not hexadecimal");`
inline std::unexpected<Error> fail(ErrorCode code, std::string message) {
  return std::unexpected(make_error(code, std::move(message)));
}
inline std::unexpected<Error> fail(Error error) {
  return std::unexpected(std::move(error));
}
inline std::unexpected<Error> fail_errno(ErrorCode code, int err, std::string message) {
  return std::unexpected(errno_error(code, err, std::move(message)));
}

}  // namespace seine
