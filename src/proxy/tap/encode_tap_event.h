// SPDX-License-Identifier: Apache-2.0
// What workers saw, as it goes to whoever watches.
#pragma once

#include <cstdint>

#include "io/linkerd/proxy/tap.pb.h"
#include "proxy/tap/tap.h"

namespace seine::proxy {

// `base`: random for each process. CHECKs that the record holds an event. Headers of HTTP/2 begin
// with its pseudo-headers, where there are headers at all.
void encode_tap_event(const TapRecord& record, std::uint32_t base,
                      io::linkerd::proxy::tap::TapEvent& out);

}  // namespace seine::proxy
