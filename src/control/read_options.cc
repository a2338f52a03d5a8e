// SPDX-License-Identifier: Apache-2.0
#include "control/read_options.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

#include "control/policy/inbound.h"
#include "control/registry/announcement.h"

namespace seine::control {
namespace {

constexpr std::chrono::seconds kShortestLifetime{10};
// As src/netns chooses them first; whoever starts a registry looks whether the host uses them.
constexpr char kPodNetworks[] = "100.96.0.0/16,fd00:5e1e::/64";
constexpr char kServiceNetworks[] = "100.97.0.0/16";
constexpr char kCluster[] = "local";

std::unexpected<Error> bad_flag(std::string_view flag, std::string_view why) {
  return fail(ErrorCode::kInvalidConfig, std::string(flag) + ": " + std::string(why));
}

// What stands between commas, but for nothing.
std::vector<std::string_view> split_list(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    if (comma > 0) out.push_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return out;
}

Result<void> read_addr(std::string_view flag, std::string_view text, SocketAddr& out) {
  const auto addr = SocketAddr::parse(text);
  if (!addr) return bad_flag(flag, addr.error().message);
  out = *addr;
  return {};
}

Result<void> read_listeners(const OptionTexts& texts, Options& options) {
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

Result<void> read_registry(const OptionTexts& texts, Options& options) {
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

Result<void> read_pages(const OptionTexts& texts, Options& options) {
  if (texts.web_listen.empty()) {
    if (texts.assets.empty()) return {};
    return bad_flag("--assets", "is of pages, and needs --web-listen");
  }
  if (!options.registry)
    return bad_flag("--web-listen", "is of a registry, and needs --registry-dir");
  PagesOptions pages{.listen = {}, .assets = texts.assets};
  auto read = read_addr("--web-listen", texts.web_listen, pages.listen);
  if (read) options.pages = std::move(pages);
  return read;
}

Result<void> read_policy(const OptionTexts& texts, Options& options) {
  std::vector<IpNet> networks;
  for (const std::string_view text : split_list(texts.cluster_networks)) {
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

Result<void> read_rest(const OptionTexts& texts, Options& options) {
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

Result<void> read_options(const OptionTexts& texts, Options& options) {
  auto read = read_listeners(texts, options);
  if (read) read = read_names(options);
  if (read) read = read_rest(texts, options);
  if (read) read = read_registry(texts, options);
  if (read) read = read_pages(texts, options);
  if (read) read = read_policy(texts, options);
  return read;
}

}  // namespace seine::control
