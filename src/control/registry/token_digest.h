// SPDX-License-Identifier: Apache-2.0
// Tokens are compared by their SHA-256, so that a registry may be written without holding any.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "control/registry/snapshot.h"

namespace seine::control {

// Of the token without spaces and line ends around it: files of secrets often end in a newline.
TokenDigest digest_token(std::string_view token);
// 64 hexadecimal digits; error kInvalidConfig.
Result<TokenDigest> parse_token_digest(std::string_view hex);
std::string format_token_digest(const TokenDigest& digest);

}  // namespace seine::control
