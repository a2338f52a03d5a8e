// SPDX-License-Identifier: Apache-2.0
#include "runtime/mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "base/check.h"

namespace seine::runtime {

MailboxBell::MailboxBell(EventLoop& loop)
    : loop_(loop), fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  SEINE_CHECK(fd_ >= 0, "eventfd failed: is the descriptor limit reached?");
  SEINE_CHECK(loop_.watch(fd_, *this).has_value(), "an eventfd cannot be watched");
}

MailboxBell::~MailboxBell() {
  loop_.unwatch(fd_);
  close(fd_);
}

// Every write raises an edge, whatever the count; so nobody has to read it, and it is far from full
// after a million rings a second for ten thousand years.
void MailboxBell::ring() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t n = write(fd_, &one, sizeof one);
}

void MailboxBell::on_events(std::uint32_t) {
  rung_ = true;
  slot_.wake();
}

void MailboxBell::arm(Wakeable& who) {
  slot_.arm(who);
  if (rung_) slot_.wake();
}

}  // namespace seine::runtime
