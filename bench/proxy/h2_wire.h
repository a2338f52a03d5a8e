// SPDX-License-Identifier: Apache-2.0
// What both ends of HTTP/2 do with nghttp2's sessions.
#pragma once

#include <string>
#include <string_view>

#include "nghttp2/nghttp2.h"

namespace seine::bench {

// Borrows both texts.
nghttp2_nv h2_header(std::string_view name, std::string_view value);

// Sends what the session has to say until all of it is sent or the socket is full; `unsent` keeps
// what the socket did not take. False: the session or the socket has failed.
bool flush_session(nghttp2_session* session, int fd, std::string& unsent);

}  // namespace seine::bench
