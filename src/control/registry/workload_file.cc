// SPDX-License-Identifier: Apache-2.0
#include "control/registry/workload_file.h"

#include <optional>
#include <string>
#include <utility>

#include "control/registry/service_routes.h"
#include "control/registry/token_digest.h"
#include "json/fields.h"
#include "json/value.h"
#include "model/server_policy.h"

namespace seine::control {
namespace {

using json::Fields;

// Names become labels, DNS names and certificate names, so they are what Kubernetes allows:
// letters in lower case, digits, '-' and '.', opening and closing with a letter or a digit.
bool is_object_name(std::string_view name) {
  const auto is_alphanumeric = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  };
  if (name.empty() || name.size() > 253) return false;
  if (!is_alphanumeric(name.front()) || !is_alphanumeric(name.back())) return false;
  for (const char c : name) {
    if (!is_alphanumeric(c) && c != '-' && c != '.') return false;
  }
  return true;
}

std::string object_name(Fields& fields, std::string_view key, std::optional<std::string> fallback) {
  std::string name = fallback ? fields.text_or(key, *fallback) : fields.text(key);
  if (!is_object_name(name)) {
    fields.add_error(key, "must be a name of lower-case letters, digits, '-' and '.'");
  }
  return name;
}

std::vector<IpAddress> addresses(Fields& fields, std::string_view key) {
  std::vector<IpAddress> out;
  for (const std::string& text : fields.texts_or_empty(key)) {
    auto ip = IpAddress::parse(text);
    if (ip) {
      out.push_back(ip->unmapped());
    } else {
      fields.add_error(key, "holds \"" + text + "\", which is no IP address");
    }
  }
  return out;
}

WorkloadPort decode_workload_port(Fields& fields) {
  WorkloadPort port;
  port.name = fields.text_or("name", "");
  port.number = static_cast<std::uint16_t>(fields.integer("port", 1, 65535));
  port.skipped = fields.boolean_or("skip_inbound", false);
  port.probes = fields.texts_or_empty("probes");
  if (port.probes.size() > kMaxProbesPerPort) {
    fields.add_error("probes", "has more than " + std::to_string(kMaxProbesPerPort) + " elements");
  }
  for (const std::string& path : port.probes) {
    if (!path.starts_with('/')) fields.add_error("probes", "must hold paths, which open with '/'");
  }
  const auto protocol = parse_port_protocol(fields.text_or("protocol", "detect"));
  if (protocol) {
    port.protocol = *protocol;
  } else {
    fields.add_error("protocol", protocol.error().message);
  }
  return port;
}

Pod decode_pod(Fields& fields) {
  Pod pod;
  pod.name = object_name(fields, "name", std::nullopt);
  pod.ips = addresses(fields, "ips");
  pod.ready = fields.boolean_or("ready", true);
  if (pod.ips.empty()) fields.add_error("ips", "is missing or empty");
  return pod;
}

std::vector<TokenDigest> decode_tokens(Fields& fields) {
  std::vector<TokenDigest> tokens;
  const std::string plain = fields.text_or("token", "");
  if (!plain.empty()) tokens.push_back(digest_token(plain));
  const std::string hex = fields.text_or("token_sha256", "");
  if (!hex.empty()) {
    const auto digest = parse_token_digest(hex);
    if (digest) {
      tokens.push_back(*digest);
    } else {
      fields.add_error("token_sha256", digest.error().message);
    }
  }
  return tokens;
}

std::string inbound_policy(Fields& fields, std::string_view key) {
  std::string name = fields.text_or(key, "");
  if (name.empty()) return name;
  const auto policy = model::make_default_server_policy(name, {}, Duration::zero());
  if (!policy) {
    fields.add_error(
        make_error(ErrorCode::kInvalidConfig, fields.path_of(key) + ": " + policy.error().message));
  }
  return name;
}

Workload decode_workload(Fields& fields, const std::string& cluster) {
  Workload workload;
  workload.cluster = cluster;
  workload.ns = object_name(fields, "namespace", std::nullopt);
  workload.name = object_name(fields, "name", std::nullopt);
  workload.kind = fields.text_or("kind", "deployment");
  workload.service_account = object_name(fields, "service_account", workload.name);
  workload.version = fields.text_or("version", "");
  workload.zone = fields.text_or("zone", "");
  workload.inbound_policy = inbound_policy(fields, "inbound_policy");
  workload.meshed = fields.boolean_or("meshed", true);
  for (auto& [key, value] : fields.text_map_or_empty("labels")) workload.labels[key] = value;
  workload.tokens = decode_tokens(fields);
  workload.ports =
      fields.list_or_empty<WorkloadPort>("ports", kMaxPortsPerEntry, decode_workload_port);
  workload.pods = fields.list_or_empty<Pod>("pods", kMaxPods, decode_pod);
  return workload;
}

ServicePort decode_service_port(Fields& fields) {
  ServicePort port;
  port.name = fields.text_or("name", "");
  port.number = static_cast<std::uint16_t>(fields.integer("port", 1, 65535));
  port.target = static_cast<std::uint16_t>(fields.integer_or("target_port", port.number, 1, 65535));
  port.opaque = fields.boolean_or("opaque", false);
  return port;
}

std::vector<model::DeclaredRoute> read_service_routes(Fields& fields) {
  std::vector<model::DeclaredRoute> routes = read_routes(fields, model::kMaxDeclaredRoutes);
  if (auto checked = model::check_declared_routes(routes); !checked) {
    fields.add_error(make_error(ErrorCode::kInvalidConfig,
                                fields.path_of("routes") + ": " + checked.error().message));
  }
  model::sort_by_precision(routes);
  return routes;
}

Service decode_service(Fields& fields) {
  Service service;
  service.ns = object_name(fields, "namespace", std::nullopt);
  service.name = object_name(fields, "name", std::nullopt);
  service.cluster_ips = addresses(fields, "cluster_ips");
  service.ports =
      fields.list_or_empty<ServicePort>("ports", kMaxPortsPerEntry, decode_service_port);
  const bool names_workloads = fields.find("workloads") != nullptr;
  service.routes = read_service_routes(fields);
  service.workloads =
      names_workloads ? fields.texts_or_empty("workloads") : std::vector<std::string>{service.name};
  return service;
}

}  // namespace

Result<std::shared_ptr<const Snapshot>> parse_workload_file(std::string_view text) {
  auto document = json::parse(text);
  if (!document) {
    document.error().code = ErrorCode::kInvalidConfig;
    return fail(std::move(document.error()));
  }
  Fields fields(*document, "");
  const std::string cluster = fields.text_or("cluster", "");
  auto workloads = fields.list_or_empty<Workload>(
      "workloads", kMaxWorkloads,
      [&cluster](Fields& inner) { return decode_workload(inner, cluster); });
  auto services = fields.list_or_empty<Service>("services", kMaxServices, decode_service);
  std::size_t pods = 0;
  for (const Workload& workload : workloads) pods += workload.pods.size();
  if (pods > kMaxPods) {
    fields.add_error("workloads", "have more than " + std::to_string(kMaxPods) + " pods together");
  }
  if (auto done = fields.finish(); !done) {
    done.error().code = ErrorCode::kInvalidConfig;
    return fail(std::move(done.error()));
  }
  return Snapshot::create(std::move(workloads), std::move(services));
}

}  // namespace seine::control
