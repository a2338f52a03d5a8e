// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/forwarded_signals.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/check.h"

namespace seine::cli {

ForwardedSignals::ForwardedSignals(runtime::EventLoop& loop) : loop_(loop) {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH}) {
    sigaddset(&signals, number);
  }
  // nohup(1) ignores it, which a descriptor would not see.
  struct sigaction hangup{};
  if (::sigaction(SIGHUP, nullptr, &hangup) != 0 || hangup.sa_handler != SIG_IGN) {
    sigaddset(&signals, SIGHUP);
  }
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  fd_ = ::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
  SEINE_CHECK(fd_ >= 0, "the kernel gives a signal descriptor");
  SEINE_CHECK(loop_.watch(fd_, *this).has_value(), "a signal descriptor can be watched");
}

ForwardedSignals::~ForwardedSignals() {
  loop_.unwatch(fd_);
  ::close(fd_);
}

runtime::Task<int> ForwardedSignals::next() {
  runtime::Waker waker(loop_);
  for (;;) {
    signalfd_siginfo info;
    if (::read(fd_, &info, sizeof info) == sizeof info) co_return static_cast<int>(info.ssi_signo);
    slot_.arm(waker);
    co_await waker.wait();
  }
}

}  // namespace seine::cli
