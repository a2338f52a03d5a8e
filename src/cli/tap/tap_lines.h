// SPDX-License-Identifier: Apache-2.0
// What `seine tap` prints of one event (reference: linkerd 1.4). Strangers choose what is in it, so
// nothing but printable ASCII leaves here: neither a terminal nor a line can be taken over.
#pragma once

#include <string>
#include <string_view>

#include "seine/tap/v1/tap.pb.h"

namespace seine::cli {

// Bytes that are no visible ASCII become \xNN, a backslash two.
std::string escape_tap_field(std::string_view text);

// "req id=1:2 proxy=in  src=10.0.0.9:40000 dst=10.0.0.2:8082 tls=true :method=GET ..." with its
// line end; empty for what is no event. `kind`, if not empty, adds the names of both ends, as
// " src_res=deploy/web src_ns=shop", and the route's labels.
std::string tap_line(const seine::tap::v1::Tapped& tapped, std::string_view kind);

// One object on one line, with the keys of `linkerd viz tap -o json`; empty for what is no event.
std::string tap_json(const seine::tap::v1::Tapped& tapped);

}  // namespace seine::cli
