// SPDX-License-Identifier: Apache-2.0
// What lies where in a mesh's state folder, and who runs it.
//
//   DIR/up.lock    held by `seine up` while it lives; says its pid
//   DIR/up.sock    where `seine run` is handed the mesh's network (mesh_access.h)
//   DIR/state      the controller's keys and certificates
//   DIR/registry   its registry, with registry.sock, and pages.sock of the mesh's own pages
//   DIR/web.json   where those are on this machine, while they are: {"url": "http://..."}
//   DIR/pods       a folder for each `seine run`, with its network.sock (mesh_hub.h)
//   DIR/ledgers    what proxies that are gone had counted, until it is delivered
//   DIR/dive       Dive's database, with owner.sock; Dive's user's
//     web.json     where its pages are on this machine, while it runs: {"url": "http://..."}
//     admin.json   likewise its /ready and /metrics
//   DIR/dive-agent the key and the outbox of its agent
#pragma once

#include <string>

#include "base/descriptor.h"
#include "base/result.h"

namespace seine::cli {

struct MeshFolder {
  std::string path;  // absolute

  std::string lock() const { return path + "/up.lock"; }
  std::string socket() const { return path + "/up.sock"; }
  std::string state() const { return path + "/state"; }
  std::string registry() const { return path + "/registry"; }
  std::string registry_socket() const { return registry() + "/registry.sock"; }
  std::string pages_socket() const { return registry() + "/pages.sock"; }
  std::string pages_note() const { return path + "/web.json"; }
  std::string pods() const { return path + "/pods"; }
  std::string ledgers() const { return path + "/ledgers"; }
  // What the one who reads the counts is shown of the registry, and its socket.
  std::string feed() const { return registry() + "/out"; }
  std::string feed_socket() const { return feed() + "/feed.sock"; }
  std::string dive() const { return path + "/dive"; }
  std::string owner_socket() const { return dive() + "/owner.sock"; }
  std::string web_note() const { return dive() + "/web.json"; }
  std::string admin_note() const { return dive() + "/admin.json"; }
  std::string dive_agent() const { return path + "/dive-agent"; }
  std::string join_token() const { return dive_agent() + "/join-token"; }
};

// What is said where no mesh runs: error kUnavailable.
Error no_mesh(const MeshFolder& folder);

// Whether `seine up` could use the folder, which is there. Error kInvalidConfig: it is none,
// another user's, open to others, or cannot be written.
Result<void> check_state_folder(const std::string& path);

// The right to run the mesh in a folder: the kernel takes it back however the process ends.
class MeshLock {
 public:
  // Makes the folder (0700) and those in it that are missing, and takes the lock. Errors:
  // kUnavailable if a mesh runs there already, with its pid; kInvalidConfig if the folder cannot be
  // made or written, is somebody else's, or others may look into it.
  static Result<MeshLock> take(const MeshFolder& folder);

 private:
  explicit MeshLock(Descriptor fd) : fd_(std::move(fd)) {}
  Descriptor fd_;
};

}  // namespace seine::cli
