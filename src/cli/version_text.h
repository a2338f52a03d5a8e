// SPDX-License-Identifier: Apache-2.0
// What `seine version` prints. Pure.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "seine/telemetry/v1/window.pb.h"

namespace seine::cli {

struct Versions {
  std::string client;
  std::string server;  // empty: nobody answers
  // How many pods have a proxy of that version; nothing: that was not asked.
  std::optional<std::map<std::string, std::size_t>> proxies = std::nullopt;
};

// Of the pods that run in a namespace, or of all. A proxy that does not say its
// version is "unknown".
std::map<std::string, std::size_t> count_proxies(const seine::telemetry::v1::ReadResponse& window,
                                                 const std::string& ns);

// As Linkerd writes it (reference: linkerd 1.1).
std::string version_text(const Versions& versions, bool client_only);
std::string version_json(const Versions& versions, bool client_only);

}  // namespace seine::cli
