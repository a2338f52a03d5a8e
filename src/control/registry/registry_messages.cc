// SPDX-License-Identifier: Apache-2.0
#include "control/registry/registry_messages.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <utility>

#include "control/encode_values.h"
#include "control/registry/registry_limits.h"
#include "control/registry/service_routes.h"
#include "json/writer.h"

namespace seine::control {

namespace wire = seine::registry::v1;

namespace {

constexpr std::array<PortProtocol, 6> kProtocols{PortProtocol::kDetect, PortProtocol::kHttp1,
                                                 PortProtocol::kHttp2,  PortProtocol::kGrpc,
                                                 PortProtocol::kOpaque, PortProtocol::kTls};
static_assert(static_cast<int>(PortProtocol::kTls) == wire::TLS, "the contract's order is ours");

std::unexpected<Error> refuse(std::string why) {
  return fail(ErrorCode::kInvalidArgument, std::move(why));
}

Result<std::uint16_t> decode_number(std::uint32_t number) {
  if (number >= 1 && number <= 65535) return static_cast<std::uint16_t>(number);
  return refuse("the port " + std::to_string(number) + " must be from 1 to 65535");
}

Result<WorkloadPort> decode_port(const wire::Port& port) {
  const auto number = decode_number(port.number());
  if (!number) return fail(number.error());
  const auto protocol = static_cast<std::size_t>(port.protocol());
  if (protocol >= kProtocols.size()) {
    return refuse("port " + std::to_string(*number) + " has a protocol this controller has not");
  }
  return WorkloadPort{.number = *number,
                      .protocol = kProtocols[protocol],
                      .probes = {port.probes().begin(), port.probes().end()}};
}

void encode_server(const MeshServer& server, wire::Endpoint& out) {
  out.set_addr(server.addr.to_string());
  out.set_name(server.name);
}

void encode_pod(const Lease& lease, const RegistryScope& scope, wire::ListedPod& out) {
  const Announcement& announced = lease.announced;
  out.set_name(lease.pod);
  for (const IpAddress& ip : scope.pods.at(lease.address)) out.add_ips(ip.to_string());
  out.set_version(announced.version);
  for (const auto& [key, value] : announced.labels) (*out.mutable_labels())[key] = value;
  for (const WorkloadPort& port : announced.ports) encode_port(port, *out.add_ports());
  for (const std::uint16_t port : announced.published) out.add_published(port);
  for (const std::uint16_t port : lease.listening) out.add_listening(port);
  out.set_proxy_ready(lease.proxy_ready);
  out.set_leaving(lease.leaving);
}

}  // namespace

Result<JoinWish> decode_join(const wire::JoinRequest& request, const std::string& cluster) {
  if (!request.cluster().empty() && request.cluster() != cluster) {
    return refuse("this controller is of cluster \"" + cluster + "\", not of the one asked for");
  }
  JoinWish wish;
  Announcement& out = wish.announcement;
  out.ns = request.namespace_();
  out.workload = request.workload();
  out.service = request.service();
  out.service_account = request.service_account();
  out.version = request.version();
  out.labels = {request.labels().begin(), request.labels().end()};
  for (const wire::Port& port : request.ports()) {
    auto decoded = decode_port(port);
    if (!decoded) return fail(std::move(decoded.error()));
    out.ports.push_back(*std::move(decoded));
  }
  for (const std::uint32_t port : request.published()) {
    const auto number = decode_number(port);
    if (!number) return fail(number.error());
    out.published.push_back(*number);
  }
  for (const std::string& text : request.routes()) {
    auto route = read_route(text);
    if (!route) return fail(std::move(route.error()));
    out.routes.push_back(*std::move(route));
  }
  if (!request.has_claim()) return wish;
  const auto ip = IpAddress::parse(request.claim().ips_size() > 0 ? request.claim().ips(0) : "");
  if (!ip) return refuse("the pod that is claimed has no address");
  wish.claim = PodClaim{.pod = request.claim().name(), .ip = *ip};
  return wish;
}

Renewal decode_renewal(const wire::RenewRequest& request) {
  Renewal renewal{.proxy_ready = request.proxy_ready()};
  for (const std::uint32_t port : request.listening()) {
    if (const auto number = decode_number(port)) renewal.listening.push_back(*number);
    if (renewal.listening.size() >= kMaxDeclaredPorts) break;
  }
  return renewal;
}

void encode_port(const WorkloadPort& port, wire::Port& out) {
  out.set_number(port.number);
  out.set_protocol(static_cast<wire::Protocol>(port.protocol));
  for (const std::string& path : port.probes) out.add_probes(path);
}

void encode_service(const Service& service, wire::ListedService& out) {
  out.set_namespace_(service.ns);
  out.set_name(service.name);
  for (const IpAddress& ip : service.cluster_ips) out.add_ips(ip.to_string());
  for (const ServicePort& port : service.ports) out.add_ports(port.number);
  for (const std::string& workload : service.workloads) out.add_workloads(workload);
}

void encode_mesh(const MeshDescription& mesh, wire::Mesh& out) {
  out.set_cluster_domain(mesh.cluster_domain);
  out.set_trust_anchors_pem(mesh.trust_anchors_pem);
  encode_server(mesh.identity, *out.mutable_identity());
  encode_server(mesh.destination, *out.mutable_destination());
  encode_server(mesh.policy, *out.mutable_policy());
  encode_server(mesh.telemetry, *out.mutable_telemetry());
  for (const IpNet& net : mesh.pod_networks) out.add_pod_networks(net.to_string());
  for (const IpNet& net : mesh.service_networks) out.add_service_networks(net.to_string());
  for (const IpAddress& ip : mesh.hub_ips) out.add_hub_ips(ip.to_string());
  out.set_default_inbound_policy(mesh.default_inbound_policy);
  out.set_tap_identity(mesh.tap_identity);
}

void encode_joined(const Joined& joined, wire::JoinResponse& out) {
  out.set_lease(joined.lease);
  out.set_secret(joined.secret);
  encode_duration(kLeaseTerm, *out.mutable_term());
  encode_duration(kRenewEvery, *out.mutable_renew_every());
  out.mutable_pod()->set_name(joined.pod);
  for (const IpAddress& ip : joined.ips) out.mutable_pod()->add_ips(ip.to_string());
  for (const IpAddress& ip : joined.service_ips) out.add_service_ips(ip.to_string());
}

void encode_list(const std::string& cluster, const std::vector<Lease>& leases,
                 const Snapshot& snapshot, const RegistryScope& scope, wire::ListResponse& out) {
  out.set_cluster(cluster);
  std::map<std::pair<std::string, std::string>, wire::ListedWorkload*> workloads;
  for (const Workload& workload : snapshot.workloads()) {
    wire::ListedWorkload& one = *out.add_workloads();
    one.set_namespace_(workload.ns);
    one.set_name(workload.name);
    one.set_service_account(workload.service_account);
  }
  for (wire::ListedWorkload& one : *out.mutable_workloads()) {
    workloads[{one.namespace_(), one.name()}] = &one;
  }
  for (const Lease& lease : leases) {
    const auto found = workloads.find({lease.announced.ns, lease.announced.workload});
    if (found == workloads.end()) continue;
    found->second->set_service(lease.announced.service);
    encode_pod(lease, scope, *found->second->add_pods());
  }
  for (const Service& service : snapshot.services()) encode_service(service, *out.add_services());
}

std::string make_context(std::string_view ns, std::string_view pod) {
  json::Writer out;
  out.begin_object().key("ns").string(ns).key("pod").string(pod).end_object();
  return std::move(out).take();
}

std::optional<Duration> find_clock_skew(const google::protobuf::Timestamp& callers, WallTime now) {
  if (callers.seconds() == 0) return std::nullopt;
  // Far beyond any clock, and within what a WallTime can hold.
  constexpr std::int64_t kLatest = 9'000'000'000;
  const std::chrono::seconds seconds(std::clamp<std::int64_t>(callers.seconds(), 0, kLatest));
  const Duration skew = WallTime(seconds) - now;
  if (skew <= kClockSkew && skew >= -Duration(kClockSkew)) return std::nullopt;
  return skew;
}

Duration decode_duration(const google::protobuf::Duration& in, Duration longest) {
  constexpr std::int64_t kDay = 86'400;
  const std::chrono::seconds seconds(std::clamp<std::int64_t>(in.seconds(), 0, kDay));
  const std::chrono::nanoseconds nanos(std::clamp<std::int32_t>(in.nanos(), 0, 999'999'999));
  return std::min<Duration>(seconds + nanos, longest);
}

}  // namespace seine::control
