// SPDX-License-Identifier: Apache-2.0
// seine up
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "cli/mesh/dns_servers.h"
#include "cli/mesh/ledger_delivery.h"
#include "cli/mesh/mesh_folder.h"
#include "cli/mesh/mesh_hub.h"
#include "cli/mesh/mesh_life.h"
#include "cli/mesh/programs.h"
#include "cli/mesh/running_meshes.h"
#include "cli/verb.h"

namespace seine::cli {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t kMaxResolvConf = 64 << 10;

struct UpOptions {
  std::string network;
  std::string cluster = "local";
  std::string log_level = "warn";
  std::string report_every = "10s";
  std::string admin_listen = "127.0.0.1:0";
  std::string dns_forward;
  bool no_dive = false;
  std::string dashboard_listen;
  std::string dive_log_level = "warn";
};

// Pages are for this machine: others would send their sessions in the clear.
Result<SocketAddr> read_dashboard(const UpOptions& options) {
  constexpr std::string_view kExpected =
      ": expected ADDR:PORT of this machine's loopback, as 127.0.0.1:50750; let others in by a "
      "proxy that speaks TLS";
  if (options.dashboard_listen.empty()) return DiveSettings().dashboard;
  auto addr = SocketAddr::parse(options.dashboard_listen);
  if (addr && addr->ip.is_loopback()) return addr;
  return fail(ErrorCode::kInvalidConfig,
              "up: --dashboard-listen " + options.dashboard_listen + std::string(kExpected));
}

// Nothing where it is not wanted, or not installed: a mesh is whole without it.
std::optional<DiveSettings> find_dive(const Log& log, const UpOptions& options,
                                      const SocketAddr& dashboard, const Invocation& invocation) {
  if (options.no_dive) return std::nullopt;
  const auto dive = find_program("seine-dive", invocation.environment);
  const auto agent = find_program("seine-dive-agent", invocation.environment);
  if (!dive || !agent) {
    log_warn(log, "the mesh runs without Dive",
             {{"reason", (dive ? agent : dive).error().message}});
    return std::nullopt;
  }
  return DiveSettings{.dive_program = *dive,
                      .agent_program = *agent,
                      .cluster = options.cluster,
                      .version = invocation.version,
                      .log_level = options.dive_log_level,
                      .dashboard = dashboard};
}

// Before the process has a second thread.
Result<Mesh> make_mesh(const Log& log, MeshFolder folder, const UpOptions& options,
                       const Invocation& invocation) {
  const auto every = parse_duration(options.report_every);
  if (!every || *every < 1s || *every > 60s) {
    return fail(ErrorCode::kInvalidConfig, "up: --report-every " + options.report_every +
                                               ": expected a duration from 1s to 60s");
  }
  const auto admin_listen = SocketAddr::parse(options.admin_listen);
  if (!admin_listen) {
    return fail(ErrorCode::kInvalidConfig, "up: --admin-listen: " + admin_listen.error().message);
  }
  const auto resolv_conf = read_file("/etc/resolv.conf", kMaxResolvConf);
  auto dns_servers = parse_dns_servers(options.dns_forward, resolv_conf ? *resolv_conf : "");
  if (!dns_servers) return fail(std::move(dns_servers.error()).with_context("up"));
  auto controller = find_program("seine-controller", invocation.environment);
  if (!controller) return fail(std::move(controller.error()));
  const auto dashboard = read_dashboard(options);
  if (!dashboard) return fail(dashboard.error());
  auto hub = find_or_make_hub(log, folder, options.network, *every);
  if (!hub) return fail(std::move(hub.error()));
  auto dive = find_dive(log, options, *dashboard, invocation);
  auto proxy = find_program("seine-proxy", invocation.environment);
  if (dive && !proxy) return fail(std::move(proxy.error()));
  hub->network.has_dive = dive.has_value();
  return Mesh{.folder = std::move(folder),
              .admin_listen = *admin_listen,
              // Without Dive they take the place of its own.
              .pages_listen = dive ? SocketAddr{dashboard->ip, 0} : *dashboard,
              .dns_servers = *std::move(dns_servers),
              .network = std::move(hub->network),
              .hub = std::move(hub->hub),
              .cluster = options.cluster,
              .controller_program = *std::move(controller),
              .controller_log_level = options.log_level,
              .proxy_program = proxy ? *std::move(proxy) : std::string(),
              .dive = std::move(dive)};
}

class UpCommand final : public Verb {
 public:
  VerbDeclaration declare() override {
    return {
        .name = "up",
        .summary = "run a mesh on this machine until Ctrl-C",
        .takes = {.flags = {{"--network",
                             "CIDR",
                             "addresses of pods and services (default: one of our own that the "
                             "machine does not use)",
                             &options_.network,
                             {}},
                            {"--cluster-name",
                             "NAME",
                             "what the mesh is called (default: local)",
                             &options_.cluster,
                             {}},
                            {"--admin-listen",
                             "ADDR:PORT",
                             "where the controller's metrics are on this machine (default: "
                             "127.0.0.1 and any free port)",
                             &options_.admin_listen,
                             {}},
                            {"--dns-forward",
                             "ADDR[,ADDR]",
                             "who is asked for names that are not the mesh's, or system for "
                             "those of resolv.conf (default: nobody)",
                             &options_.dns_forward,
                             {}},
                            {"--report-every",
                             "DURATION",
                             "how often proxies tell what they counted, 1s to 60s (default: 10s)",
                             &options_.report_every,
                             {}},
                            {"--controller-log-level",
                             "LEVEL",
                             "of seine-controller (default: warn)",
                             &options_.log_level,
                             {"debug", "info", "warn", "error"}},
                            {"--no-dive", "", "a mesh without Dive", &options_.no_dive, {}},
                            {"--dashboard-listen",
                             "ADDR:PORT",
                             "where the dashboard is on this machine (default: 127.0.0.1:50750; "
                             "a port that is taken is replaced by a free one)",
                             &options_.dashboard_listen,
                             {}},
                            {"--dive-log-level",
                             "LEVEL",
                             "of Dive, its agent and their proxies (default: warn)",
                             &options_.dive_log_level,
                             {"debug", "info", "warn", "error"}}},
                  .positionals = {},
                  .notes =
                      "State is kept in --dir, else SEINE_DIR, else /var/lib/seine for root and\n"
                      "$XDG_STATE_HOME/seine for others. The machine's own network is not\n"
                      "changed. Programs join with `seine run -- CMD`."}};
  }

  int run(const Invocation& invocation) override {
    std::error_code ignored;
    const auto chosen = choose_state_dir(invocation.dir_flag, invocation.environment, ::geteuid(),
                                         std::filesystem::current_path(ignored).string());
    if (!chosen) return complain(chosen.error());
    MeshFolder folder{*chosen};
    const auto lock = MeshLock::take(folder);
    if (!lock) return complain(lock.error());
    const MeshNote note(folder, invocation.environment);
    sweep_pods(folder);
    const Log log(invocation.clock, STDERR_FILENO, LogLevel::kInfo, LogFormat::kPlain);
    const auto mesh = make_mesh(log, std::move(folder), options_, invocation);
    if (!mesh) return complain(mesh.error());
    return run_mesh(invocation, *mesh);
  }

 private:
  UpOptions options_;
};

}  // namespace

std::unique_ptr<Verb> make_up() {
  return std::make_unique<UpCommand>();
}

}  // namespace seine::cli
