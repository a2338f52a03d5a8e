// SPDX-License-Identifier: Apache-2.0
#include "runtime/end_signals.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/check.h"

namespace seine::runtime {

namespace {

// A blocked signal reaches the descriptor even if it is ignored.
bool is_ignored(int number) {
  struct sigaction found{};
  return ::sigaction(number, nullptr, &found) == 0 && found.sa_handler == SIG_IGN;
}

}  // namespace

EndSignals::EndSignals(EventLoop& loop) : loop_(loop) {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGINT, SIGPIPE}) sigaddset(&signals, number);
  if (!is_ignored(SIGHUP)) sigaddset(&signals, SIGHUP);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  sigdelset(&signals, SIGPIPE);
  fd_ = ::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
  SEINE_CHECK(fd_ >= 0, "the kernel gives a signal descriptor");
  SEINE_CHECK(loop_.watch(fd_, *this).has_value(), "a signal descriptor can be watched");
}

EndSignals::~EndSignals() {
  loop_.unwatch(fd_);
  ::close(fd_);
}

Task<int> EndSignals::next() {
  Waker waker(loop_);
  for (;;) {
    signalfd_siginfo info;
    if (::read(fd_, &info, sizeof info) == sizeof info) co_return static_cast<int>(info.ssi_signo);
    slot_.arm(waker);
    co_await waker.wait();
  }
}

void EndSignals::on_events(std::uint32_t) {
  slot_.wake();
}

}  // namespace seine::runtime
