// SPDX-License-Identifier: Apache-2.0
// The cookie of a session: reading it from a request, writing it to an answer (RFC 6265). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace seine::web {

// Cookies of one name are shared by all ports of a host: two servers on one machine need two names.
struct CookieStyle {
  std::string name;        // a token
  bool is_secure = false;  // where the server is reached over TLS
};

// The value of the cookie of that name in a `cookie` header. Nothing where there is none, and where
// there are two: one of them comes from somebody else, and nobody knows which.
std::optional<std::string_view> find_cookie(std::string_view header, std::string_view name);

// The value of `set-cookie`: HttpOnly, SameSite=Strict, for all paths of this host and no other.
// `value` is made of URL-safe characters; `lifetime` zero forgets the cookie.
std::string set_cookie(const CookieStyle& style, std::string_view value, Duration lifetime);

}  // namespace seine::web
