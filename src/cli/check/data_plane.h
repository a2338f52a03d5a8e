// SPDX-License-Identifier: Apache-2.0
// Who of the pods does not do as it should. Pure: what the registry lists and what the window has
// in, a line for each offender out, "NAMESPACE/POD (VERSION)".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "seine/registry/v1/registry.pb.h"
#include "seine/telemetry/v1/window.pb.h"

namespace seine::cli {

// Pods that leave are no longer anybody's concern: those that finish never come ready again.
std::vector<std::string> unready_proxies(const seine::registry::v1::ListResponse& list,
                                         std::string_view mesh_namespace);
// With the ports that nobody listens on.
std::vector<std::string> deaf_pods(const seine::registry::v1::ListResponse& list,
                                   std::string_view mesh_namespace);
// From which nothing has come for three reports, by how often each says that it makes them, and for
// 30 s at least, nor since their pod is known.
std::vector<std::string> silent_proxies(const seine::telemetry::v1::ReadResponse& window,
                                        std::string_view mesh_namespace, WallTime now);
// Of another version than `current`; those that do not say are left out.
std::vector<std::string> other_versions(const seine::telemetry::v1::ReadResponse& window,
                                        std::string_view mesh_namespace, std::string_view current);

// "default/web-x7k2p (v2)", without brackets where there is no version.
std::string pod_label(std::string_view mesh_namespace, std::string_view pod,
                      std::string_view version);

}  // namespace seine::cli
