// SPDX-License-Identifier: Apache-2.0
// Dive and its agent in the mesh of `seine up`: pods like any other, of namespace `seine`.
//
//   agent --- proxy === mutual TLS === proxy --- Dive (gRPC 8085, pages 50750)
//     |                                            |
//   DIR/registry/out/feed.sock                   DIR/dive, with owner.sock
//
// Of the state folder each sees its own data, and the agent the feed; neither reaches anything
// outside of the mesh. Dive runs as who called (under sudo the user who did), the agent as who owns
// the registry. Nothing that happens to them touches the mesh.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/log.h"
#include "base/net.h"
#include "base/result.h"
#include "cli/mesh/agent_token.h"
#include "cli/mesh/kept_pod.h"
#include "cli/mesh/pod.h"
#include "cli/mesh/run_options.h"
#include "netns/publish_relay.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"
#include "runtime/task_scope.h"

namespace seine::cli {

inline constexpr char kDiveNamespace[] = "seine";
inline constexpr char kDiveWorkload[] = "dive";
inline constexpr char kDiveAgentWorkload[] = "dive-agent";
inline constexpr std::uint16_t kDiveAgentPort = 8085;  // where Dive hears agents
inline constexpr std::uint16_t kDashboardPort = 50750;

struct DiveSettings {
  std::string dive_program;
  std::string agent_program;
  std::string cluster;
  std::string version;
  std::string log_level = "warn";
  // Of the pages, on this machine; where it is taken another port is.
  SocketAddr dashboard{IpAddress::v4(0x7f000001), kDashboardPort};
};

// The pods, as `seine run` would be told them.
RunOptions dive_pod(const DiveSettings& settings);
RunOptions dive_agent_pod(const DiveSettings& settings);
// What is run in them.
netns::Launch dive_launch(const DiveSettings& settings, const PodSite& site, netns::FileView view);
netns::Launch dive_agent_launch(const DiveSettings& settings, const PodSite& site,
                                netns::FileView view, std::string_view cluster_domain);

// One loop.
class DivePods {
 public:
  struct Where {
    SocketAddr dashboard;
    SocketAddr admin;  // /live, /ready, /metrics
  };

  // The loop and what `site` refers to outlive it. `on_ready`: Dive answers, for the first time.
  DivePods(runtime::EventLoop& loop, PodSite site, DiveSettings settings,
           std::function<void(const Where&)> on_ready);
  ~DivePods();

  // From the mesh's first report on, what proxies count is kept for the agent. To be awaited before
  // anyone else may join; within two seconds, whatever happens.
  runtime::Task<void> begin_feed();
  // Once the controller answers. What cannot be done is said in the log.
  void start();
  // The agent, which then tells what it has, and Dive. Half a minute at most, mostly a second.
  runtime::Task<void> stop();

 private:
  class Dive;
  class Agent;
  Result<void> prepare_folders() const;
  // On this machine.
  void publish_admin(const Pod& pod);
  static runtime::Task<void> announce(DivePods& self);
  runtime::Task<bool> answers();
  void forget_notes() const;

  runtime::EventLoop& loop_;
  const PodSite site_;
  const DiveSettings settings_;
  const std::function<void(const Where&)> on_ready_;
  const Log log_;
  AgentToken token_;
  const RunOptions dive_options_;
  const RunOptions agent_options_;
  std::optional<SocketAddr> dashboard_;
  std::unique_ptr<netns::PublishRelay> admin_;
  std::unique_ptr<KeptProgram> dive_program_, agent_program_;
  std::unique_ptr<KeptPod> dive_;
  std::unique_ptr<KeptPod> agent_;
  runtime::TaskScope scope_;
};

}  // namespace seine::cli
