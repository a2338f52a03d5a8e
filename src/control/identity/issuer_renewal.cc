// SPDX-License-Identifier: Apache-2.0
#include "control/identity/issuer_renewal.h"

#include <algorithm>
#include <utility>

#include "runtime/combine.h"

namespace seine::control {

IssuerRenewal::IssuerRenewal(runtime::EventLoop& loop, const Log& log, const MeshNames& names,
                             std::string directory, Authority& authority, metrics::Gauge expires)
    : loop_(loop),
      log_(log),
      names_(names),
      directory_(std::move(directory)),
      authority_(authority),
      expires_(std::move(expires)),
      scope_(loop, [](Error) {}) {
  show_expiry();
  scope_.spawn(run(*this));
}

void IssuerRenewal::show_expiry() const {
  expires_.set(
      std::chrono::duration_cast<std::chrono::seconds>(expiry().time_since_epoch()).count());
}

runtime::Task<void> IssuerRenewal::run(IssuerRenewal& self) {
  WallTime due = self.expiry() - kIssuerRenewal;
  for (;;) {
    const Duration left = due - self.loop_.clock().wall_now();
    if (left > Duration::zero()) {
      co_await runtime::sleep_for(self.loop_, std::min<Duration>(left, kLongestSleep));
      continue;
    }
    const WallTime next = self.renew() ? self.expiry() - kIssuerRenewal : WallTime();
    due = std::max<WallTime>(next, self.loop_.clock().wall_now() + kRetry);
  }
}

bool IssuerRenewal::renew() {
  // Opening it anew makes a new issuer where there is the root's key, and otherwise finds the one
  // that somebody may have put there.
  Result<Authority> opened = Authority::open(directory_, names_, loop_.clock().wall_now(), log_);
  if (!opened) {
    log_error(log_, "the issuer cannot be renewed",
              {{"expires", format_rfc3339(expiry())}, {"reason", opened.error().message}});
    return false;
  }
  if (opened->issuer().certificate().not_after() <= expiry()) {
    log_error(log_,
              "the issuer expires and nobody renews it: root.key or a new issuer is needed, or a "
              "new root if that expires too",
              {{"expires", format_rfc3339(expiry())}, {"directory", directory_}});
    return false;
  }
  // New anchors are not adopted: proxies learn of them by a configuration of their own.
  const Result<void> trusted = authority_.anchors().verify_authority(opened->issuer().certificate(),
                                                                     {}, loop_.clock().wall_now());
  if (!trusted) {
    log_error(log_,
              "the new issuer is not of the root in use; restart the controller once proxies trust "
              "its root",
              {{"directory", directory_}, {"reason", trusted.error().message}});
    return false;
  }
  authority_.adopt_issuer(*std::move(opened));
  show_expiry();
  log_info(log_, "renewed the issuer", {{"expires", format_rfc3339(expiry())}});
  return true;
}

}  // namespace seine::control
