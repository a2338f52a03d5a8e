// SPDX-License-Identifier: Apache-2.0
// What runs in the mesh at one moment: workloads with their pods, and the services that name them.
// Built once, then immutable and shared by every stream that serves from it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/net.h"
#include "base/result.h"
#include "model/declared_route.h"

namespace seine::control {

// What a port speaks, where it is known; kDetect lets the proxy find out.
enum class PortProtocol : std::uint8_t { kDetect, kHttp1, kHttp2, kGrpc, kOpaque, kTls };
// "detect", "http1", ..., or an error naming the words there are.
Result<PortProtocol> parse_port_protocol(std::string_view word);

struct WorkloadPort {
  std::string name;  // may be empty
  std::uint16_t number = 0;
  PortProtocol protocol = PortProtocol::kDetect;
  bool skipped = false;  // its inbound traffic does not pass the proxy, so nobody speaks TLS to it
  // Paths that whoever checks health may GET, without an identity of the mesh.
  std::vector<std::string> probes;
  bool operator==(const WorkloadPort&) const = default;
};

// Who may reach a port without an identity of the mesh.
struct Admission {
  std::string name;  // in metrics, as authz_name
  std::uint16_t port = 0;
  std::vector<IpNet> from;
  bool operator==(const Admission&) const = default;
};

// One running instance. In the standalone registry a pod is a process with addresses of its own.
struct Pod {
  std::string name;
  std::vector<IpAddress> ips;
  bool ready = true;
  std::string version;  // empty: the workload's
  // The ports on which somebody listens; nothing: that is not known, and taken to be all.
  std::optional<std::vector<std::uint16_t>> listening;
  std::vector<Admission> admissions;
  bool operator==(const Pod&) const = default;

  // Whether callers of a service are to be sent to this port.
  bool serves(std::uint16_t port) const;
};

// SHA-256 of a token that proves the workload's service account.
using TokenDigest = std::array<std::uint8_t, 32>;

struct Workload {
  std::string cluster;
  std::string ns;
  std::string name;
  std::string kind = "deployment";  // becomes the label dst_<kind>
  std::string service_account;
  std::string version;  // may be empty
  std::string zone;     // may be empty
  // What its ports permit, as a name of model::make_default_server_policy that needs no cluster
  // networks; empty: what the controller's default permits.
  std::string inbound_policy;
  std::map<std::string, std::string> labels;
  std::vector<WorkloadPort> ports;
  std::vector<Pod> pods;
  std::vector<TokenDigest> tokens;
  bool meshed = true;  // has a proxy, so it can be spoken to by mutual TLS
  bool operator==(const Workload&) const = default;

  // Null if the workload does not mention the port: then it is detected and passes the proxy.
  const WorkloadPort* port(std::uint16_t number) const;
};

struct ServicePort {
  std::string name;  // may be empty
  std::uint16_t number = 0;
  std::uint16_t target = 0;
  bool opaque = false;
  bool operator==(const ServicePort&) const = default;
};

struct Service {
  std::string ns;
  std::string name;
  std::vector<IpAddress> cluster_ips;
  std::vector<ServicePort> ports;
  std::vector<std::string> workloads;  // names in the same namespace; all their pods
  // Of requests at its HTTP ports, the most precise first.
  std::vector<model::DeclaredRoute> routes;
  bool operator==(const Service&) const = default;

  const ServicePort* port(std::uint16_t number) const;
};

// Protocols where the server speaks first, or that look like nothing we know: SMTP, MySQL, Galera,
// PostgreSQL, Redis, Elasticsearch, Memcached.
inline constexpr std::array<std::uint16_t, 8> kDefaultOpaquePorts{25,   587,  3306, 4444,
                                                                  5432, 6379, 9300, 11211};

// A pod and the workload it belongs to; both live as long as the snapshot.
struct PodRef {
  const Workload* workload;
  const Pod* pod;
};

class Snapshot {
 public:
  // Error kInvalidConfig: two pods or services with one address or one name, a service that names a
  // workload which does not exist.
  static Result<std::shared_ptr<const Snapshot>> create(std::vector<Workload> workloads,
                                                        std::vector<Service> services);
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  const std::vector<Workload>& workloads() const { return workloads_; }
  const std::vector<Service>& services() const { return services_; }

  const Service* find_service(std::string_view ns, std::string_view name) const;
  const Service* find_service(const IpAddress& cluster_ip) const;
  const Workload* find_workload(std::string_view ns, std::string_view name) const;
  // `pod` is null where nothing is found.
  PodRef find_pod(const IpAddress& ip) const;
  PodRef find_pod(std::string_view ns, std::string_view name) const;

  // Whether traffic to the port is taken as bytes: a service in front of it says so, or the
  // workload; where the workload does not mention the port, whether it is one of
  // kDefaultOpaquePorts.
  bool is_opaque(const Workload& workload, std::uint16_t port) const;
  // Whether the service says so, or any of its workloads.
  bool is_opaque(const Service& service, const ServicePort& port) const;
  // Those of the services that lead to this port of the workload, the most precise first.
  const std::vector<model::DeclaredRoute>& routes(const Workload& workload,
                                                  std::uint16_t port) const;

 private:
  using FullName = std::pair<std::string, std::string>;  // namespace, name
  using Target = std::pair<const Workload*, std::uint16_t>;

  Snapshot(std::vector<Workload> workloads, std::vector<Service> services)
      : workloads_(std::move(workloads)), services_(std::move(services)) {}
  Result<void> index_workloads();
  Result<void> index_services();
  void index_target(const Service& service, const ServicePort& port, const Workload& workload);

  const std::vector<Workload> workloads_;
  const std::vector<Service> services_;
  std::map<FullName, const Workload*> workload_by_name_;
  std::map<FullName, PodRef> pod_by_name_;
  std::map<FullName, const Service*> service_by_name_;
  std::unordered_map<IpAddress, PodRef> pod_by_ip_;
  std::unordered_map<IpAddress, const Service*> service_by_ip_;
  // Targets of service ports that are opaque.
  std::set<Target> opaque_targets_;
  std::map<Target, std::vector<model::DeclaredRoute>> routes_to_;
  const std::vector<model::DeclaredRoute> no_routes_;
};

}  // namespace seine::control
