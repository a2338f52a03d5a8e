// SPDX-License-Identifier: Apache-2.0
// seine run
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

#include "cli/mesh/forwarded_signals.h"
#include "cli/mesh/invoking_user.h"
#include "cli/mesh/ledger_delivery.h"
#include "cli/mesh/mesh_access.h"
#include "cli/mesh/mesh_hub.h"
#include "cli/mesh/pod_lease.h"
#include "cli/mesh/pod_proxy.h"
#include "cli/mesh/programs.h"
#include "cli/mesh/run_options.h"
#include "cli/mesh/running_meshes.h"
#include "cli/verb.h"
#include "netns/egress_relay.h"
#include "netns/hub.h"
#include "netns/launch.h"
#include "netns/listening_ports.h"
#include "netns/publish_relay.h"
#include "netns/sweep.h"
#include "runtime/combine.h"

namespace seine::cli {

using namespace std::chrono_literals;
using runtime::Task;

namespace {

constexpr int kExitOurs = 125;  // what went wrong was ours, not CMD's
constexpr Duration kReadyTimeout = 30s;
constexpr Duration kIdlePatience = 3s;
constexpr Duration kProxyDrain = 10s;
// A process group and sudo may both pass one wish on.
constexpr Duration kSameWish = 250ms;
constexpr Duration kHastyGoodbye = 1s;
constexpr Duration kLookForPorts = 50ms;
constexpr Duration kLookAgain = 500ms;
constexpr unsigned kNetAdmin = 12;  // CAP_NET_ADMIN

std::string sentence_of(const Error& error) {
  return error.cause == Error::Cause::kErrno
             ? error.message + ": " + std::string(errno_name(error.cause_code))
             : error.message;
}

class PodRun {
 public:
  PodRun(const Invocation& invocation, const RunOptions& options, const MeshFolder& folder,
         MeshAccess& mesh, std::string proxy_program)
      : invocation_(invocation),
        options_(options),
        folder_(folder),
        mesh_(mesh),
        proxy_program_(std::move(proxy_program)),
        log_(invocation.clock, STDERR_FILENO, LogLevel::kWarn, LogFormat::kPlain),
        loop_(invocation.clock),
        signals_(loop_),
        lease_(loop_, log_, options, mesh.network.registry_socket),
        hub_watch_(log_, folder, mesh.hub),
        scope_(loop_, [](Error) {}) {}

  int run() {
    scope_.spawn(live(*this));
    loop_.run();
    scope_.cancel();
    if (own_ && keep_ledgers(own_->path(), folder_)) own_->remove();
    return code_;
  }

 private:
  static Task<void> live(PodRun& self) {
    Result<int> code = co_await self.whole_life();
    if (!code) {
      complain("run: " + sentence_of(code.error()));
      self.code_ = kExitOurs;
    } else {
      self.code_ = *code;
    }
    self.loop_.stop();
  }
  Task<Result<int>> whole_life();
  Result<void> make_pod();
  Result<void> open_ways();
  Task<Result<void>> start_proxy();
  Task<Result<int>> run_command();
  Task<Result<void>> broken(const char* when);
  Task<Result<void>> unless_broken(Task<Result<void>> work, const char* when);
  Task<Result<int>> give_up(Error why);
  // Whether a signal says that we are to hurry: the second one that wants our end.
  bool is_impatient(int signal) const;
  static Task<void> say_goodbye(PodRun& self);
  Task<int> finish(netns::Exit exit, bool hurry);
  static Task<int> leave_in_peace(PodRun& self);
  static Task<int> wait_impatience(PodRun& self);
  static Task<Result<void>> tell_gone(PodRun& self);
  netns::Launch proxy_launch(const std::string& folder) const;
  netns::Launch command_launch() const;
  // Of CMD, which is not there at first.
  std::set<std::uint16_t> listening() {
    return command_ == nullptr ? std::set<std::uint16_t>() : ports_->read();
  }
  PodLease::Facts facts();
  static Task<void> watch_ports(PodRun& self);
  netns::ProxySign sign() const {
    return mesh_.network.proxy_uid ? netns::ProxySign::uid(*mesh_.network.proxy_uid)
                                   : netns::ProxySign::mark(netns::kProxyMark);
  }

  const Invocation& invocation_;
  const RunOptions& options_;
  const MeshFolder& folder_;
  MeshAccess& mesh_;
  const std::string proxy_program_;
  const Log log_;
  runtime::EventLoop loop_;
  ForwardedSignals signals_;
  PodLease lease_;
  HubWatch hub_watch_;
  std::optional<netns::OwnedFolder> own_;
  std::optional<netns::NetworkNamespace> pod_;
  std::unique_ptr<PodDoor> door_;  // for the next `up`
  std::optional<netns::ListeningPorts> ports_;
  std::unique_ptr<netns::EgressRelay> egress_;
  std::vector<std::unique_ptr<netns::PublishRelay>> published_;
  std::unique_ptr<PodProxy> proxy_;
  std::unique_ptr<netns::LaunchedProcess> command_;
  bool is_leaving_ = false;
  TimePoint leaving_since_;
  int code_ = kExitOurs;
  std::optional<runtime::TaskScope> background_;  // keeps the lease, watches ports
  runtime::TaskScope scope_;
};

Result<void> PodRun::make_pod() {
  const auto& pod = lease_.joined().pod();
  auto own = netns::OwnedFolder::make(folder_.pods() + "/" + pod.name());
  if (!own) return fail(std::move(own.error()));
  own_ = *std::move(own);
  netns::PodNetwork network{.ip = {}, .ip_v6 = {}, .proxy = sign(), .ports = {}};
  const auto ip = IpAddress::parse(pod.ips(0));
  if (!ip) return fail(ip.error());
  network.ip = *ip;
  if (pod.ips_size() > 1) {
    const auto ip_v6 = IpAddress::parse(pod.ips(1));
    if (!ip_v6) return fail(ip_v6.error());
    network.ip_v6 = *ip_v6;
  }
  auto made = netns::create_pod(mesh_.hub, mesh_.network.plan, network);
  if (!made) return fail(std::move(made.error()));
  pod_ = *std::move(made);
  auto door = PodDoor::open(loop_, log_, own_->path(), mesh_.network, mesh_.hub);
  if (!door) return fail(std::move(door.error()));
  door_ = *std::move(door);
  auto ports = netns::ListeningPorts::open(*pod_);
  if (!ports) return fail(std::move(ports.error()));
  ports_ = *std::move(ports);
  return {};
}

// The way out and the ways in.
Result<void> PodRun::open_ways() {
  if (options_.egress) {
    auto listener = pod_->tcp_listener(SocketAddr::parse(netns::kEgressRelayAddress).value());
    if (!listener) return fail(std::move(listener.error()));
    netns::EgressOptions egress;
    egress.policy.host_ports = options_.host_ports;
    egress.policy.host_alias = IpAddress::parse(netns::kHostAlias).value();
    egress.policy.mesh = {mesh_.network.plan.pods, mesh_.network.plan.services};
    if (mesh_.network.plan.pods_v6) egress.policy.mesh.push_back(*mesh_.network.plan.pods_v6);
    auto relay = netns::EgressRelay::start(loop_, *std::move(listener), std::move(egress), log_);
    if (!relay) return fail(std::move(relay.error()));
    egress_ = *std::move(relay);
  }
  const IpAddress ip = IpAddress::parse(lease_.joined().pod().ips(0)).value();
  for (const PublishedPort& port : options_.publish) {
    auto relay = netns::PublishRelay::start(
        mesh_.hub, {.listen = port.listen, .target = {ip, port.target}}, invocation_.clock, log_);
    if (!relay) return fail(std::move(relay.error()).with_context("--publish"));
    complain(options_.name + " port " + std::to_string(port.target) + " is published at " +
             (*relay)->addr().to_string());
    published_.push_back(*std::move(relay));
  }
  return {};
}

netns::Launch PodRun::proxy_launch(const std::string& folder) const {
  netns::Launch launch{
      .argv = {proxy_program_},
      .environment = bare_environment(invocation_.environment,
                                      proxy_variables(options_, mesh_.network, lease_.joined())),
      .working_directory = folder,
      .identity = netns::current_identity(),
      .view = std::nullopt};
  if (mesh_.network.proxy_uid) {
    launch.identity = {
        .uid = *mesh_.network.proxy_uid, .gid = *mesh_.network.proxy_uid, .groups = {}};
  } else {
    launch.kept_capabilities = std::uint64_t{1} << kNetAdmin;
  }
  return launch;
}

netns::Launch PodRun::command_launch() const {
  netns::Launch launch{.argv = options_.command, .environment = {}};
  for (const auto& [name, value] : invocation_.environment) {
    launch.environment.push_back(name + "=" + value);
  }
  std::error_code ignored;
  launch.working_directory = std::filesystem::current_path(ignored).string();
  launch.identity = invoking_user(invocation_.environment);
  launch.view = netns::FileView{
      .hidden = {folder_.path},
      .resolv_conf = netns::render_resolv_conf(mesh_.network.plan.hub(), options_.mesh_namespace,
                                               lease_.joined().mesh().cluster_domain())};
  launch.own_user_namespace = mesh_.network.has_user_namespace;
  launch.takes_terminal = true;
  return launch;
}

// What the registry hears each second, and when something of it changes.
PodLease::Facts PodRun::facts() {
  return {.listening = listening(),
          .proxy_ready =
              proxy_ != nullptr && proxy_->is_ready() && !is_leaving_ && !hub_watch_.is_cut_off()};
}

// So that a program is called as soon as it listens, and no longer when it stops to.
Task<void> PodRun::watch_ports(PodRun& self) {
  const auto declared_now = [&self] {
    const std::set<std::uint16_t> now = self.listening();
    std::size_t count = 0;
    for (const DeclaredPort& port : self.options_.ports) count += now.contains(port.number);
    return count;
  };
  std::size_t known = 0;
  for (;;) {
    const std::size_t now = declared_now();
    if (std::exchange(known, now) != now) self.lease_.touch();
    co_await runtime::sleep_for(self.loop_,
                                now < self.options_.ports.size() ? kLookForPorts : kLookAgain);
  }
}

Task<Result<void>> PodRun::start_proxy() {
  const std::string folder = proxy_folder(own_->path());
  std::error_code failed;
  std::filesystem::create_directory(folder, failed);
  if (!failed) std::filesystem::permissions(folder, std::filesystem::perms::owner_all, failed);
  netns::Launch launch = proxy_launch(folder);
  if (!failed && launch.identity.uid != ::geteuid() &&
      ::chown(folder.c_str(), launch.identity.uid, launch.identity.gid) != 0) {
    failed = std::error_code(errno, std::generic_category());
  }
  if (failed) co_return fail_errno(ErrorCode::kInvalidConfig, failed.value(), folder);
  proxy_ = std::make_unique<PodProxy>(loop_, log_, *pod_, std::move(launch), folder,
                                      [this] { lease_.touch(); });
  const auto token = co_await lease_.issue_token();
  if (!token) co_return fail(token.error());
  if (auto written = proxy_->write_token(*token); !written) co_return written;
  co_return proxy_->start();
}

// By a signal that ends; the others mean nothing to a program that is not there yet.
Task<Result<void>> PodRun::broken(const char* when) {
  for (;;) {
    const int number = co_await signals_.next();
    if (number == SIGINT || number == SIGTERM || number == SIGHUP || number == SIGQUIT) break;
  }
  co_return fail(ErrorCode::kCancelled, when);
}

Task<Result<void>> PodRun::unless_broken(Task<Result<void>> work, const char* when) {
  auto first = co_await runtime::race(std::move(work), broken(when));
  co_return first.index() == 0 ? std::get<0>(std::move(first)) : std::get<1>(std::move(first));
}

// What was begun is undone; a controller that does not answer finds out by the lease's end.
Task<Result<int>> PodRun::give_up(Error why) {
  background_.reset();
  (void)co_await runtime::with_deadline(loop_, kHastyGoodbye, ErrorCode::kTimeout,
                                        "a hasty goodbye", tell_gone(*this));
  co_return fail(std::move(why));
}

Task<Result<int>> PodRun::whole_life() {
  auto joined = co_await unless_broken(lease_.join(), "ended before the mesh was joined");
  if (!joined) co_return fail(std::move(joined.error()));
  auto made = make_pod();
  if (made) {
    made = co_await unless_broken(check_hub(loop_, folder_, mesh_.hub), "ended before the pod was");
  }
  if (made) made = open_ways();
  if (made) made = co_await unless_broken(start_proxy(), "ended before the proxy was started");
  if (!made) co_return co_await give_up(std::move(made.error()));
  runtime::TaskScope& background = background_.emplace(loop_, [](Error) {});
  background.spawn(lease_.keep([this] { return facts(); },
                               [this](const std::string& token) {
                                 if (auto written = proxy_->write_token(token); !written) {
                                   log_warn(log_, "the proxy's token cannot be written",
                                            {{"reason", sentence_of(written.error())}});
                                 }
                               }));
  struct Local {
    static Task<Result<void>> ready(PodProxy& proxy) {
      co_await proxy.wait_ready();
      co_return Result<void>();
    }
  };
  auto ready =
      co_await unless_broken(runtime::with_deadline(loop_, kReadyTimeout, ErrorCode::kTimeout,
                                                    "the proxy's start", Local::ready(*proxy_)),
                             "ended before the proxy was ready");
  if (!ready) co_return co_await give_up(std::move(ready.error()));
  background.spawn(watch_ports(*this));
  co_return co_await run_command();
}

bool PodRun::is_impatient(int signal) const {
  return (signal == SIGINT || signal == SIGTERM) && loop_.now() - leaving_since_ > kSameWish;
}

// Peers drop it first, and it answers what they had sent, so that a program that goes at once
// fails nothing.
Task<void> PodRun::say_goodbye(PodRun& self) {
  co_await self.lease_.leave();
  co_await self.proxy_->wait_idle(kIdlePatience);
  self.command_->signal(SIGTERM);
}

Task<Result<int>> PodRun::run_command() {
  auto command = netns::launch(loop_, *pod_, command_launch());
  if (!command) co_return fail(std::move(command.error()));
  command_ = *std::move(command);
  struct Local {
    static Task<netns::Exit> ended(netns::LaunchedProcess& process) {
      co_return co_await process.wait();
    }
  };
  runtime::TaskScope goodbye(loop_, [](Error) {});
  bool hurry = false;
  for (;;) {
    auto next = co_await runtime::race(Local::ended(*command_), signals_.next());
    if (next.index() == 0) {
      goodbye.cancel();
      co_return co_await finish(std::get<0>(std::move(next)), hurry);
    }
    const int number = std::get<1>(next);
    if (number == SIGTERM && !std::exchange(is_leaving_, true)) {
      leaving_since_ = loop_.now();
      goodbye.spawn(say_goodbye(*this));
    } else if (is_leaving_ && is_impatient(number)) {
      hurry = true;
      command_->signal(SIGKILL);
    } else if (!is_leaving_ || (number != SIGINT && number != SIGTERM)) {
      command_->signal(number);
    }
  }
}

Task<int> PodRun::finish(netns::Exit exit, bool hurry) {
  if (!exit.problem.empty()) complain("run: " + exit.problem);
  command_.reset();  // the terminal is ours again, and Ctrl-C with it
  if (!hurry) {
    const auto end = co_await runtime::race(leave_in_peace(*this), wait_impatience(*this));
    hurry = end.index() == 1;
  }
  if (hurry) {
    background_.reset();
    (void)co_await runtime::with_deadline(loop_, kHastyGoodbye, ErrorCode::kTimeout,
                                          "a hasty goodbye", tell_gone(*this));
    co_await proxy_->drain(Duration::zero());
  }
  co_return exit.code;
}

Task<int> PodRun::leave_in_peace(PodRun& self) {
  if (!std::exchange(self.is_leaving_, true)) {
    self.leaving_since_ = self.loop_.now();
    co_await self.lease_.leave();
  }
  for (const auto& relay : self.published_) relay->drain();
  co_await self.proxy_->drain(kProxyDrain);
  RegistryClient registry(self.loop_, self.mesh_.network.registry_socket);
  co_await deliver_ledgers(self.loop_, self.log_, proxy_folder(self.own_->path()), registry);
  // Otherwise a renewal finds no lease and joins again.
  self.background_.reset();
  co_await self.lease_.gone();
  co_return 0;
}

Task<int> PodRun::wait_impatience(PodRun& self) {
  for (;;) {
    const int number = co_await self.signals_.next();
    if (self.is_impatient(number)) co_return number;
  }
}

Task<Result<void>> PodRun::tell_gone(PodRun& self) {
  co_await self.lease_.gone();
  co_return Result<void>();
}

class RunCommand final : public Verb {
 public:
  VerbDeclaration declare() override {
    return {
        .name = "run",
        .summary = "run a program as a pod of the mesh",
        .takes = {
            .flags =
                {{"--name", "NAME", "of the workload (default: the program's)", &flags_.name, {}},
                 {"-n,--namespace",
                  "NS",
                  "of the workload (default: default)",
                  &flags_.mesh_namespace,
                  {}},
                 {"--service",
                  "NAME",
                  "that it serves (default: the workload's name)",
                  &flags_.service,
                  {}},
                 {"--port",
                  "N[:PROTOCOL]",
                  "CMD listens here; detect, http1, http2, grpc, opaque or tls",
                  &flags_.ports,
                  {}},
                 {"--label", "KEY=VALUE", "of the pod", &flags_.labels, {}},
                 {"--version", "V", "of the program", &flags_.version, {}},
                 {"--publish",
                  "[ADDR:]HOST:PORT",
                  "a port of this machine that leads to one of CMD (ADDR: 127.0.0.1)",
                  &flags_.publish,
                  {}},
                 {"--host-port",
                  "N",
                  "a port of this machine that CMD may reach",
                  &flags_.host_ports,
                  {}},
                 {"--no-egress", "", "CMD reaches the mesh alone", &flags_.no_egress, {}},
                 {"--proxy-log-level",
                  "LEVEL",
                  "of the pod's proxy (default: warn)",
                  &flags_.proxy_log_level,
                  {"trace", "debug", "info", "warn", "error", "off"}}},
            .positionals = {{"CMD", "and its arguments, after --", true, &flags_.command, {}}},
            .notes =
                "SIGTERM says goodbye to the mesh before CMD gets it; a second one, or SIGINT,\n"
                "ends CMD at once.\n"
                "Exits as CMD does; 125 where the fault is ours, 126 and 127 where CMD cannot\n"
                "be executed or found, 128+N where signal N ended it."}};
  }

  int run(const Invocation& invocation) override {
    const auto options = check_run_flags(flags_);
    if (!options) return complain(options.error());
    const auto chosen = choose_mesh(invocation.dir_flag, invocation.environment);
    if (!chosen) return complain(chosen.error());
    const MeshFolder& folder = *chosen;
    const auto proxy = find_program("seine-proxy", invocation.environment);
    if (!proxy) return ours(proxy.error());
    auto mesh = enter_mesh(folder);
    if (!mesh) return ours(mesh.error());
    if (mesh->network.proxy_uid == invoking_user(invocation.environment).uid) {
      return ours(make_error(ErrorCode::kUnauthorized,
                             "a program of the proxies' own user cannot be meshed; run it as "
                             "another"));
    }
    sweep_pods(folder);
    return PodRun(invocation, *options, folder, *mesh, *proxy).run();
  }

 private:
  static int ours(const Error& error) {
    complain("run: " + sentence_of(error));
    return kExitOurs;
  }

  RunFlags flags_;
};

}  // namespace

std::unique_ptr<Verb> make_run() {
  return std::make_unique<RunCommand>();
}

}  // namespace seine::cli
