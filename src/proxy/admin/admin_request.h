// SPDX-License-Identifier: Apache-2.0
// What the admin server reads out of a request beyond its method: the target's parts and the
// codings the client takes. Peer input; every function takes any bytes.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/headers.h"

namespace seine::proxy {

struct AdminTarget {
  std::string_view path;
  std::string_view query;  // without the question mark
};
AdminTarget split_target(std::string_view target);

// "A&B" names A and B, in order and each once; "A=1" names A. Empty: none named. Error
// kInvalidArgument for a name that no variable of ours can have, since those are letters, digits
// and underscores.
Result<std::set<std::string, std::less<>>> read_variable_names(std::string_view query);

// Whether Accept-Encoding names gzip, or failing that `*`, with a weight that is not zero (RFC
// 9110, 12.5.3). Without the field: no, although the standard would allow it, as curl could not
// read it.
bool accepts_gzip(const http::Headers& headers);

}  // namespace seine::proxy
