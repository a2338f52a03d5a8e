// SPDX-License-Identifier: Apache-2.0
// How a process comes by the network of a mesh: a unix socket hands it over. DIR/up.sock of `seine
// up` does so for each `seine run`, DIR/pods/POD/network.sock of each `run` for the next `up`
// (mesh_hub.h). Whoever connects is sent one message, with descriptors: the hub's network
// namespace, then the user namespace where there is one. The socket is 0600 and the kernel says who
// connects, so only the user whose mesh it is gets it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/descriptor.h"
#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "cli/mesh/mesh_folder.h"
#include "netns/address_range.h"
#include "netns/namespace.h"
#include "runtime/event_loop.h"
#include "runtime/listener.h"
#include "runtime/task_scope.h"

namespace seine::cli {

// What is said about the network.
struct MeshNetwork {
  netns::AddressPlan plan;
  std::string registry_socket;
  // The uid of proxies; none: they are told by their mark.
  std::optional<uid_t> proxy_uid;
  bool has_user_namespace = false;
  bool has_dive = false;  // Dive and its agent run in it
  // How often proxies tell what they counted.
  Duration report_every = std::chrono::seconds(10);

  std::string to_json() const;
  // Error kProtocol: the other end is of another version, or none of ours.
  static Result<MeshNetwork> from_json(const std::string& text);
  friend bool operator==(const MeshNetwork& a, const MeshNetwork& b) {
    return a.to_json() == b.to_json();
  }
};

// The end of who has the network.
class MeshDoor {
 public:
  // Loop, log and hub outlive it. Errors as Listener::unix_socket().
  static Result<std::unique_ptr<MeshDoor>> open(runtime::EventLoop& loop, const Log& log,
                                                const std::string& socket, MeshNetwork network,
                                                const netns::NetworkNamespace& hub);
  MeshDoor(const MeshDoor&) = delete;
  MeshDoor& operator=(const MeshDoor&) = delete;

 private:
  MeshDoor(runtime::EventLoop& loop, const Log& log, std::unique_ptr<runtime::Listener> listener,
           MeshNetwork network, const netns::NetworkNamespace& hub);
  runtime::Task<void> accept_all();
  Result<void> hand_over(int socket) const;

  runtime::EventLoop& loop_;
  const Log& log_;
  const std::unique_ptr<runtime::Listener> listener_;
  const std::string message_;
  const bool has_user_namespace_;
  const netns::NetworkNamespace& hub_;
  runtime::TaskScope scope_;
};

// What a door hands over; nothing is entered yet.
struct MeshOffer {
  MeshNetwork network;
  netns::NetworkNamespace hub;
  std::optional<Descriptor> user_namespace;
};
// Blocks for at most `patience` at each step. The error of a socket that is not there, or nobody
// listens at, has the errno of connect(2).
Result<MeshOffer> ask_door(const std::string& socket, Duration patience);

// Where the network can be used: in its user namespace, if there is one.
struct MeshAccess {
  MeshNetwork network;
  netns::NetworkNamespace hub;
};
// Enters the user namespace, so the process has one thread so far.
Result<MeshAccess> accept_offer(MeshOffer offer);
// Both at the door of `seine up`; blocks for at most 5 s. Error kUnavailable: no mesh runs in the
// folder, or another user's.
Result<MeshAccess> enter_mesh(const MeshFolder& folder);

}  // namespace seine::cli
