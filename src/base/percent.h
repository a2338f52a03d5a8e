// SPDX-License-Identifier: Apache-2.0
// Percent-encoding as URIs have it (RFC 3986, section 2.1).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace seine {

// Undoes %XX once; nothing if one is broken. A '+' stays what it is.
std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace seine
