// SPDX-License-Identifier: Apache-2.0
// Which protocol do the first bytes of a connection speak? Sans-I/O: the caller keeps the bytes,
// asks again when there are more, and replays them to whoever serves the connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace seine::proxy {

enum class Detected : std::uint8_t { kNeedMore, kHttp1, kHttp2, kNotHttp };

// Linkerd decides by one read of 1 KiB; so far may a request line stay undecided here too.
inline constexpr std::size_t kMaxDetectBytes = 1024;

// HTTP/2 by its preface; HTTP/1 by a request line that ends in HTTP/1.x, or that is still a
// plausible one after kMaxDetectBytes. A line of another shape is not HTTP from its first wrong
// byte on. Never kNeedMore at kMaxDetectBytes or above.
Detected detect_http(std::string_view bytes);

}  // namespace seine::proxy
