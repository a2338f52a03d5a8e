// SPDX-License-Identifier: Apache-2.0
// seine-proxy: reads its environment, wires everything, runs until told to end.
#pragma once

#include <string_view>

#include "proxy/environment.h"

namespace seine::proxy {

// The exit code: 0 after a drain, 64 for a configuration that cannot be run (one sentence per
// problem on stderr), 1 for any other failure. Blocks SIGTERM, SIGINT and SIGPIPE; threads are made
// after that. A second SIGTERM or SIGINT ends it without waiting for connections.
int run_proxy(const Environment& environment, std::string_view version);

}  // namespace seine::proxy
