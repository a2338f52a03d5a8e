// SPDX-License-Identifier: Apache-2.0
// Keeps this proxy certified: a fresh key and request, Identity.Certify with the token of the
// moment, the answer checked, then again when 70 % of its life has passed. The key never leaves
// memory. On the control loop.
#pragma once

#include <functional>

#include "base/log.h"
#include "crypto/tls_context.h"
#include "grpc/client.h"
#include "proxy/config.h"
#include "proxy/telemetry.h"
#include "proxy/tls_state.h"
#include "runtime/task.h"

namespace seine::proxy {

struct CertifierContext {
  runtime::EventLoop& loop;
  const Log& log;
  const Config& config;
  const crypto::TrustAnchors& anchors;
  const grpc::Channel& channel;
  Telemetry& telemetry;
  std::size_t core;
};

// A new certificate, as a TLS context to be used from now on.
using OnCertified = std::function<void(TlsState::Context)>;

// Never ends. Until the first success it tries again after 1 s and warns every 15 s; later failures
// are tried again while the old certificate holds and after.
runtime::Task<Result<void>> keep_certified(CertifierContext context, OnCertified on_certified);

// When to renew: after 70 % of `life`, within [min, max].
Duration refresh_after(Duration life, Duration min, Duration max);

}  // namespace seine::proxy
