// SPDX-License-Identifier: Apache-2.0
// HMAC-SHA256 (RFC 2104): whoever has the key can tell that a message is its own.
#pragma once

#include <string_view>

#include "crypto/digest.h"

namespace seine::crypto {

// Compare two of them with equal_in_constant_time() alone.
Sha256 hmac_sha256(std::string_view key, std::string_view message);

}  // namespace seine::crypto
