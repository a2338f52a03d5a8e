// SPDX-License-Identifier: Apache-2.0
#include "control/registry/registry_file.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <utility>

#include "control/registry/registry_limits.h"
#include "control/registry/service_routes.h"
#include "json/fields.h"
#include "json/value.h"
#include "json/writer.h"

namespace seine::control {
namespace {

using json::Fields;

constexpr std::int64_t kLastSecond = 8'000'000'000;  // in the year 2223

std::string_view protocol_name(PortProtocol protocol) {
  switch (protocol) {
    case PortProtocol::kDetect: return "detect";
    case PortProtocol::kHttp1: return "http1";
    case PortProtocol::kHttp2: return "http2";
    case PortProtocol::kGrpc: return "grpc";
    case PortProtocol::kOpaque: return "opaque";
    case PortProtocol::kTls: return "tls";
  }
  return "detect";
}

void write_numbers(json::Writer& out, std::string_view key,
                   const std::vector<std::uint16_t>& numbers) {
  out.key(key).begin_array();
  for (const std::uint16_t number : numbers) out.integer(number);
  out.end_array();
}

void write_ips(json::Writer& out, const std::vector<IpAddress>& ips) {
  out.key("ips").begin_array();
  for (const IpAddress& ip : ips) out.string(ip.to_string());
  out.end_array();
}

// Absent where there are none, as in files of those who knew none.
void write_routes(json::Writer& out, const std::vector<model::DeclaredRoute>& routes) {
  if (routes.empty()) return;
  out.key("routes").begin_array();
  for (const model::DeclaredRoute& route : routes) out.string(model::to_text(route));
  out.end_array();
}

void write_announced(json::Writer& out, const Announcement& announced) {
  out.key("service").string(announced.service);
  out.key("service_account").string(announced.service_account);
  out.key("version").string(announced.version);
  out.key("labels").begin_object();
  for (const auto& [key, value] : announced.labels) out.key(key).string(value);
  out.end_object();
  out.key("ports").begin_array();
  for (const WorkloadPort& port : announced.ports) {
    out.begin_object().key("port").integer(port.number);
    out.key("protocol").string(protocol_name(port.protocol)).key("probes").begin_array();
    for (const std::string& path : port.probes) out.string(path);
    out.end_array().end_object();
  }
  out.end_array();
  write_numbers(out, "published", announced.published);
  write_routes(out, announced.routes);
}

void write_lease(json::Writer& out, const RegistryScope& scope, const Lease& lease) {
  out.begin_object();
  out.key("cluster").string(scope.cluster).key("namespace").string(lease.announced.ns);
  out.key("workload").string(lease.announced.workload).key("pod").string(lease.pod);
  out.key("lease").string(lease.id);
  out.key("secret_sha256").string(format_token_digest(lease.secret));
  write_ips(out, scope.pods.at(lease.address));
  write_announced(out, lease.announced);
  write_numbers(out, "listening", lease.listening);
  out.key("ready").boolean(lease.proxy_ready).key("leaving").boolean(lease.leaving);
  const auto since = lease.joining.since.time_since_epoch();
  out.key("since").integer(std::chrono::floor<std::chrono::seconds>(since).count());
  out.key("started_by").string(lease.joining.started_by);
  out.end_object();
}

// One reading of a document.
class Reading {
 public:
  Reading(const RegistryScope& scope, const MeshNames& names) : scope_(scope), names_(names) {}

  Result<ParsedRegistry> read(const json::Value& document) {
    Fields fields(document, "");
    const std::int64_t version = fields.integer("version", 1, INT32_MAX);
    if (!fields.failed() && version > kRegistryVersion) {
      return fail(ErrorCode::kInvalidConfig,
                  "was written by a newer seine-controller; start that one");
    }
    parsed_.state.next_pod =
        static_cast<std::uint32_t>(fields.integer_or("next_pod", 0, 0, UINT32_MAX));
    const auto leases = fields.list_or_empty<std::optional<Lease>>(
        "leases", kMaxLeases, [this](Fields& inner) { return lease(inner); });
    const auto services = fields.list_or_empty<std::optional<KnownService>>(
        "services", kMaxKnownServices, [this](Fields& inner) { return service(inner); });
    const json::Array& resting = fields.array_or_empty("resting");
    for (std::size_t i = 0; i < resting.size() && !fields.failed(); ++i) {
      Fields inner(resting[i], fields.path_of("resting", i));
      rest(inner);
      if (auto done = inner.finish(); !done) fields.add_error(std::move(done.error()));
    }
    auto done = fields.finish();
    if (other_cluster_) return fail(ErrorCode::kInvalidConfig, *std::move(other_cluster_));
    if (!done) return fail(std::move(done.error()));
    for (const auto& lease : leases) keep(lease, parsed_.state.leases);
    for (const auto& service : services) keep(service, parsed_.state.services);
    return std::move(parsed_);
  }

 private:
  // Each value of the document once; a second one is damage.
  void once(Fields& fields, std::string_view key, std::string value) {
    if (!seen_.insert(std::string(key) + " " + value).second) {
      fields.add_error(key, "stands twice: " + value);
    }
  }

  template <class T>
  void keep(const std::optional<T>& entry, std::vector<T>& into) {
    if (entry) {
      into.push_back(*entry);
    } else {
      ++parsed_.foreign;
    }
  }

  void read_cluster(Fields& fields) {
    const std::string cluster = fields.text("cluster");
    if (!fields.failed() && cluster != scope_.cluster && !other_cluster_) {
      other_cluster_ =
          "is of cluster \"" + cluster + "\", and this controller is of \"" + scope_.cluster + "\"";
    }
  }

  // Nothing if the addresses are of another range, as after a change of the configuration.
  std::optional<std::uint32_t> address(Fields& fields, const AddressRange& range) {
    std::vector<IpAddress> ips;
    for (const std::string& text : fields.texts_or_empty("ips")) {
      const auto ip = IpAddress::parse(text);
      if (ip) {
        ips.push_back(*ip);
      } else {
        fields.add_error("ips", "holds what is no IP address");
      }
    }
    if (ips.empty()) {
      fields.add_error("ips", "is missing or empty");
      return std::nullopt;
    }
    const auto offset = range.offset_of(ips.front());
    return offset && range.at(*offset) == ips ? offset : std::nullopt;
  }

  std::vector<std::uint16_t> numbers(Fields& fields, std::string_view key) {
    std::vector<std::uint16_t> out;
    for (const std::int64_t number : fields.integers_or_empty(key, 1, 65535)) {
      out.push_back(static_cast<std::uint16_t>(number));
    }
    return out;
  }

  WorkloadPort port(Fields& fields) {
    WorkloadPort out;
    out.number = static_cast<std::uint16_t>(fields.integer("port", 1, 65535));
    const auto protocol = parse_port_protocol(fields.text("protocol"));
    if (protocol) {
      out.protocol = *protocol;
    } else {
      fields.add_error("protocol", protocol.error().message);
    }
    out.probes = fields.texts_or_empty("probes");
    return out;
  }

  Announcement announced(Fields& fields) {
    Announcement out{.ns = fields.text("namespace"),
                     .workload = fields.text("workload"),
                     .service = fields.text("service"),
                     .service_account = fields.text("service_account"),
                     .version = fields.text_or("version", "")};
    for (auto& [key, value] : fields.text_map_or_empty("labels")) out.labels[key] = value;
    out.ports = fields.list_or_empty<WorkloadPort>("ports", kMaxDeclaredPorts,
                                                   [this](Fields& inner) { return port(inner); });
    out.published = numbers(fields, "published");
    out.routes = read_routes(fields, model::kMaxDeclaredRoutes);
    auto checked = check_announcement(std::move(out), names_);
    if (checked) return *std::move(checked);
    fields.add_error(std::move(checked.error()));
    return {};
  }

  std::optional<Lease> lease(Fields& fields) {
    read_cluster(fields);
    Lease out{.id = fields.text("lease"), .announced = announced(fields)};
    out.pod = fields.text("pod");
    const auto secret = parse_token_digest(fields.text("secret_sha256"));
    if (secret) {
      out.secret = *secret;
    } else {
      fields.add_error("secret_sha256", secret.error().message);
    }
    out.listening = numbers(fields, "listening");
    out.proxy_ready = fields.boolean_or("ready", false);
    out.leaving = fields.boolean_or("leaving", false);
    out.joining.since =
        WallTime(std::chrono::seconds(fields.integer_or("since", 0, 0, kLastSecond)));
    out.joining.started_by = fields.text_or("started_by", "");
    if (out.joining.started_by.size() > kMaxUserName) {
      fields.add_error("started_by", "is over 256 octets");
    }
    auto named = check_dns_label("pod", out.pod);
    if (!named) fields.add_error(std::move(named.error()));
    std::ranges::sort(out.listening);
    once(fields, "lease", out.id);
    once(fields, "pod", out.pod_key());
    const auto offset = address(fields, scope_.pods);
    if (!offset) return std::nullopt;
    out.address = *offset;
    once(fields, "ips", scope_.pods.at(*offset)[0].to_string());
    return out;
  }

  std::optional<KnownService> service(Fields& fields) {
    read_cluster(fields);
    KnownService out{.ns = fields.text("namespace"), .name = fields.text("name")};
    out.ports = numbers(fields, "ports");
    out.routes = read_routes(fields, kMaxServiceRoutes);
    auto named = check_dns_label("namespace", out.ns);
    if (named) named = check_dns_label("service", out.name);
    if (!named) fields.add_error(std::move(named.error()));
    once(fields, "name", out.ns + "/" + out.name);
    for (const std::uint16_t number : out.ports) {
      once(fields, "ports", out.ns + "/" + out.name + ":" + std::to_string(number));
    }
    const auto offset = address(fields, scope_.services);
    if (!offset) return std::nullopt;
    out.address = *offset;
    once(fields, "ips", scope_.services.at(*offset)[0].to_string());
    return out;
  }

  void rest(Fields& fields) {
    read_cluster(fields);
    std::string pod = fields.text("pod");
    const auto ip = IpAddress::parse(fields.text("ip"));
    if (!ip) {
      fields.add_error("ip", "is no IP address");
    } else if (const auto offset = scope_.pods.offset_of(*ip)) {
      parsed_.state.resting[*offset] = std::move(pod);
    }
  }

  const RegistryScope& scope_;
  const MeshNames& names_;
  ParsedRegistry parsed_;
  std::set<std::string> seen_;
  std::optional<std::string> other_cluster_;
};

}  // namespace

std::string encode_registry(const RegistryScope& scope, const RegistryState& state) {
  json::Writer out;
  out.begin_object().key("version").integer(kRegistryVersion);
  out.key("next_pod").integer(state.next_pod);
  out.key("leases").begin_array();
  for (const Lease& lease : state.leases) write_lease(out, scope, lease);
  out.end_array().key("services").begin_array();
  for (const KnownService& service : state.services) {
    out.begin_object().key("cluster").string(scope.cluster);
    out.key("namespace").string(service.ns).key("name").string(service.name);
    write_ips(out, scope.services.at(service.address));
    write_numbers(out, "ports", service.ports);
    write_routes(out, service.routes);
    out.end_object();
  }
  out.end_array().key("resting").begin_array();
  for (const auto& [offset, pod] : state.resting) {
    out.begin_object().key("cluster").string(scope.cluster).key("pod").string(pod);
    out.key("ip").string(scope.pods.at(offset)[0].to_string()).end_object();
  }
  out.end_array().end_object();
  return std::move(out).take();
}

Result<ParsedRegistry> parse_registry(std::string_view text, const RegistryScope& scope,
                                      const MeshNames& names) {
  const auto document = json::parse(text, {.max_bytes = kMaxRegistryBytes, .max_depth = 8});
  if (!document) return fail(document.error());
  return Reading(scope, names).read(*document);
}

}  // namespace seine::control
