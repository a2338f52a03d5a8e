// SPDX-License-Identifier: Apache-2.0
// What seine-controller is told: flags, and SEINE_CONTROLLER_* variables of the same names
// (SEINE_CONTROLLER_STATE_DIR for --state-dir). A flag wins over its variable.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/log.h"
#include "base/net.h"
#include "base/result.h"
#include "base/time.h"
#include "control/mesh_names.h"
#include "control/registry/registry_state.h"
#include "model/server_policy.h"

namespace seine::control {

// The standalone registry, in the place of a workload file.
struct RegistryOptions {
  std::string directory;
  RegistryScope scope;
};

// The mesh's own pages.
struct PagesOptions {
  SocketAddr listen;
  std::string assets;  // the folder of the built pages; empty: that beside the program
};

struct Options {
  std::string version;  // of the program
  SocketAddr listen_identity;
  SocketAddr listen_destination;
  SocketAddr listen_policy;
  SocketAddr admin_listen;
  std::string state_dir;
  std::string workloads;                    // a file; empty: there is a registry
  std::optional<RegistryOptions> registry;  // nothing: there is a file
  std::optional<PagesOptions> pages;        // of the registry's mesh; nothing: none are served
  MeshNames names;
  std::string identity_name;     // of the certificate on the identity port
  std::string destination_name;  // of that on the destination and policy ports
  Duration issuance_lifetime{};
  model::ServerPolicy default_inbound_policy;
  LogLevel log_level = LogLevel::kInfo;
  LogFormat log_format = LogFormat::kPlain;
  bool print_trust_anchors = false;
};

// What --help and --version ask to be printed instead.
struct Printed {
  std::string text;
};

// Error kInvalidConfig, one sentence naming the flag.
Result<std::variant<Options, Printed>> parse_options(int argc, const char* const* argv,
                                                     std::string_view version);

}  // namespace seine::control
