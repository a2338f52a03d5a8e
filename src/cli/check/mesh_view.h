// SPDX-License-Identifier: Apache-2.0
// What the checks of a running mesh look at, and what the earlier of them have found out for the
// later: one look at a mesh by one process.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "cli/check/certificate_checks.h"
#include "cli/mesh/mesh_access.h"
#include "cli/mesh/mesh_folder.h"
#include "cli/mesh/registry_client.h"
#include "runtime/event_loop.h"
#include "seine/registry/v1/registry.pb.h"

namespace seine::cli {

struct MeshView {
  MeshView(runtime::EventLoop& its_loop, MeshFolder its_folder, std::string its_version)
      : loop(its_loop),
        folder(std::move(its_folder)),
        version(std::move(its_version)),
        registry(loop, folder.registry_socket(), kCheckPatience) {}

  // Less than a check's deadline, so that the call can say why.
  static constexpr Duration kCheckPatience = std::chrono::seconds(4);

  runtime::EventLoop& loop;
  const MeshFolder folder;
  const std::string version;  // of this program
  RegistryClient registry;
  // By "the controller answers".
  std::optional<seine::registry::v1::DescribeResponse> described;
  std::optional<WallTime> described_at;  // by our clock
  std::optional<MeshAuthorities> authorities;
  // By "the mesh's network can be entered".
  std::optional<MeshAccess> access;
  // By whoever asks the registry last.
  std::optional<seine::registry::v1::ListResponse> listed;
};

}  // namespace seine::cli
