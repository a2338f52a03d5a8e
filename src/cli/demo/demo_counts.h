// SPDX-License-Identifier: Apache-2.0
// What the proxies counted, by service and by edge. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/demo/promises.h"

namespace seine::registry::v1 {
class ListResponse;
}
namespace seine::telemetry::v1 {
class ReadResponse;
}

namespace seine::cli {

// The services of one namespace, by name, as the pods in `list` counted: the window still has those
// of an earlier mesh in the same folder. What applications sent is not in it.
std::map<std::string, DemoService> count_services(const seine::registry::v1::ListResponse& list,
                                                  const seine::telemetry::v1::ReadResponse& window,
                                                  const std::string& ns);

// Those of them to which callers' proxies forwarded connections as they are, without a look inside.
std::map<std::string, DemoTcpService> count_tcp_services(
    const seine::registry::v1::ListResponse& list, const seine::telemetry::v1::ReadResponse& window,
    const std::string& ns);

// Its edges, of what ran then.
std::vector<DemoEdge> count_edges(const seine::registry::v1::ListResponse& list,
                                  const seine::telemetry::v1::ReadResponse& window,
                                  const std::string& ns);

}  // namespace seine::cli
