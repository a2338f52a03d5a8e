// SPDX-License-Identifier: Apache-2.0
// What may stand in a path or a parameter once it is decoded.
#pragma once

#include <string_view>

namespace seine::web {

// UTF-8 as RFC 3629 has it (no surrogates, nothing longer than need be), without control
// characters: what is kept, compared and shown as a name.
bool is_plain_text(std::string_view text);

}  // namespace seine::web
