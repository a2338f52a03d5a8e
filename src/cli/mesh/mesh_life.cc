// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/mesh_life.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/file.h"
#include "cli/mesh/controller_watch.h"
#include "cli/mesh/dive_folders.h"
#include "cli/mesh/hub_dns.h"
#include "cli/mesh/pod.h"
#include "cli/mesh/programs.h"
#include "netns/egress_policy.h"
#include "netns/launch.h"
#include "netns/publish_relay.h"
#include "runtime/combine.h"
#include "runtime/end_signals.h"

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
constexpr SocketAddr kPages{IpAddress::v4(0x7f000001U), 9989};
constexpr int kExitConfig = 64;
constexpr std::uint16_t kDnsPort = 53;

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

netns::Launch controller_launch(const Mesh& mesh, const Environment& environment) {
  const std::string hub = mesh.network.plan.hub().to_string();
  std::vector<std::string> argv{
      mesh.controller_program,
      "--state-dir=" + mesh.folder.state(),
      "--registry-dir=" + mesh.folder.registry(),
      "--cluster-name=" + mesh.cluster,
      "--pod-networks=" + networks(mesh.network.plan.pods, mesh.network.plan.pods_v6),
      "--service-networks=" + mesh.network.plan.services.to_string(),
      "--listen-identity=" + hub + ":8080",
      "--listen-destination=" + hub + ":8086",
      "--listen-policy=" + hub + ":8090",
      "--web-listen=" + kPages.to_string(),
      "--log-level=" + mesh.controller_log_level};
  return {.argv = argv,
          .environment = bare_environment(environment, {}),
          .identity = netns::current_identity(),
          .view = std::nullopt};
}

// The way to the mesh's own pages from this machine.
Result<std::unique_ptr<netns::PublishRelay>> publish_pages(const Mesh& mesh, const Clock& clock,
                                                           const Log& log) {
  const auto start = [&](const SocketAddr& listen) {
    return netns::PublishRelay::start(mesh.hub, {.listen = listen, .target = kPages}, clock, log);
  };
  auto relay = start(mesh.pages_listen);
  if (relay || relay.error().code != ErrorCode::kUnavailable) return relay;
  return start({mesh.pages_listen.ip, 0});
}

class MeshLife {
 public:
  MeshLife(const Invocation& invocation, const Mesh& mesh)
      : mesh_(mesh),
        controller_(controller_launch(mesh, invocation.environment)),
        log_(invocation.clock, STDERR_FILENO, LogLevel::kInfo, LogFormat::kPlain),
        loop_(invocation.clock),
        signals_(loop_),
        scope_(loop_, [](Error) {}) {
    if (!mesh.dive) return;
    PodSite site{.clock = invocation.clock,
                 .environment = invocation.environment,
                 .folder = mesh.folder,
                 .network = mesh.network,
                 .hub = mesh.hub,
                 .proxy_program = mesh.proxy_program,
                 .is_up = true};
    dive_ =
        std::make_unique<DivePods>(loop_, std::move(site), *mesh.dive,
                                   [this](const DivePods::Where& where) { tell_of_dive(where); });
  }

  int run() {
    auto admin = netns::PublishRelay::start(
        mesh_.hub, {.listen = mesh_.admin_listen, .target = kAdmin}, loop_.clock(), log_);
    if (!admin) return complain(Error(admin.error()).with_context("up: --admin-listen"));
    admin_ = *std::move(admin);
    auto pages = publish_pages(mesh_, loop_.clock(), log_);
    if (!pages) return complain(Error(pages.error()).with_context("up: --dashboard-listen"));
    pages_ = *std::move(pages);
    auto dns = open_dns(loop_, log_, mesh_);
    if (!dns) return complain(Error(dns.error()).with_context("up: DNS"));
    dns_ = *std::move(dns);
    scope_.spawn(live(*this));
    scope_.spawn(sweep_forever(loop_, log_, mesh_.folder));
    loop_.run();
    scope_.cancel();
    ::unlink(mesh_.folder.pages_note().c_str());
    return code_;
  }

 private:
  static Task<void> live(MeshLife& self) {
    self.code_ = co_await self.supervise();
    self.loop_.stop();
  }
  Task<int> supervise();
  // The controller's end, after it was told to end or by itself.
  Task<netns::Exit> run_controller(netns::LaunchedProcess& process);
  static Task<void> announce(MeshLife& self);
  void tell_of_dive(const DivePods::Where& where) const;
  // Other commands find them by their note; who has Dive is told of its pages alone.
  void tell_of_pages() const;
  // Before the controller, to which they say goodbye. A signal ends the wait.
  Task<void> stop_dive();

  const Mesh& mesh_;
  const netns::Launch controller_;
  const Log log_;
  runtime::EventLoop loop_;
  runtime::EndSignals signals_;
  std::unique_ptr<netns::PublishRelay> admin_;  // the way to the controller's admin port
  std::unique_ptr<netns::PublishRelay> pages_;  // to its pages
  std::unique_ptr<HubDns> dns_;
  std::unique_ptr<MeshDoor> door_;
  std::unique_ptr<DivePods> dive_;  // none: without it
  bool told_to_end_ = false;
  bool is_hurried_ = false;
  bool announced_ = false;
  int code_ = kExitOk;
  runtime::TaskScope scope_;
};

// One line, when programs can join.
Task<void> MeshLife::announce(MeshLife& self) {
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
  if (self.announced_) co_return;
  if (self.dive_) co_await self.dive_->begin_feed();
  self.announced_ = true;
  (void)print("The mesh in " + self.mesh_.folder.path + " is ready, metrics at http://" +
              self.admin_->addr().to_string() + "/metrics; join it: seine run --dir " +
              self.mesh_.folder.path + " -- CMD\n");
  self.tell_of_pages();
  if (self.dive_) self.dive_->start();
}

void MeshLife::tell_of_pages() const {
  const std::string url = web_url(pages_->addr());
  if (auto noted = replace_file(mesh_.folder.pages_note(), render_note(url), 0600); !noted) {
    log_warn(log_, "where the mesh's pages are cannot be noted",
             {{"reason", noted.error().to_string()}});
  }
  if (dive_) return;
  const std::uint16_t wanted = mesh_.pages_listen.port;
  const bool is_taken = wanted != 0 && wanted != pages_->addr().port;
  (void)print("The dashboard is at " + url + "/" +
              (is_taken ? " (" + mesh_.pages_listen.to_string() + " is taken)" : "") +
              "; sign in: seine dashboard --dir " + mesh_.folder.path + "\n");
}

void MeshLife::tell_of_dive(const DivePods::Where& where) const {
  const SocketAddr& wanted = mesh_.dive->dashboard;
  const std::string taken = wanted.port == 0 || wanted.port == where.dashboard.port
                                ? ""
                                : " (" + wanted.to_string() + " is taken)";
  (void)print(
      "Dive is ready at http://" + where.dashboard.to_string() + "/" + taken +
      (where.admin.port == 0 ? "" : ", metrics at http://" + where.admin.to_string() + "/metrics") +
      "; sign in: seine dashboard --dir " + mesh_.folder.path + "\n");
}

Task<void> MeshLife::stop_dive() {
  struct Local {
    static Task<int> stopped(DivePods& dive) {
      co_await dive.stop();
      co_return 0;
    }
  };
  if (!dive_) co_return;
  const auto first = co_await runtime::race(Local::stopped(*dive_), signals_.next());
  is_hurried_ = first.index() == 1;
  dive_.reset();
}

Task<netns::Exit> MeshLife::run_controller(netns::LaunchedProcess& process) {
  struct Local {
    static Task<netns::Exit> ended(netns::LaunchedProcess& child) {
      co_return co_await child.wait();
    }
    static Task<netns::Exit> told(MeshLife& self) {
      co_await self.signals_.next();
      self.told_to_end_ = true;
      co_return netns::Exit();
    }
    // A second signal ends the wait, and so does its time.
    static Task<int> patience(MeshLife& self) {
      if (self.is_hurried_) co_return 0;
      co_await runtime::race(self.signals_.next(), pause(self));
      co_return 0;
    }
    static Task<int> pause(MeshLife& self) {
      co_await runtime::sleep_for(self.loop_, kDrainTimeout);
      co_return 0;
    }
  };
  auto first = co_await runtime::race(Local::ended(process), Local::told(*this));
  if (first.index() == 0) co_return std::get<0>(std::move(first));
  co_await stop_dive();
  process.signal(SIGTERM);
  // wait() is once: the first one was dropped when the signal came.
  auto last = co_await runtime::race(Local::ended(process), Local::patience(*this));
  co_return last.index() == 0 ? std::get<0>(std::move(last)) : netns::Exit{};
}

Task<int> MeshLife::supervise() {
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
    if (next.index() == 1) {
      co_await stop_dive();
      co_return kExitOk;
    }
    pause = std::min(pause * 2, kLongestPause);
  }
}

}  // namespace

int run_mesh(const Invocation& invocation, const Mesh& mesh) {
  return MeshLife(invocation, mesh).run();
}

}  // namespace seine::cli
