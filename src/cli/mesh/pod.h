// SPDX-License-Identifier: Apache-2.0
// A pod of the mesh, held by this process: its lease, its network, its proxy, the ways in and out.
// What runs in it is launched by whoever has it: CMD by `seine run`, Dive by `seine up`.
//
//   start()          joined, made, the proxy ready
//   launch in network(), set_program_runs(true)
//   say_goodbye()    nobody is sent to it any more; now the program may end
//   end()            the proxy drained, its counts delivered, the lease given back
//
// However the process ends, the kernel ends what runs in the pod, and the next `up` or `run` sweeps
// its folder.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "cli/mesh/mesh_access.h"
#include "cli/mesh/mesh_folder.h"
#include "cli/mesh/mesh_hub.h"
#include "cli/mesh/pod_lease.h"
#include "cli/mesh/pod_proxy.h"
#include "cli/mesh/run_options.h"
#include "cli/state_dir.h"
#include "netns/egress_relay.h"
#include "netns/launch.h"
#include "netns/listening_ports.h"
#include "netns/publish_relay.h"
#include "netns/sweep.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"
#include "runtime/task_scope.h"

namespace seine::cli {

// Where pods are made. What it refers to outlives them.
struct PodSite {
  const Clock& clock;
  const Environment& environment;
  const MeshFolder& folder;
  const MeshNetwork& network;
  const netns::NetworkNamespace& hub;
  std::string proxy_program;
  // Of `seine up` itself: its pods end with it, so no later `up` is offered their network, nor can
  // the mesh go on without them in another.
  bool is_up = false;
};

// One loop.
class Pod {
 public:
  // All outlive it.
  Pod(runtime::EventLoop& loop, const Log& log, const PodSite& site, const RunOptions& options);
  // Ends its proxy, keeps the counts that are left, removes its folder.
  ~Pod();
  Pod(const Pod&) = delete;
  Pod& operator=(const Pod&) = delete;

  // Once. After an error, or where it was dropped, abandon() undoes what was begun.
  runtime::Task<Result<void>> start();
  // How far start() has come: "the mesh was joined" is what it was about to do.
  const char* next_step() const { return next_step_; }
  // Within a second.
  runtime::Task<void> abandon();

  // After start().
  const netns::NetworkNamespace& network() const { return *network_; }
  const seine::registry::v1::JoinResponse& joined() const { return lease_.joined(); }
  // Where the published ports are on this machine, in their order.
  std::vector<SocketAddr> published() const;
  // What the files of a program in it look like: no state folder, the mesh's names.
  netns::FileView view() const;
  // From then on peers are sent to the ports that it listens on.
  void set_program_runs(bool runs) { program_runs_ = runs; }

  // Completes when peers know, and have been answered; some seconds at most.
  runtime::Task<void> say_goodbye();
  bool is_leaving() const { return is_leaving_; }
  // After the program's end. In order, half a minute at most; or within two seconds.
  runtime::Task<void> end();
  runtime::Task<void> end_at_once();

 private:
  Result<void> make_network();
  Result<void> open_ways();
  Result<void> publish(const PublishedPort& port);
  runtime::Task<Result<void>> start_proxy();
  runtime::Task<void> leave_once();
  static runtime::Task<Result<void>> tell_gone(Pod& self);
  netns::Launch proxy_launch(const std::string& folder) const;
  PodLease::Facts facts();
  std::set<std::uint16_t> listening();
  static runtime::Task<void> watch_ports(Pod& self);

  runtime::EventLoop& loop_;
  const Log& log_;
  const PodSite& site_;
  const RunOptions& options_;
  PodLease lease_;
  std::optional<HubWatch> hub_watch_;
  const char* next_step_ = "the mesh was joined";
  std::optional<netns::OwnedFolder> own_;
  std::optional<netns::NetworkNamespace> network_;
  std::unique_ptr<PodDoor> door_;  // for the next `up`
  std::optional<netns::ListeningPorts> ports_;
  std::unique_ptr<netns::EgressRelay> egress_;
  std::vector<std::unique_ptr<netns::PublishRelay>> published_;
  std::unique_ptr<PodProxy> proxy_;
  bool program_runs_ = false;
  bool is_leaving_ = false;
  std::optional<runtime::TaskScope> background_;  // keeps the lease, watches ports
};

}  // namespace seine::cli
