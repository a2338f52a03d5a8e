// SPDX-License-Identifier: Apache-2.0
// What an agent tells of a cluster, for tests, written in few words: time in minutes, workloads of
// the namespace shop.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "dive/v1/cluster.pb.h"

namespace seine::dive {

inline constexpr WallTime kStart{std::chrono::seconds(1'767'225'600)};  // 2026-01-01T00:00:00Z

inline WallTime minute(double minutes) {
  return kStart +
         std::chrono::round<Duration>(std::chrono::duration<double, std::ratio<60>>(minutes));
}

struct ScriptPod {
  std::string name;
  std::string version;
  double since = 0;
  bool ready = true;
  bool leaving = false;
  std::string template_ = "t1";
  std::string started_by = "ada";
  std::map<std::string, std::string> labels = {};
};

class AgentScript {
 public:
  explicit AgentScript(char epoch = 'e') : epoch_(16, epoch) {}

  ::dive::v1::DeploymentMessage changed(double at, std::string_view workload,
                                        const std::vector<ScriptPod>& pods) {
    auto message = deployment(at);
    write(workload, pods, *message.mutable_changed());
    return message;
  }

  ::dive::v1::DeploymentMessage removed(double at, std::string_view workload) {
    auto message = deployment(at);
    write(workload, *message.mutable_removed());
    return message;
  }

  ::dive::v1::DeploymentMessage all(double at,
                                    const std::map<std::string, std::vector<ScriptPod>>& all) {
    auto message = deployment(at);
    message.mutable_all();
    for (const auto& [workload, pods] : all) {
      write(workload, pods, *message.mutable_all()->add_workloads());
    }
    return message;
  }

  ::dive::v1::ServiceMessage service(double at, std::string_view name,
                                     const std::vector<std::string>& workloads) {
    auto message = service_message(at);
    write(name, workloads, *message.mutable_changed());
    return message;
  }

  ::dive::v1::ServiceMessage service_removed(double at, std::string_view name) {
    auto message = service_message(at);
    message.mutable_removed()->set_namespace_("shop");
    message.mutable_removed()->set_name(std::string(name));
    return message;
  }

  ::dive::v1::ServiceMessage all_services(
      double at, const std::map<std::string, std::vector<std::string>>& all) {
    auto message = service_message(at);
    message.mutable_all();
    for (const auto& [name, workloads] : all) {
      write(name, workloads, *message.mutable_all()->add_services());
    }
    return message;
  }

  static void write(std::string_view workload, ::dive::v1::WorkloadName& out) {
    out.set_namespace_("shop");
    out.set_kind("deployment");
    out.set_name(std::string(workload));
  }

  static void write(WallTime time, google::protobuf::Timestamp& out) {
    const auto since = time.time_since_epoch();
    const auto whole = std::chrono::floor<std::chrono::seconds>(since);
    out.set_seconds(whole.count());
    out.set_nanos(static_cast<std::int32_t>((since - whole).count()));
  }

 private:
  ::dive::v1::DeploymentMessage deployment(double at) {
    ::dive::v1::DeploymentMessage message;
    message.mutable_envelope()->set_epoch(epoch_);
    message.mutable_envelope()->set_sequence(++deployments_);
    write(minute(at), *message.mutable_at());
    return message;
  }

  ::dive::v1::ServiceMessage service_message(double at) {
    ::dive::v1::ServiceMessage message;
    message.mutable_envelope()->set_epoch(epoch_);
    message.mutable_envelope()->set_sequence(++services_);
    write(minute(at), *message.mutable_at());
    return message;
  }

  static void write(std::string_view workload, const std::vector<ScriptPod>& pods,
                    ::dive::v1::Workload& out) {
    write(workload, *out.mutable_name());
    out.set_service_account(std::string(workload));
    for (const ScriptPod& pod : pods) {
      auto& message = *out.add_pods();
      message.set_name(pod.name);
      message.set_version(pod.version);
      message.set_template_(pod.template_);
      message.set_ready(pod.ready);
      message.set_leaving(pod.leaving);
      write(minute(pod.since), *message.mutable_since());
      message.set_started_by(pod.started_by);
      message.mutable_labels()->insert(pod.labels.begin(), pod.labels.end());
    }
  }

  static void write(std::string_view name, const std::vector<std::string>& workloads,
                    ::dive::v1::Service& out) {
    out.mutable_name()->set_namespace_("shop");
    out.mutable_name()->set_name(std::string(name));
    out.add_ports(8080);
    for (const std::string& workload : workloads) write(workload, *out.add_workloads());
  }

  const std::string epoch_;
  std::uint64_t deployments_ = 0;
  std::uint64_t services_ = 0;
};

}  // namespace seine::dive
