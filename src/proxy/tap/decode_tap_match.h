// SPDX-License-Identifier: Apache-2.0
// A watcher's wish from the wire. It may come from anybody who holds the right certificate, so it
// has limits.
#pragma once

#include <cstddef>

#include "base/result.h"
#include "io/linkerd/proxy/tap.pb.h"
#include "proxy/tap/tap_match.h"

namespace seine::proxy {

inline constexpr std::size_t kMaxTapMatchDepth = 16;
inline constexpr std::size_t kMaxTapMatchParts = 1024;  // matches within matches, all told
inline constexpr std::size_t kMaxTapMatchText = 4096;   // bytes of a path, a label, ...

// Without a match every request is meant. Error kInvalidArgument: an empty match inside another, a
// network or ports that are none, or one of the limits above.
Result<TapMatch> decode_tap_match(const io::linkerd::proxy::tap::ObserveRequest& request);

}  // namespace seine::proxy
