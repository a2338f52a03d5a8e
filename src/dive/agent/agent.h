// SPDX-License-Identifier: Apache-2.0
// The agent of a cluster: reads its sources into outboxes, and brings these to Dive. What has been
// read once is told once, whoever dies: the counts' position in their source is kept with the
// message that tells them.
//
//   MetricsSource  --> Outbox AddMetric        --> Delivery --.
//   WorkloadSource --> Outbox DeploymentStream --> Delivery --+--> DiveLink
//                  '-> Outbox ServiceStream    --> Delivery --|
//   itself         --> Outbox AddEvent         --> Delivery --'
//
// One loop. Everything it is given outlives it.
#pragma once

#include <memory>
#include <optional>
#include <random>
#include <string>

#include "base/log.h"
#include "base/result.h"
#include "crypto/key.h"
#include "dive/agent/agent_limits.h"
#include "dive/agent/delivery.h"
#include "dive/agent/dive_link.h"
#include "dive/agent/outbox.h"
#include "dive/agent/sources.h"
#include "dive/agent/state_teller.h"
#include "metrics/text.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"
#include "runtime/task_scope.h"

namespace seine::dive {

struct AgentSettings {
  std::string folder;  // of the outboxes; there is one agent for it at a time
  journal::Limits metric_outbox = kMetricOutbox;
  LinkOptions link = {};
};

class Agent {
 public:
  // Begins to work. Errors of Outbox::open().
  static Result<std::unique_ptr<Agent>> start(runtime::EventLoop& loop, const Log& log,
                                              Dialer& dialer, const crypto::PrivateKey& key,
                                              MetricsSource& metrics, WorkloadSource& workloads,
                                              AgentSettings settings);

  // Reads no more, and completes once Dive has acknowledged all that was read, or kDrainTime later.
  runtime::Task<int> drain();

  // It hears its cluster, and Dive hears it.
  bool is_ready() const { return metrics_.is_heard() && hears_workloads_ == true && link_.is_up(); }
  // seine_dive_agent_*.
  void write(metrics::TextWriter& writer) const;

 private:
  struct Outboxes {
    std::unique_ptr<Outbox> metrics;
    std::unique_ptr<Outbox> workloads;
    std::unique_ptr<Outbox> services;
    std::unique_ptr<Outbox> events;
  };
  static Result<Outboxes> open(const AgentSettings& settings, const Log& log);
  Agent(runtime::EventLoop& loop, const Log& log, Dialer& dialer, const crypto::PrivateKey& key,
        MetricsSource& metrics, WorkloadSource& workloads, AgentSettings settings,
        Outboxes outboxes);

  runtime::Task<void> read_metrics();
  runtime::Task<Result<void>> read_batches(Backoff& backoff);
  runtime::Task<void> read_workloads();
  Result<void> tell(const ClusterState& state);
  // With what has to be done here as the link loses its cluster, and joins it again.
  LinkOptions watched(LinkOptions link);
  // A Dive with another database knows nothing of what was told before.
  void tell_again();
  void tell_start();
  runtime::Task<void> wait_for_room();
  void note(std::optional<bool>& hears, std::string_view what, const Result<void>& heard);

  runtime::EventLoop& loop_;
  const Log& log_;
  MetricsSource& metrics_;
  WorkloadSource& workloads_;
  const std::string cluster_;
  const std::string version_;
  std::minstd_rand random_;
  const Outboxes outboxes_;
  bool is_lost_ = false;
  DiveLink link_;
  StateTeller teller_;
  std::optional<bool> hears_metrics_;  // as was said
  std::optional<bool> hears_workloads_;
  Delivery metric_delivery_;
  Delivery workload_delivery_;
  Delivery service_delivery_;
  Delivery event_delivery_;
  runtime::TaskScope reading_;
};

}  // namespace seine::dive
