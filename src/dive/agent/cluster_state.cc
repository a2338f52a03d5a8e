// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <utility>

#include "crypto/digest.h"
#include "dive/agent/controller_source.h"
#include "dive/agent/wire_time.h"

namespace seine::dive {

namespace wire = ::dive::v1;
namespace registry = seine::registry::v1;

namespace {

// What tells a rollout from a scale: two pods of one template have the same.
std::string template_of(const registry::RunningPod& pod) {
  // Each part with its length, so that no two templates are one text.
  std::string text;
  const auto add = [&text](std::string_view part) {
    text.append(std::to_string(part.size())).append(":").append(part);
  };
  add(pod.service_account());
  std::map<std::string, std::string> labels(pod.labels().begin(), pod.labels().end());
  for (const auto& [key, value] : labels) {
    add(key);
    add(value);
  }
  add("ports");
  std::vector<std::string> ports;
  for (const registry::Port& port : pod.ports()) {
    ports.push_back(std::to_string(port.number()) + "/" + std::to_string(port.protocol()));
  }
  std::ranges::sort(ports);
  for (const std::string& port : ports) add(port);
  const crypto::Sha256 digest = crypto::sha256(text);
  return {digest.begin(), digest.end()};
}

void encode_pod(const registry::RunningPod& pod, wire::Pod& out) {
  out.set_name(pod.name());
  out.set_version(pod.version());
  out.set_template_(template_of(pod));
  out.set_ready(pod.ready());
  out.set_leaving(pod.leaving());
  *out.mutable_since() = pod.since();
  out.set_started_by(pod.started_by());
  *out.mutable_labels() = pod.labels();
}

}  // namespace

ClusterState make_cluster_state(const registry::RunningWorkloads& running) {
  ClusterState state{.cluster = running.cluster(), .at = decode_time(running.now())};
  std::map<std::pair<std::string, std::string>, std::string> kinds;
  for (const registry::RunningPod& pod : running.pods()) {
    kinds[{pod.namespace_(), pod.workload()}] = pod.workload_kind();
    wire::Workload& workload =
        state.workloads[{pod.namespace_(), pod.workload_kind(), pod.workload()}];
    workload.mutable_name()->set_namespace_(pod.namespace_());
    workload.mutable_name()->set_kind(pod.workload_kind());
    workload.mutable_name()->set_name(pod.workload());
    workload.set_service_account(pod.service_account());
    encode_pod(pod, *workload.add_pods());
  }
  for (auto& [name, workload] : state.workloads) {
    auto& pods = *workload.mutable_pods();
    std::sort(pods.begin(), pods.end(),
              [](const wire::Pod& a, const wire::Pod& b) { return a.name() < b.name(); });
  }
  for (const registry::ListedService& listed : running.services()) {
    wire::Service& service = state.services[{listed.namespace_(), "", listed.name()}];
    service.mutable_name()->set_namespace_(listed.namespace_());
    service.mutable_name()->set_name(listed.name());
    *service.mutable_ports() = listed.ports();
    for (const std::string& name : listed.workloads()) {
      wire::WorkloadName& workload = *service.add_workloads();
      workload.set_namespace_(listed.namespace_());
      workload.set_kind(kinds[{listed.namespace_(), name}]);
      workload.set_name(name);
    }
  }
  return state;
}

}  // namespace seine::dive
