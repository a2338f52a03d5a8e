// SPDX-License-Identifier: Apache-2.0
// The life of a mesh whose network is there: the controller, kept running; the names; the door for
// programs that join; Dive and its agent. Until a signal ends it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/net.h"
#include "cli/mesh/dive_pods.h"
#include "cli/mesh/mesh_access.h"
#include "cli/mesh/mesh_folder.h"
#include "cli/verb.h"
#include "netns/namespace.h"

namespace seine::cli {

struct Mesh {
  MeshFolder folder;
  SocketAddr admin_listen;
  SocketAddr
      pages_listen;  // of the mesh's own pages; a port that is taken is replaced by a free one
  std::vector<SocketAddr> dns_servers;  // asked for names of others; none: they are refused
  MeshNetwork network;
  netns::NetworkNamespace hub;
  std::string cluster;
  std::string controller_program;
  std::string controller_log_level;
  std::string proxy_program;         // of Dive's pods
  std::optional<DiveSettings> dive;  // none: without it
};

// Runs it to its end; the exit code. Takes the process over: signals are its own from then on.
int run_mesh(const Invocation& invocation, const Mesh& mesh);

}  // namespace seine::cli
