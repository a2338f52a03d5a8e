// SPDX-License-Identifier: Apache-2.0
// Base64 with the alphabet of URLs and file names, without padding (RFC 4648, section 5): what
// tokens are written in.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace seine {

std::string encode_base64url(std::string_view octets);
// The only text encode_base64url() could have made: no padding, no blanks, no bits left over. Error
// kInvalidArgument, which does not quote the text.
Result<std::string> decode_base64url(std::string_view text);

}  // namespace seine
