// SPDX-License-Identifier: Apache-2.0
#include "control/registry/workloads_service.h"

#include <algorithm>
#include <utility>

#include "control/encode_values.h"
#include "control/registry/registry_limits.h"
#include "control/registry/registry_messages.h"
#include "control/telemetry/source_messages.h"
#include "runtime/combine.h"

namespace seine::control {

namespace wire = seine::registry::v1;

namespace {

constexpr char kWatch[] = "/seine.registry.v1.Workloads/Watch";

// Its proxy is, and every port of it that was declared is listened on.
bool is_ready(const Lease& lease) {
  return lease.proxy_ready && !lease.leaving &&
         std::ranges::all_of(lease.announced.ports, [&lease](const WorkloadPort& port) {
           return std::ranges::binary_search(lease.listening, port.number);
         });
}

class WorkloadsService final : public RpcService {
 public:
  WorkloadsService(const CallEnvironment& env, const LeaseRegistry& registry)
      : env_(env), registry_(registry) {}
  void serve(grpc::Methods& methods) override {
    methods.stream(kWatch, *this, &WorkloadsService::watch);
  }

 private:
  runtime::Task<grpc::Status> watch(const grpc::Context& call,
                                    const wire::WatchWorkloadsRequest& request,
                                    grpc::Writer<wire::RunningWorkloads>& out);

  const CallEnvironment env_;
  const LeaseRegistry& registry_;
  std::size_t watches_ = 0;
};

// A watch's place among those there may be.
class Place {
 public:
  explicit Place(std::size_t& count) : count_(count) { ++count_; }
  ~Place() { --count_; }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  std::size_t& count_;
};

runtime::Task<grpc::Status> WorkloadsService::watch(const grpc::Context&,
                                                    const wire::WatchWorkloadsRequest&,
                                                    grpc::Writer<wire::RunningWorkloads>& out) {
  CountedCall counted(env_.metrics, "WatchWorkloads");
  if (watches_ >= kMaxWorkloadWatches) {
    co_return counted.end({grpc::StatusCode::kResourceExhausted, "16 watch already"});
  }
  const Place place(watches_);
  SourceWatch watch(env_);
  std::string sent;
  do {
    wire::RunningWorkloads message;
    encode_running(registry_.scope().cluster, registry_.leases(), *env_.source.current(), message);
    std::string text = deterministic_bytes(message);
    if (text == sent) continue;
    sent = std::move(text);
    encode_time(env_.loop.clock().wall_now(), *message.mutable_now());
    co_await out.write(message);
    // Many changes at once, as when a mesh starts, are one.
    co_await runtime::sleep_for(env_.loop, kWorkloadsApart);
  } while (co_await watch.changed());
  co_return counted.end({});
}

}  // namespace

void encode_running(const std::string& cluster, const std::vector<Lease>& leases,
                    const Snapshot& snapshot, wire::RunningWorkloads& out) {
  out.set_cluster(cluster);
  for (const Lease& lease : leases) {
    const Announcement& announced = lease.announced;
    wire::RunningPod& pod = *out.add_pods();
    pod.set_namespace_(announced.ns);
    pod.set_workload(announced.workload);
    pod.set_workload_kind(Workload().kind);
    pod.set_name(lease.pod);
    pod.set_service(announced.service);
    pod.set_service_account(announced.service_account);
    pod.set_version(announced.version);
    for (const auto& [key, value] : announced.labels) (*pod.mutable_labels())[key] = value;
    for (const WorkloadPort& port : announced.ports) encode_port(port, *pod.add_ports());
    pod.set_ready(is_ready(lease));
    pod.set_leaving(lease.leaving);
    encode_time(lease.joining.since, *pod.mutable_since());
    pod.set_started_by(lease.joining.started_by);
  }
  for (const Service& service : snapshot.services()) encode_service(service, *out.add_services());
}

std::unique_ptr<RpcService> make_workloads_service(const CallEnvironment& env,
                                                   const LeaseRegistry& registry) {
  return std::make_unique<WorkloadsService>(env, registry);
}

}  // namespace seine::control
