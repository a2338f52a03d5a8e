// SPDX-License-Identifier: Apache-2.0
// A small mesh for tests: namespace `shop` with `web` (two pods, one of them not ready), `db`
// (opaque), `legacy` (not meshed) and a service in front of each.
#pragma once

#include <memory>
#include <string_view>

#include "control/registry/workload_file.h"
#include "control/registry/workload_source.h"

namespace seine::control::testing {

inline constexpr std::string_view kShop = R"({
  "cluster": "test",
  "workloads": [
    {"namespace": "shop", "name": "web", "service_account": "web-sa", "version": "v1",
     "zone": "z1", "token": "web-token",
     "ports": [{"port": 8080, "name": "http"}, {"port": 9000, "protocol": "grpc"},
               {"port": 9999, "skip_inbound": true}],
     "pods": [{"name": "web-0", "ips": ["10.0.0.1", "fd00::1"]},
              {"name": "web-1", "ips": ["10.0.0.2"], "ready": false}]},
    {"namespace": "shop", "name": "db", "kind": "statefulset", "token": "db-token",
     "ports": [{"port": 5000, "protocol": "opaque"}],
     "pods": [{"name": "db-0", "ips": ["10.0.0.3"]}]},
    {"namespace": "shop", "name": "legacy", "meshed": false,
     "pods": [{"name": "legacy-0", "ips": ["10.0.0.4"]}]}],
  "services": [
    {"namespace": "shop", "name": "web", "cluster_ips": ["10.96.0.1"],
     "ports": [{"port": 80, "target_port": 8080}, {"port": 81, "target_port": 9999}]},
    {"namespace": "shop", "name": "db", "cluster_ips": ["10.96.0.3"], "ports": [{"port": 5000}]},
    {"namespace": "shop", "name": "legacy", "cluster_ips": ["10.96.0.4"],
     "ports": [{"port": 80}]}]})";

inline std::shared_ptr<const Snapshot> make_shop() {
  return parse_workload_file(kShop).value();
}

// A source whose contents a test replaces.
class FakeSource final : public WorkloadSource {
 public:
  explicit FakeSource(std::string_view file = kShop)
      : current_(parse_workload_file(file).value()) {}
  std::shared_ptr<const Snapshot> current() const override { return current_; }
  ChangeNotifier& changes() override { return changes_; }
  void replace(std::string_view file) {
    current_ = parse_workload_file(file).value();
    changes_.notify();
  }

 private:
  std::shared_ptr<const Snapshot> current_;
  ChangeNotifier changes_;
};

}  // namespace seine::control::testing
