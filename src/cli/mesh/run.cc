// SPDX-License-Identifier: Apache-2.0
// seine run
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "cli/mesh/forwarded_signals.h"
#include "cli/mesh/invoking_user.h"
#include "cli/mesh/ledger_delivery.h"
#include "cli/mesh/mesh_access.h"
#include "cli/mesh/pod.h"
#include "cli/mesh/programs.h"
#include "cli/mesh/run_options.h"
#include "cli/mesh/running_meshes.h"
#include "cli/verb.h"
#include "netns/launch.h"
#include "runtime/combine.h"

namespace seine::cli {

using namespace std::chrono_literals;
using runtime::Task;

namespace {

constexpr int kExitOurs = 125;  // what went wrong was ours, not CMD's
// A process group and sudo may both pass one wish on.
constexpr Duration kSameWish = 250ms;

std::string sentence_of(const Error& error) {
  return error.cause == Error::Cause::kErrno
             ? error.message + ": " + std::string(errno_name(error.cause_code))
             : error.message;
}

// One pod with CMD in it, from the first token to the goodbye.
class PodRun {
 public:
  PodRun(const Invocation& invocation, const RunOptions& options, const MeshFolder& folder,
         const MeshAccess& mesh, std::string proxy_program)
      : invocation_(invocation),
        options_(options),
        site_{.clock = invocation.clock,
              .environment = invocation.environment,
              .folder = folder,
              .network = mesh.network,
              .hub = mesh.hub,
              .proxy_program = std::move(proxy_program)},
        log_(invocation.clock, STDERR_FILENO, LogLevel::kWarn, LogFormat::kPlain),
        loop_(invocation.clock),
        signals_(loop_),
        pod_(loop_, log_, site_, options),
        scope_(loop_, [](Error) {}) {}

  int run() {
    scope_.spawn(live(*this));
    loop_.run();
    scope_.cancel();
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
  Task<Result<int>> run_command();
  Task<Result<void>> broken();
  // Whether a signal says that we are to hurry: the second one that wants our end.
  bool is_impatient(int signal) const;
  static Task<void> say_goodbye(PodRun& self);
  Task<int> finish(netns::Exit exit, bool hurry);
  static Task<int> leave_in_peace(PodRun& self);
  static Task<int> wait_impatience(PodRun& self);
  netns::Launch command_launch() const;

  const Invocation& invocation_;
  const RunOptions& options_;
  const PodSite site_;
  const Log log_;
  runtime::EventLoop loop_;
  ForwardedSignals signals_;
  Pod pod_;
  std::unique_ptr<netns::LaunchedProcess> command_;
  bool is_leaving_ = false;
  TimePoint leaving_since_;
  int code_ = kExitOurs;
  runtime::TaskScope scope_;
};

netns::Launch PodRun::command_launch() const {
  netns::Launch launch{.argv = options_.command, .environment = {}};
  for (const auto& [name, value] : invocation_.environment) {
    launch.environment.push_back(name + "=" + value);
  }
  std::error_code ignored;
  launch.working_directory = std::filesystem::current_path(ignored).string();
  launch.identity = invoking_user(invocation_.environment);
  launch.view = pod_.view();
  launch.own_user_namespace = site_.network.has_user_namespace;
  launch.takes_terminal = true;
  return launch;
}

// By a signal that ends; the others mean nothing to a program that is not there yet.
Task<Result<void>> PodRun::broken() {
  for (;;) {
    const int number = co_await signals_.next();
    if (number == SIGINT || number == SIGTERM || number == SIGHUP || number == SIGQUIT) break;
  }
  co_return fail(ErrorCode::kCancelled, std::string("ended before ") + pod_.next_step());
}

Task<Result<int>> PodRun::whole_life() {
  auto first = co_await runtime::race(pod_.start(), broken());
  auto started = first.index() == 0 ? std::get<0>(std::move(first)) : std::get<1>(std::move(first));
  if (!started) {
    co_await pod_.abandon();
    co_return fail(std::move(started.error()));
  }
  const std::vector<SocketAddr> published = pod_.published();
  for (std::size_t i = 0; i < published.size(); ++i) {
    complain(options_.name + " port " + std::to_string(options_.publish[i].target) +
             " is published at " + published[i].to_string());
  }
  co_return co_await run_command();
}

bool PodRun::is_impatient(int signal) const {
  return (signal == SIGINT || signal == SIGTERM) && loop_.now() - leaving_since_ > kSameWish;
}

Task<void> PodRun::say_goodbye(PodRun& self) {
  co_await self.pod_.say_goodbye();
  self.command_->signal(SIGTERM);
}

Task<Result<int>> PodRun::run_command() {
  auto command = netns::launch(loop_, pod_.network(), command_launch());
  if (!command) co_return fail(std::move(command.error()));
  command_ = *std::move(command);
  pod_.set_program_runs(true);
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
  pod_.set_program_runs(false);
  command_.reset();  // the terminal is ours again, and Ctrl-C with it
  if (!hurry) {
    const auto end = co_await runtime::race(leave_in_peace(*this), wait_impatience(*this));
    hurry = end.index() == 1;
  }
  if (hurry) co_await pod_.end_at_once();
  co_return exit.code;
}

Task<int> PodRun::leave_in_peace(PodRun& self) {
  if (!std::exchange(self.is_leaving_, true)) self.leaving_since_ = self.loop_.now();
  co_await self.pod_.end();
  co_return 0;
}

Task<int> PodRun::wait_impatience(PodRun& self) {
  for (;;) {
    const int number = co_await self.signals_.next();
    if (self.is_impatient(number)) co_return number;
  }
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
                 {"--route",
                  "NAME=METHOD:PATH",
                  "counts name these requests; PATH/* is all below, METHOD may be * or grpc",
                  &flags_.routes,
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
