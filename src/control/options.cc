// SPDX-License-Identifier: Apache-2.0
// The only file that sees CLI11.
#include "control/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

#include "control/read_options.h"

namespace seine::control {
namespace {

void add_flags(CLI::App& app, OptionTexts& texts, Options& options) {
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
  add("--web-listen", texts.web_listen,
      "of the registry: where the mesh's own pages are served; nowhere by default");
  add("--assets", texts.assets, "the folder of the built pages, if not that beside the program");
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

}  // namespace

Result<std::variant<Options, Printed>> parse_options(int argc, const char* const* argv,
                                                     std::string_view version) {
  CLI::App app("The control plane of a Seine mesh: identities, destinations, policies.",
               "seine-controller");
  OptionTexts texts;
  Options options;
  options.version = version;
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
  auto read = read_options(texts, options);
  if (!read) return fail(std::move(read.error()));
  return options;
}

}  // namespace seine::control
