// SPDX-License-Identifier: Apache-2.0
// The network that `seine up` runs a mesh in: that of the programs which a former `up` of the same
// folder left running, else a new one.
//
// The hub lives as long as a `run` holds it, so nothing has to be kept on disk. Each `run` offers
// it at DIR/pods/POD/network.sock; a new `up` asks them all and moves in, and for the programs it
// is as if their controller had been away for a while.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "cli/mesh/mesh_access.h"
#include "cli/mesh/mesh_folder.h"
#include "netns/namespace.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"

namespace seine::cli {

// The offer of one `run`. One loop.
class PodDoor {
 public:
  // Loop, log and hub outlive it. Errors as MeshDoor::open().
  static Result<std::unique_ptr<PodDoor>> open(runtime::EventLoop& loop, const Log& log,
                                               const std::string& pod_folder, MeshNetwork network,
                                               const netns::NetworkNamespace& hub);

 private:
  explicit PodDoor(Descriptor folder) : folder_(std::move(folder)) {}

  const Descriptor folder_;  // the door is found by way of it, and so outlived by it
  std::unique_ptr<MeshDoor> door_;
};

// What the programs that run offered.
struct LivingHub {
  MeshOffer offer;
  std::size_t pods = 0;                // that are in it
  std::vector<std::string> elsewhere;  // pods that are in another
};

// The network that most of the pods are in. Those whose `run` does not answer are named in
// `silent`. Blocks for some seconds at most.
std::optional<LivingHub> find_living_hub(const MeshFolder& folder,
                                         std::vector<std::string>& silent);

// For a `run` that was handed `hub` and whose door is open by now, so that any `up` from now on
// finds it: error kUnavailable if one that did not has made another hub meanwhile.
runtime::Task<Result<void>> check_hub(runtime::EventLoop& loop, const MeshFolder& folder,
                                      const netns::NetworkNamespace& hub);

// For a `run` that lives in `hub`: whether the mesh goes on in another one. A `run` that was
// stopped when a new `up` asked, or that few share a hub with, is left behind; its lease would be
// renewed nevertheless, as that needs no network. One loop.
class HubWatch {
 public:
  // All outlive it.
  HubWatch(const Log& log, const MeshFolder& folder, const netns::NetworkNamespace& hub)
      : log_(log), folder_(folder), hub_(hub) {}

  // Looks whether another `up` opened its door, and only then asks there, which blocks for 250 ms
  // at most. Until a door answers it is as it was. Warns when it begins.
  bool is_cut_off();

 private:
  // A socket in the file system. The inode's number alone may be used again.
  struct DoorFile {
    dev_t device = 0;
    ino_t inode = 0;
    std::int64_t changed_seconds = 0;
    std::int64_t changed_nanoseconds = 0;
    bool operator==(const DoorFile&) const = default;
  };
  static std::optional<DoorFile> look(const std::string& path);

  const Log& log_;
  const MeshFolder& folder_;
  const netns::NetworkNamespace& hub_;
  std::optional<DoorFile> asked_;  // whose answer we have
  bool is_cut_off_ = false;
};

// Takes the hub of programs that run over, or makes one with addresses of `range`, or of our own
// choice if that is empty. Says in the log what it took over, and whom it could not. Enters a user
// namespace where there is no root, so the process has one thread so far.
// Errors: kInvalidConfig if `range` is none or not to be had; kUnavailable: what forbids it.
Result<MeshAccess> find_or_make_hub(const Log& log, const MeshFolder& folder,
                                    const std::string& range, Duration report_every);

}  // namespace seine::cli
