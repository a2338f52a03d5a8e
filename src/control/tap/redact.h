// SPDX-License-Identifier: Apache-2.0
// What of a tapped request is nobody's business. Pure.
//
// Masked as "***": the values of headers that carry credentials, the values of every query, the
// fragments and the user names of addresses.
#pragma once

#include <string>
#include <string_view>

#include "io/linkerd/proxy/tap.pb.h"

namespace seine::control {

// Whether a header or trailer carries credentials; `name` in any case.
bool is_secret_header(std::string_view name);
// "/a?b=c&d#e" as "/a?b=***&***#***", and "https://u:p@h/" as "https://***@h/".
std::string redact_url(std::string_view url);
void redact(io::linkerd::proxy::tap::TapEvent& event);

}  // namespace seine::control
