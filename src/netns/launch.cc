// SPDX-License-Identifier: Apache-2.0
#include "netns/launch.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "netns/launch_init.h"
#include "netns/launch_plan.h"

namespace seine::netns {

using runtime::EventLoop;
using runtime::Task;

namespace {

Error cannot(std::string_view what) {
  return errno_error(ErrorCode::kUnavailable, errno, "cannot " + std::string(what));
}

// On a thread in the pod's network, which ends at once: its pid namespace is only for children.
Result<pid_t> fork_init(const LaunchPlan& plan, int channel) {
  if (unshare(CLONE_NEWPID) != 0) return fail(cannot("make a pid namespace"));
  const pid_t init = _Fork();
  if (init < 0) return fail(cannot("fork"));
  if (init == 0) run_init(plan, channel);
  return init;
}

}  // namespace

Result<std::unique_ptr<LaunchedProcess>> launch(EventLoop& loop, const NetworkNamespace& network,
                                                const Launch& launch) {
  const Result<LaunchPlan> plan = LaunchPlan::make(launch);
  if (!plan) return fail(plan.error());
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return fail(cannot("make a channel"));
  }
  Descriptor ours(ends[0]);
  const Descriptor theirs(ends[1]);
  const Result<pid_t> init = network.run([&] { return fork_init(*plan, theirs.get()); });
  if (!init) return fail(init.error());
  std::unique_ptr<LaunchedProcess> process(new LaunchedProcess(
      loop, launch.argv.front(), std::move(ours), *init, plan->takes_terminal ? launch.input : -1));
  if (Result<void> watched = loop.watch(process->channel_.get(), *process); !watched) {
    return fail(watched.error());
  }
  return process;
}

LaunchedProcess::~LaunchedProcess() {
  loop_.unwatch(channel_.get());
  channel_.reset();
  reap();
  take_terminal_back();
}

void LaunchedProcess::on_events(std::uint32_t) {
  slot_.wake();
}

void LaunchedProcess::signal(int number) {
  const auto byte = static_cast<unsigned char>(number);
  send(channel_.get(), &byte, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

std::optional<Exit> LaunchedProcess::take_news() {
  LaunchNews news;
  const ssize_t got = recv(channel_.get(), &news, sizeof news, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
  reap();
  if (got != static_cast<ssize_t>(sizeof news)) {
    return Exit{125, "the init of the program was killed, and the program with it"};
  }
  if (news.kind == LaunchNews::Kind::kEnded) return Exit{exit_code_of(news.value), {}};
  return explain_failure(news.step, news.value, program_);
}

Task<Exit> LaunchedProcess::wait() {
  runtime::Waker waker(loop_);
  for (;;) {
    if (std::optional<Exit> exit = take_news()) co_return std::move(*exit);
    slot_.arm(waker);
    co_await waker.wait();
  }
}

void LaunchedProcess::reap() {
  if (init_ <= 0) return;
  while (waitpid(init_, nullptr, 0) < 0 && errno == EINTR) {
  }
  init_ = 0;
}

void LaunchedProcess::take_terminal_back() const {
  if (terminal_ < 0) return;
  sigset_t stop, before;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTTOU);
  pthread_sigmask(SIG_BLOCK, &stop, &before);
  tcsetpgrp(terminal_, getpgrp());
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace seine::netns
