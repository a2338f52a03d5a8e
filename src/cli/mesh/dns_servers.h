// SPDX-License-Identifier: Apache-2.0
// Who is asked for names that are not the mesh's (`seine up --dns-forward`).
#pragma once

#include <string_view>
#include <vector>

#include "base/net.h"
#include "base/result.h"

namespace seine::cli {

// "10.0.0.2,10.0.0.3:5353", or "system": those of the machine's /etc/resolv.conf (`resolv_conf`,
// its text). Two at most, since each is waited for in turn and who asks gives up after some
// seconds. Error kInvalidConfig, with what was expected.
Result<std::vector<SocketAddr>> parse_dns_servers(std::string_view text,
                                                  std::string_view resolv_conf);

}  // namespace seine::cli
