// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/kept_pod.h"

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "runtime/combine.h"

namespace seine::cli {

using namespace std::chrono_literals;
using runtime::Task;

namespace {

constexpr Duration kFirstPause = 100ms;
constexpr Duration kLongestPause = 10s;
// A program that ran for so long did not fail at its start.
constexpr Duration kSteady = 30s;
constexpr int kRefused = 64;

Task<Result<void>> ended(netns::LaunchedProcess& process) {
  (void)co_await process.wait();
  co_return Result<void>();
}

}  // namespace

Duration pause_after(Duration last, Duration ran, int exit_code) {
  if (exit_code == kRefused) return kLongestPause;
  if (last == Duration::zero() || ran > kSteady) return kFirstPause;
  return std::min(last * 2, kLongestPause);
}

KeptPod::KeptPod(runtime::EventLoop& loop, const Log& log, const PodSite& site,
                 const RunOptions& options, KeptProgram& program)
    : loop_(loop),
      log_(log),
      site_(site),
      options_(options),
      program_(program),
      scope_(loop, [](Error) {}) {}

KeptPod::~KeptPod() {
  scope_.cancel();
  process_.reset();
}

Task<void> KeptPod::keep(KeptPod& self) {
  Duration pause{};
  for (;;) {
    self.pod_ = std::make_unique<Pod>(self.loop_, self.log_, self.site_, self.options_);
    const Result<void> started = co_await self.pod_->start();
    if (started) {
      self.is_up_ = true;
      self.program_.on_pod(*self.pod_);
      co_await self.keep_program();
    }
    pause = pause_after(pause, Duration::zero(), 0);
    log_warn(self.log_, std::string(self.program_.name()) + "'s pod cannot be started; tried again",
             {{"reason", started.error().to_string()}, {"in", format_duration(pause)}});
    co_await self.pod_->abandon();
    self.pod_.reset();
    co_await runtime::sleep_for(self.loop_, pause);
  }
}

Task<netns::Exit> KeptPod::run_program() {
  auto process = netns::launch(loop_, pod_->network(), program_.launch(*pod_));
  if (!process) co_return netns::Exit{.code = 125, .problem = process.error().to_string()};
  process_ = *std::move(process);
  pod_->set_program_runs(true);
  netns::Exit exit = co_await process_->wait();
  pod_->set_program_runs(false);
  process_.reset();
  co_return exit;
}

// Never completes.
Task<void> KeptPod::keep_program() {
  Duration pause{};
  for (;;) {
    co_await program_.prepare();
    const TimePoint started = loop_.now();
    const netns::Exit exit = co_await run_program();
    pause = pause_after(pause, loop_.now() - started, exit.code);
    log_warn(log_,
             std::string(program_.name()) + " ended; traffic goes on, and it is started again",
             {{"exit_code", std::to_string(exit.code)},
              {"problem", exit.problem},
              {"in", format_duration(pause)}});
    co_await runtime::sleep_for(loop_, pause);
  }
}

Task<void> KeptPod::stop(Duration patience) {
  scope_.cancel();
  if (pod_ == nullptr) co_return;
  if (!is_up_) {
    co_await pod_->abandon();
    pod_.reset();
    co_return;
  }
  co_await pod_->say_goodbye();
  if (process_ != nullptr) {
    process_->signal(SIGTERM);
    const auto gone = co_await runtime::with_deadline(loop_, patience, ErrorCode::kTimeout,
                                                      "its end", ended(*process_));
    if (!gone)
      log_warn(log_, std::string(program_.name()) + " did not end in time, and was killed");
    pod_->set_program_runs(false);
    process_.reset();
  }
  co_await pod_->end();
  pod_.reset();
}

}  // namespace seine::cli
