// SPDX-License-Identifier: Apache-2.0
// What a client takes, and what it has already (RFC 9110, 12.5.3 and 13.1.2). Pure.
#pragma once

#include <string_view>

namespace seine::web {

// Whether an `accept-encoding` takes that coding: named, or by '*', and not with q=0.
bool accepts_coding(std::string_view header, std::string_view coding);

// Whether an `if-none-match` names that entity tag, quotes included, weakly or not, or is '*'.
bool matches_etag(std::string_view header, std::string_view etag);

}  // namespace seine::web
