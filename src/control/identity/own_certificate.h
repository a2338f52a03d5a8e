// SPDX-License-Identifier: Apache-2.0
// A certificate of the control plane itself, issued by its own authority and renewed in process,
// with a new key each time, when 70 % of its life has passed.
#pragma once

#include <memory>
#include <string>

#include "base/log.h"
#include "base/result.h"
#include "control/identity/certifier.h"
#include "crypto/names.h"
#include "crypto/tls_context.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"
#include "runtime/task_scope.h"

namespace seine::control {

// One loop. All that it is given outlives it.
class OwnCertificate {
 public:
  // After a failed renewal; the old certificate serves on meanwhile.
  static constexpr std::chrono::seconds kRetry{10};

  // `identity` is a DNS name of this mesh. Error kInvalidConfig if it is none, else why the
  // authority does not issue.
  static Result<std::unique_ptr<OwnCertificate>> issue(runtime::EventLoop& loop, const Log& log,
                                                       const Certifier& certifier,
                                                       const crypto::TrustAnchors& anchors,
                                                       std::string_view identity);

  // For the next connection; connections under way keep the one they began with.
  std::shared_ptr<const crypto::TlsContext> context() const { return current_.context; }
  WallTime valid_until() const { return current_.valid_until; }

 private:
  struct Issued {
    std::shared_ptr<const crypto::TlsContext> context;
    WallTime valid_until;
  };

  OwnCertificate(runtime::EventLoop& loop, const Log& log, const Certifier& certifier,
                 const crypto::TrustAnchors& anchors, crypto::SubjectName name)
      : loop_(loop),
        log_(log),
        certifier_(certifier),
        anchors_(anchors),
        name_(std::move(name)),
        scope_(loop, [](Error) {}) {}
  Result<Issued> make() const;
  runtime::Task<void> renew();

  runtime::EventLoop& loop_;
  const Log& log_;
  const Certifier& certifier_;
  const crypto::TrustAnchors& anchors_;
  const crypto::SubjectName name_;
  Issued current_;
  runtime::TaskScope scope_;
};

}  // namespace seine::control
