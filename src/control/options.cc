// SPDX-License-Identifier: Apache-2.0
// The only file that sees CLI11.
#include "control/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <utility>

#include "control/policy/inbound.h"

namespace seine::control {
namespace {

constexpr std::chrono::seconds kShortestLifetime{10};
// As src/netns chooses them first; whoever starts a registry looks whether the host uses them.
constexpr char kPodNetworks[] = "100.96.0.0/16,fd00:5e1e::/64";
constexpr char kServiceNetworks[] = "100.97.0.0/16";
constexpr char kCluster[] = "local";

// Flags as they were written.
struct Texts {
  std::string listen_identity = "127.0.0.1:8080";
  std::string listen_destination = "127.0.0.1:8086";
  std::string listen_policy = "127.0.0.1:8090";
  std::string admin_listen = "127.0.0.1:9990";
  std::string issuance_lifetime = "24h";
  std::string default_inbound_policy;
  std::string cluster_networks;
  std::string registry_dir;
  std::string cluster_name;
  std::string pod_networks;
  std::string service_networks;
  std::string log_level = "info";
  std::string log_format = "plain";
};

void add_flags(CLI::App& app, Texts& texts, Options& options) {
  const auto add = [&app](const char* name, std::string& value, const char* help) {
    std::string variable = "SEINE_CONTROLLER_";
    for (const char c : std::string_view(name).substr(2)) {
      variable.push_back(c == '-' ? '_' : static_cast<char>(c - 'a' + 'A'));
    }
    return app.add_option(name, value, help)->envname(variable)->capture_default_str();
  };
  add("--listen-identity", texts.listen_identity, "where Identity is served");
  add("--listen-destination", texts.listen_destination, "where Destination is served");
  add("--listen-policy", texts.listen_policy, "where policies are served");
  add("--admin-listen", texts.admin_listen, "where /live, /ready and /metrics are served");
  add("--state-dir", options.state_dir, "keys and certificates of the authority");
  add("--workloads", options.workloads, "a JSON file of workloads and services, followed live");
  add("--registry-dir", texts.registry_dir,
      "in the place of --workloads: the directory of a registry that processes join");
  add("--cluster-name", texts.cluster_name, "of the registry; local by default");
  add("--pod-networks", texts.pod_networks,
      "of the registry: IPv4[,IPv6]; 100.96.0.0/16,fd00:5e1e::/64 by default");
  add("--service-networks", texts.service_networks,
      "of the registry: IPv4[,IPv6]; 100.97.0.0/16 by default");
  add("--trust-domain", options.names.trust_domain, "ends every identity");
  add("--cluster-domain", options.names.cluster_domain, "ends every service's name");
  add("--control-namespace", options.names.control_ns, "the namespace of the control plane");
  add("--identity-name", options.identity_name, "who serves Identity, if not linkerd-identity");
  add("--destination-name", options.destination_name,
      "who serves Destination and policies, if not linkerd-destination");
  add("--issuance-lifetime", texts.issuance_lifetime, "how long a workload's certificate lives");
  add("--default-inbound-policy", texts.default_inbound_policy,
      "what a port without a policy permits; by default all-authenticated with --registry-dir, "
      "else all-unauthenticated");
  add("--cluster-networks", texts.cluster_networks, "comma-separated, for policies that need them");
  add("--log-level", texts.log_level, "trace, debug, info, warn, error or off");
  add("--log-format", texts.log_format, "plain or json");
  app.add_flag("--print-trust-anchors", options.print_trust_anchors,
               "print the trust anchors as PEM and exit");
}

std::unexpected<Error> bad_flag(std::string_view flag, std::string_view why) {
  return fail(ErrorCode::kInvalidConfig, std::string(flag) + ": " + std::string(why));
}

Result<void> read_addr(std::string_view flag, std::string_view text, SocketAddr& out) {
  const auto addr = SocketAddr::parse(text);
  if (!addr) return bad_flag(flag, addr.error().message);
  out = *addr;
  return {};
}

Result<void> read_listeners(const Texts& texts, Options& options) {
  auto read = read_addr("--listen-identity", texts.listen_identity, options.listen_identity);
  if (read) {
    read = read_addr("--listen-destination", texts.listen_destination, options.listen_destination);
  }
  if (read) read = read_addr("--listen-policy", texts.listen_policy, options.listen_policy);
  if (read) read = read_addr("--admin-listen", texts.admin_listen, options.admin_listen);
  return read;
}

Result<void> read_names(Options& options) {
  auto valid = options.names.validate();
  if (!valid) return valid;
  const auto fill = [&options](std::string& name, const char* flag,
                               const char* account) -> Result<void> {
    const auto identity = name.empty() ? options.names.identity(options.names.control_ns, account)
                                       : model::Identity::parse_dns(name);
    if (!identity) return bad_flag(flag, identity.error().message);
    name = identity->text();
    return {};
  };
  auto filled = fill(options.identity_name, "--identity-name", "linkerd-identity");
  if (filled) {
    filled = fill(options.destination_name, "--destination-name", "linkerd-destination");
  }
  return filled;
}

Result<AddressRange> read_range(std::string_view flag, std::string_view text,
                                std::string_view fallback) {
  auto range = AddressRange::parse(text.empty() ? fallback : text);
  if (!range) return bad_flag(flag, range.error().message);
  return range;
}

Result<void> read_registry(const Texts& texts, Options& options) {
  if (texts.registry_dir.empty()) {
    for (const auto& [flag, text] : {std::pair("--cluster-name", &texts.cluster_name),
                                     std::pair("--pod-networks", &texts.pod_networks),
                                     std::pair("--service-networks", &texts.service_networks)}) {
      if (!text->empty()) return bad_flag(flag, "is of a registry, and needs --registry-dir");
    }
    if (!options.workloads.empty() || options.print_trust_anchors) return {};
    return bad_flag("--workloads", "is required, or --registry-dir in its place");
  }
  if (!options.workloads.empty()) {
    return bad_flag("--registry-dir", "takes the place of --workloads, so give one of them");
  }
  const std::string cluster = texts.cluster_name.empty() ? kCluster : texts.cluster_name;
  auto named = check_dns_label("cluster name", cluster);
  if (!named) return bad_flag("--cluster-name", named.error().message);
  auto pods = read_range("--pod-networks", texts.pod_networks, kPodNetworks);
  if (!pods) return fail(std::move(pods.error()));
  auto services = read_range("--service-networks", texts.service_networks, kServiceNetworks);
  if (!services) return fail(std::move(services.error()));
  if (pods->overlaps(*services)) {
    return bad_flag("--service-networks", "shares addresses with --pod-networks");
  }
  options.registry = RegistryOptions{texts.registry_dir, {cluster, *pods, *services}};
  return {};
}

Result<void> read_policy(const Texts& texts, Options& options) {
  std::vector<IpNet> networks;
  for (const std::string& text : CLI::detail::split(texts.cluster_networks, ',')) {
    if (text.empty()) continue;
    const auto network = IpNet::parse(text);
    if (!network) return bad_flag("--cluster-networks", network.error().message);
    networks.push_back(*network);
  }
  std::string name = texts.default_inbound_policy;
  if (name.empty()) name = options.registry ? "all-authenticated" : "all-unauthenticated";
  auto policy = make_sent_default_policy(name, networks);
  if (!policy) return bad_flag("--default-inbound-policy", policy.error().message);
  options.default_inbound_policy = *std::move(policy);
  return {};
}

Result<void> read_rest(const Texts& texts, Options& options) {
  const auto lifetime = parse_duration(texts.issuance_lifetime);
  if (!lifetime) return bad_flag("--issuance-lifetime", lifetime.error().message);
  if (*lifetime < kShortestLifetime) {
    return bad_flag("--issuance-lifetime", "must be at least 10s");
  }
  options.issuance_lifetime = *lifetime;
  const auto level = parse_log_filter(texts.log_level);
  if (!level) return bad_flag("--log-level", level.error().message);
  options.log_level = *level;
  if (texts.log_format != "plain" && texts.log_format != "json") {
    return bad_flag("--log-format", "must be plain or json, not \"" + texts.log_format + "\"");
  }
  options.log_format = texts.log_format == "json" ? LogFormat::kJson : LogFormat::kPlain;
  if (options.state_dir.empty()) return bad_flag("--state-dir", "is required");
  return {};
}

}  // namespace

Result<std::variant<Options, Printed>> parse_options(int argc, const char* const* argv,
                                                     std::string_view version) {
  CLI::App app("The control plane of a Seine mesh: identities, destinations, policies.",
               "seine-controller");
  Texts texts;
  Options options;
  add_flags(app, texts, options);
  app.set_version_flag("--version", std::string(version));
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return Printed{app.help()};
  } catch (const CLI::CallForVersion&) {
    return Printed{std::string(version) + "\n"};
  } catch (const CLI::ParseError& error) {
    std::string sentence = error.what();
    std::ranges::replace(sentence, '\n', ' ');
    return fail(ErrorCode::kInvalidConfig, std::move(sentence));
  }
  auto read = read_listeners(texts, options);
  if (read) read = read_names(options);
  if (read) read = read_rest(texts, options);
  if (read) read = read_registry(texts, options);
  if (read) read = read_policy(texts, options);
  if (!read) return fail(std::move(read.error()));
  return options;
}

}  // namespace seine::control
