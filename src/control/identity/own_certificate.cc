// SPDX-License-Identifier: Apache-2.0
#include "control/identity/own_certificate.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "crypto/request.h"
#include "runtime/combine.h"

namespace seine::control {
namespace {

// A clock that jumps is noticed within this time, whatever the certificate's life.
constexpr std::chrono::minutes kLongestSleep{10};

}  // namespace

Result<std::unique_ptr<OwnCertificate>> OwnCertificate::issue(runtime::EventLoop& loop,
                                                              const Log& log,
                                                              const Certifier& certifier,
                                                              const crypto::TrustAnchors& anchors,
                                                              std::string_view identity) {
  auto name = crypto::SubjectName::parse_dns(identity);
  if (!name) {
    name.error().code = ErrorCode::kInvalidConfig;
    return fail(std::move(name.error()));
  }
  std::unique_ptr<OwnCertificate> own(
      new OwnCertificate(loop, log, certifier, anchors, *std::move(name)));
  auto issued = own->make();
  if (!issued) return fail(std::move(issued.error()));
  own->current_ = *std::move(issued);
  own->scope_.spawn(own->renew());
  return own;
}

Result<OwnCertificate::Issued> OwnCertificate::make() const {
  auto key = crypto::PrivateKey::generate();
  if (!key) return fail(std::move(key.error()));
  const auto csr = crypto::make_request(*key, name_);
  if (!csr) return fail(csr.error());
  const auto certified = certifier_.certify_own(name_, *csr);
  if (!certified) return fail(certified.error());
  auto leaf = crypto::Certificate::from_der(certified->leaf);
  if (!leaf) return fail(std::move(leaf.error()));
  crypto::TlsCredentials credentials{.leaf = *std::move(leaf), .key = *std::move(key)};
  for (const crypto::Der& der : certified->intermediates) {
    auto intermediate = crypto::Certificate::from_der(der);
    if (!intermediate) return fail(std::move(intermediate.error()));
    credentials.intermediates.push_back(*std::move(intermediate));
  }
  const WallTime now = loop_.clock().wall_now();
  auto checked = credentials.check(anchors_, name_, now);
  if (!checked) return fail(std::move(checked.error()));
  auto context = crypto::TlsContext::create(anchors_, credentials, now);
  if (!context) return fail(std::move(context.error()));
  return Issued{*std::move(context), certified->valid_until};
}

runtime::Task<void> OwnCertificate::renew() {
  const auto due_after = [this] {
    return (current_.valid_until - loop_.clock().wall_now()) / 10 * 7;
  };
  WallTime due = loop_.clock().wall_now() + due_after();
  for (;;) {
    const Duration left = due - loop_.clock().wall_now();
    if (left > Duration::zero()) {
      co_await runtime::sleep_for(loop_, std::min<Duration>(left, kLongestSleep));
      continue;
    }
    auto issued = make();
    if (issued) {
      current_ = *std::move(issued);
      log_info(log_, "renewed the control plane's certificate",
               {{"identity", name_.text()}, {"until", format_rfc3339(current_.valid_until)}});
      // At least kRetry from now, so that a life of seconds does not make this spin.
      due = loop_.clock().wall_now() + std::max<Duration>(due_after(), kRetry);
    } else {
      log_error(log_, "the control plane's certificate cannot be renewed",
                {{"identity", name_.text()}, {"reason", issued.error().message}});
      due = loop_.clock().wall_now() + kRetry;
    }
  }
}

}  // namespace seine::control
