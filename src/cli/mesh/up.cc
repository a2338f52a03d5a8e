// SPDX-License-Identifier: Apache-2.0
// seine up
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/file.h"
#include "cli/mesh/controller_watch.h"
#include "cli/mesh/dns_servers.h"
#include "cli/mesh/hub_dns.h"
#include "cli/mesh/ledger_delivery.h"
#include "cli/mesh/mesh_access.h"
#include "cli/mesh/mesh_folder.h"
#include "cli/mesh/mesh_hub.h"
#include "cli/mesh/programs.h"
#include "cli/mesh/running_meshes.h"
#include "cli/verb.h"
#include "netns/egress_policy.h"
#include "netns/launch.h"
#include "netns/publish_relay.h"
#include "runtime/combine.h"
#include "runtime/end_signals.h"
#include "runtime/signal.h"

namespace seine::cli {

using namespace std::chrono_literals;
using runtime::Task;

namespace {

constexpr Duration kReadyTimeout = 20s;
constexpr Duration kDrainTimeout = 12s;
constexpr Duration kFirstPause = 100ms;
constexpr Duration kLongestPause = 5s;
// A controller that ran for so long did not fail at its start.
constexpr Duration kSteady = 30s;
// The controller's, in the hub.
constexpr SocketAddr kAdmin{IpAddress::v4(0x7f000001U), 9990};
constexpr std::size_t kMaxResolvConf = 64 << 10;
constexpr int kExitConfig = 64;
constexpr std::uint16_t kDnsPort = 53;

struct UpOptions {
  std::string network;
  std::string cluster = "local";
  std::string log_level = "warn";
  std::string report_every = "10s";
  std::string admin_listen = "127.0.0.1:0";
  std::string dns_forward;
};

struct Mesh {
  MeshFolder folder;
  SocketAddr admin_listen;
  std::vector<SocketAddr> dns_servers;  // asked for names of others; none: they are refused
  MeshNetwork network;
  netns::NetworkNamespace hub;
};

// Before the process has a second thread.
Result<Mesh> make_mesh(const Log& log, MeshFolder folder, const UpOptions& options) {
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
  auto hub = find_or_make_hub(log, folder, options.network, *every);
  if (!hub) return fail(std::move(hub.error()));
  return Mesh{std::move(folder), *admin_listen, *std::move(dns_servers), std::move(hub->network),
              std::move(hub->hub)};
}

std::string networks(const IpNet& v4, const std::optional<IpNet>& v6) {
  return v6 ? v4.to_string() + "," + v6->to_string() : v4.to_string();
}

Result<std::unique_ptr<HubDns>> open_dns(runtime::EventLoop& loop, const Log& log,
                                         const Mesh& mesh) {
  const netns::AddressPlan& plan = mesh.network.plan;
  HubDnsOptions options{.at = {plan.hub(), kDnsPort},
                        .registry_socket = mesh.network.registry_socket,
                        .reverse_ranges = {plan.pods, plan.services},
                        .host = IpAddress::parse(netns::kHostAlias).value(),
                        .forward = mesh.dns_servers};
  return mesh.hub.run([&] { return HubDns::open(loop, log, std::move(options)); });
}

netns::Launch controller_launch(const std::string& program, const Mesh& mesh,
                                const UpOptions& options, const Environment& environment) {
  const std::string hub = mesh.network.plan.hub().to_string();
  std::vector<std::string> argv{
      program,
      "--state-dir=" + mesh.folder.state(),
      "--registry-dir=" + mesh.folder.registry(),
      "--cluster-name=" + options.cluster,
      "--pod-networks=" + networks(mesh.network.plan.pods, mesh.network.plan.pods_v6),
      "--service-networks=" + mesh.network.plan.services.to_string(),
      "--listen-identity=" + hub + ":8080",
      "--listen-destination=" + hub + ":8086",
      "--listen-policy=" + hub + ":8090",
      "--log-level=" + options.log_level};
  return {.argv = argv,
          .environment = bare_environment(environment, {}),
          .identity = netns::current_identity(),
          .view = std::nullopt};
}

class Up {
 public:
  Up(const Invocation& invocation, const Mesh& mesh, netns::Launch controller)
      : mesh_(mesh),
        controller_(std::move(controller)),
        log_(invocation.clock, STDERR_FILENO, LogLevel::kInfo, LogFormat::kPlain),
        loop_(invocation.clock),
        signals_(loop_),
        scope_(loop_, [](Error) {}) {}

  int run() {
    auto admin = netns::PublishRelay::start(
        mesh_.hub, {.listen = mesh_.admin_listen, .target = kAdmin}, loop_.clock(), log_);
    if (!admin) return complain(Error(admin.error()).with_context("up: --admin-listen"));
    admin_ = *std::move(admin);
    auto dns = open_dns(loop_, log_, mesh_);
    if (!dns) return complain(Error(dns.error()).with_context("up: DNS"));
    dns_ = *std::move(dns);
    scope_.spawn(live(*this));
    scope_.spawn(sweep_forever(loop_, log_, mesh_.folder));
    loop_.run();
    scope_.cancel();
    return code_;
  }

 private:
  static Task<void> live(Up& self) {
    self.code_ = co_await self.supervise();
    self.loop_.stop();
  }
  Task<int> supervise();
  // The controller's end, after it was told to end or by itself.
  Task<netns::Exit> run_controller(netns::LaunchedProcess& process);
  static Task<void> announce(Up& self);

  const Mesh& mesh_;
  const netns::Launch controller_;
  const Log log_;
  runtime::EventLoop loop_;
  runtime::EndSignals signals_;
  std::unique_ptr<netns::PublishRelay> admin_;  // the way to the controller's admin port
  std::unique_ptr<HubDns> dns_;
  std::unique_ptr<MeshDoor> door_;
  bool told_to_end_ = false;
  bool announced_ = false;
  int code_ = kExitOk;
  runtime::TaskScope scope_;
};

// One line, when programs can join.
Task<void> Up::announce(Up& self) {
  for (;;) {
    const Result<void> ready = co_await runtime::with_deadline(
        self.loop_, kReadyTimeout, ErrorCode::kTimeout, "the controller's start",
        wait_controller(self.loop_, self.mesh_.network.registry_socket));
    if (ready) break;
    log_warn(self.log_, "the controller does not answer", {{"reason", ready.error().to_string()}});
  }
  if (self.door_ == nullptr) {
    auto door = MeshDoor::open(self.loop_, self.log_, self.mesh_.folder.socket(),
                               self.mesh_.network, self.mesh_.hub);
    if (!door) {
      log_error(self.log_, "the mesh cannot be entered", {{"reason", door.error().to_string()}});
      co_return;
    }
    self.door_ = *std::move(door);
  }
  if (std::exchange(self.announced_, true)) co_return;
  (void)print("The mesh in " + self.mesh_.folder.path + " is ready, metrics at http://" +
              self.admin_->addr().to_string() + "/metrics; join it: seine run --dir " +
              self.mesh_.folder.path + " -- CMD\n");
}

Task<netns::Exit> Up::run_controller(netns::LaunchedProcess& process) {
  struct Local {
    static Task<netns::Exit> ended(netns::LaunchedProcess& child) {
      co_return co_await child.wait();
    }
    static Task<netns::Exit> told(Up& self) {
      co_await self.signals_.next();
      self.told_to_end_ = true;
      co_return netns::Exit();
    }
    // A second signal ends the wait, and so does its time.
    static Task<int> patience(Up& self) {
      co_await runtime::race(self.signals_.next(), pause(self));
      co_return 0;
    }
    static Task<int> pause(Up& self) {
      co_await runtime::sleep_for(self.loop_, kDrainTimeout);
      co_return 0;
    }
  };
  auto first = co_await runtime::race(Local::ended(process), Local::told(*this));
  if (first.index() == 0) co_return std::get<0>(std::move(first));
  process.signal(SIGTERM);
  // wait() is once: the first one was dropped when the signal came.
  auto last = co_await runtime::race(Local::ended(process), Local::patience(*this));
  co_return last.index() == 0 ? std::get<0>(std::move(last)) : netns::Exit{};
}

Task<int> Up::supervise() {
  Duration pause = kFirstPause;
  for (;;) {
    auto process = netns::launch(loop_, mesh_.hub, controller_);
    // The first time there is no mesh yet; later, programs rely on it.
    if (!process && !announced_) co_return complain(process.error());
    runtime::TaskScope announcing(loop_, [](Error) {});
    announcing.spawn(announce(*this));
    const TimePoint started = loop_.now();
    netns::Exit exit{.code = kExitFailure, .problem = {}};
    if (process) {
      exit = co_await run_controller(**process);
    } else {
      complain(process.error());
    }
    if (told_to_end_) co_return kExitOk;
    if (!exit.problem.empty()) complain("seine-controller: " + exit.problem);
    // What it cannot use now it cannot use later; it has said what.
    if (exit.code == kExitConfig && !announced_) co_return kExitConfig;
    if (loop_.now() - started > kSteady) pause = kFirstPause;
    log_warn(log_, "the controller ended; traffic and names go on, and it is started again",
             {{"exit_code", std::to_string(exit.code)}, {"in", format_duration(pause)}});
    struct Local {
      static Task<int> slept(runtime::EventLoop& loop, Duration time) {
        co_await runtime::sleep_for(loop, time);
        co_return 0;
      }
    };
    const auto next = co_await runtime::race(Local::slept(loop_, pause), signals_.next());
    if (next.index() == 1) co_return kExitOk;
    pause = std::min(pause * 2, kLongestPause);
  }
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
    const auto controller = find_program("seine-controller", invocation.environment);
    if (!controller) return complain(controller.error());
    sweep_pods(folder);
    const Log log(invocation.clock, STDERR_FILENO, LogLevel::kInfo, LogFormat::kPlain);
    const auto mesh = make_mesh(log, std::move(folder), options_);
    if (!mesh) return complain(mesh.error());
    return Up(invocation, *mesh,
              controller_launch(*controller, *mesh, options_, invocation.environment))
        .run();
  }

 private:
  UpOptions options_;
};

}  // namespace

std::unique_ptr<Verb> make_up() {
  return std::make_unique<UpCommand>();
}

}  // namespace seine::cli
