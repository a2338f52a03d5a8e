// SPDX-License-Identifier: Apache-2.0
#include "cli/check/data_plane.h"

#include <algorithm>
#include <chrono>

namespace seine::cli {

namespace api = seine::registry::v1;
namespace telemetry = seine::telemetry::v1;

namespace {

bool is_meant(std::string_view asked, std::string_view its) {
  return asked.empty() || asked == its;
}

// Calls `visit(workload, pod)` for each that is not about to go.
template <class Visit>
void each_pod(const api::ListResponse& list, std::string_view mesh_namespace, Visit visit) {
  for (const api::ListedWorkload& workload : list.workloads()) {
    if (!is_meant(mesh_namespace, workload.namespace_())) continue;
    for (const api::ListedPod& pod : workload.pods()) {
      if (!pod.leaving()) visit(workload, pod);
    }
  }
}

}  // namespace

std::string pod_label(std::string_view mesh_namespace, std::string_view pod,
                      std::string_view version) {
  std::string out = std::string(mesh_namespace) + "/" + std::string(pod);
  if (!version.empty()) out += " (" + std::string(version) + ")";
  return out;
}

std::vector<std::string> unready_proxies(const api::ListResponse& list,
                                         std::string_view mesh_namespace) {
  std::vector<std::string> out;
  each_pod(list, mesh_namespace, [&out](const auto& workload, const auto& pod) {
    if (!pod.proxy_ready()) {
      out.push_back(pod_label(workload.namespace_(), pod.name(), pod.version()));
    }
  });
  return out;
}

std::vector<std::string> deaf_pods(const api::ListResponse& list, std::string_view mesh_namespace) {
  std::vector<std::string> out;
  each_pod(list, mesh_namespace, [&out](const auto& workload, const auto& pod) {
    std::string ports;
    for (const api::Port& port : pod.ports()) {
      if (std::ranges::find(pod.listening(), port.number()) != pod.listening().end()) continue;
      ports += (ports.empty() ? "" : ", ") + std::to_string(port.number());
    }
    if (!ports.empty()) {
      out.push_back(pod_label(workload.namespace_(), pod.name(), pod.version()) +
                    " does not listen on " + ports);
    }
  });
  return out;
}

namespace {

Duration longest_silence(const telemetry::Reporter& who) {
  // Programs that a new `seine up` took over report as often as they did under the former.
  const std::chrono::seconds interval(who.has_interval() ? who.interval().seconds() : 10);
  return std::max<Duration>(3 * interval, std::chrono::seconds(30));
}

}  // namespace

std::vector<std::string> silent_proxies(const telemetry::ReadResponse& window,
                                        std::string_view mesh_namespace, WallTime now) {
  std::vector<std::string> out;
  for (const telemetry::Source& source : window.sources()) {
    const telemetry::Reporter& who = source.reporter();
    if (!source.running() || !is_meant(mesh_namespace, who.namespace_())) continue;
    // Neither: it joined a moment ago.
    if (!source.has_last_report() && !source.has_known_since()) continue;
    const auto heard = std::max(source.last_report().seconds(), source.known_since().seconds());
    const auto earliest = std::chrono::floor<std::chrono::seconds>(now - longest_silence(who));
    if (heard >= earliest.time_since_epoch().count()) continue;
    out.push_back(pod_label(who.namespace_(), who.pod(), who.proxy_version()));
  }
  return out;
}

std::vector<std::string> other_versions(const telemetry::ReadResponse& window,
                                        std::string_view mesh_namespace, std::string_view current) {
  std::vector<std::string> out;
  for (const telemetry::Source& source : window.sources()) {
    const telemetry::Reporter& who = source.reporter();
    if (!source.running() || !is_meant(mesh_namespace, who.namespace_())) continue;
    if (who.proxy_version().empty() || who.proxy_version() == current) continue;
    out.push_back(pod_label(who.namespace_(), who.pod(), who.proxy_version()));
  }
  return out;
}

}  // namespace seine::cli
