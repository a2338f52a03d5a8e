// SPDX-License-Identifier: Apache-2.0
// One core of the data plane: a loop on a thread of its own with its listeners, connections,
// endpoints and caches. A connection and the pools it uses live and die here. Workers share a port
// by SO_REUSEPORT.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

#include "proxy/courier.h"
#include "proxy/inbound/policies.h"
#include "proxy/inbound/service_profiles.h"
#include "proxy/outbound/targets.h"
#include "proxy/worker_context.h"
#include "runtime/listener.h"

namespace seine::telemetry {
class Ledger;
class Recorder;
}  // namespace seine::telemetry

namespace seine::proxy {

class Inbound;
class Outbound;
class SpanBox;

// How a worker asks for keys to be followed; called on its thread, carried out on the control loop.
struct WorkerSubscriptions {
  OutboundTargets::Notify subscribe_target, unsubscribe_target;
  Destinations::Notify subscribe_destination, unsubscribe_destination;
  ServerPolicies::Notify subscribe_port, unsubscribe_port;
  ProfileCache::Notify subscribe_profile, unsubscribe_profile;
};

// Who is told of requests. Borrowed; null where nobody asked.
struct WorkerTellers {
  telemetry::Ledger* ledger = nullptr;  // where the worker counts, in the lane of its core
  AccessLog* access_log = nullptr;
  SpanBox* spans = nullptr;
};

class Worker {
 public:
  // Made and destroyed on the main thread, with its own thread not running. References outlive it.
  Worker(const Config& config, const Log& log, const Clock& clock, Telemetry& telemetry,
         SharedLimits& limits, const DefaultPolicies& defaults, std::size_t core,
         WorkerSubscriptions subscriptions, const WorkerTellers& tellers);
  // Stops the loop and joins the thread.
  ~Worker();

  // Binds the listeners. Errors as Listener::tcp(), opened by the variable that gave the address.
  Result<void> bind(std::string_view outbound_variable = "LINKERD2_PROXY_OUTBOUND_LISTEN_ADDR");
  void start();

  // From the control thread; carried out on the loop.
  void replace_tls(TlsState::Context context);
  void publish_target(TargetKey key, std::shared_ptr<const OutboundTarget> value);
  void publish_destination(std::string key, std::shared_ptr<const EndpointSet> value);
  void publish_port(std::uint16_t key, std::shared_ptr<const model::ServerPolicy> value);
  void publish_profile(std::string key, std::shared_ptr<const model::Profile> value);
  void tap(std::shared_ptr<Tap> tap);
  void untap(std::shared_ptr<Tap> tap);
  // Stops accepting and lets connections finish; `done` is called on this worker's thread once none
  // is left.
  void drain(std::move_only_function<void()> done);
  // Drops every connection that is left; `done` as above.
  void drop_connections(std::move_only_function<void()> done);
  // Telemetry's next bucket; `done` as above. CHECKs that there is a ledger.
  void rotate(std::uint64_t sequence, WallTime start, std::move_only_function<void()> done);
  // Drops every connection that is left, then stops.
  void stop();

 private:
  static runtime::Task<void> accept_all(Worker& worker, runtime::Listener& listener, bool inbound);
  static runtime::Task<void> drain_all(Worker& worker, std::move_only_function<void()> done);

  const Config& config_;
  const Log& log_;
  runtime::EventLoop loop_;
  TlsState tls_;
  runtime::Drain drain_;
  FastRandom random_;
  TapSet taps_;
  const std::unique_ptr<telemetry::Recorder> recorder_;  // null: no telemetry
  const std::unique_ptr<Tracer> tracer_;                 // null: no traces
  WorkerContext context_;
  OutboundTargets targets_;
  Destinations destinations_;
  ServerPolicies policies_;
  ProfileCache profiles_;
  std::vector<ServerPolicies::Lease> held_ports_;
  // Behind pointers, so that whoever sees a worker need not compile what it does.
  const std::unique_ptr<Outbound> outbound_;
  const std::unique_ptr<Inbound> inbound_;
  std::vector<std::unique_ptr<runtime::Listener>> outbound_listeners_;
  std::vector<std::unique_ptr<runtime::Listener>> inbound_listeners_;
  runtime::TaskScope connections_;
  runtime::TaskScope tasks_;
  Courier courier_;
  std::thread thread_;
};

}  // namespace seine::proxy
