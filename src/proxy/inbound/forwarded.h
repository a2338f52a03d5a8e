// SPDX-License-Identifier: Apache-2.0
// The header `forwarded` (RFC 7239), by which a gateway says whom it forwards for, and knows what
// has been here before.
#pragma once

#include <string>
#include <string_view>

#include "http/headers.h"

namespace seine::proxy {

inline constexpr std::string_view kForwarded = "forwarded";

struct Forwarding {
  std::string_view by;         // the gateway's identity
  std::string_view client;     // the client's
  std::string_view authority;  // as the request has it; left out where that is none
};
// "by=...;for=...;host=...;proto=https". As Linkerd has it, without the quotes that the RFC would
// have around a port or a URI.
std::string forwarded_value(const Forwarding& forwarding);

// Whether some `by` among all fields and elements is `identity`, in quotes or not. Quotes are not
// otherwise minded: what looks like a separator is one, so that nobody hides an element behind an
// open quote.
bool was_forwarded_by(const http::Headers& headers, std::string_view identity);

}  // namespace seine::proxy
