// SPDX-License-Identifier: Apache-2.0
#include "proxy/identity/certifier.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "crypto/request.h"
#include "io/linkerd/proxy/identity.pb.h"
#include "runtime/combine.h"

namespace seine::proxy {

namespace identity_api = io::linkerd::proxy::identity;
using namespace std::chrono_literals;
using runtime::Task;

namespace {

constexpr char kCertify[] = "/io.linkerd.proxy.identity.Identity/Certify";
constexpr Duration kCertifyTimeout = 10s;
constexpr Duration kWarnEvery = 15s;
// A projected service account token has about 1 KiB.
constexpr std::size_t kMaxToken = 64 * 1024;

// Read anew for each call: whoever made it replaces it before it expires.
Result<std::string> read_token(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return fail_errno(ErrorCode::kUnavailable, errno, "cannot open the token file " + path);
  }
  std::string token;
  std::array<char, 4096> buffer;
  ssize_t n;
  while ((n = read(fd, buffer.data(), buffer.size())) > 0 && token.size() <= kMaxToken) {
    token.append(buffer.data(), static_cast<std::size_t>(n));
  }
  const int err = errno;
  close(fd);
  if (n < 0) return fail_errno(ErrorCode::kUnavailable, err, "cannot read the token file " + path);
  if (token.empty()) return fail(ErrorCode::kUnavailable, "the token file " + path + " is empty");
  if (token.size() > kMaxToken) {
    return fail(ErrorCode::kUnavailable, "the token file " + path + " is longer than 64 KiB");
  }
  return token;
}

struct Certified {
  TlsState::Context context;
  WallTime expires;
};

Result<Certified> accept(const CertifierContext& context, crypto::PrivateKey key,
                         const crypto::SubjectName& name,
                         const identity_api::CertifyResponse& response) {
  Result<crypto::Certificate> leaf = crypto::Certificate::from_der(response.leaf_certificate());
  if (!leaf) return fail(std::move(leaf.error()).with_context("the leaf certificate"));
  crypto::TlsCredentials credentials{
      .leaf = std::move(*leaf), .intermediates = {}, .key = std::move(key)};
  for (const std::string& der : response.intermediate_certificates()) {
    Result<crypto::Certificate> intermediate = crypto::Certificate::from_der(der);
    if (!intermediate) {
      return fail(std::move(intermediate.error()).with_context("an intermediate certificate"));
    }
    credentials.intermediates.push_back(std::move(*intermediate));
  }
  const WallTime now = context.loop.clock().wall_now();
  const WallTime expires = WallTime(std::chrono::seconds(response.valid_until().seconds()) +
                                    std::chrono::nanoseconds(response.valid_until().nanos()));
  if (expires <= now) return fail(ErrorCode::kTlsHandshake, "valid_until lies in the past");
  if (Result<> checked = credentials.check(context.anchors, name, now); !checked) {
    return fail(std::move(checked.error()).with_context("the certificate that was issued"));
  }
  Result<TlsState::Context> tls = crypto::TlsContext::create(context.anchors, credentials, now);
  if (!tls) return fail(tls.error());
  return Certified{std::move(*tls), std::min(expires, credentials.leaf.not_after())};
}

Task<Result<Certified>> certify(const CertifierContext& context) {
  const Result<crypto::SubjectName> name =
      crypto::SubjectName::parse(context.config.identity.local_id);
  if (!name) co_return fail(name.error());
  Result<std::string> token = read_token(context.config.identity.token_file);
  if (!token) co_return fail(token.error());
  Result<crypto::PrivateKey> key = crypto::PrivateKey::generate();
  if (!key) co_return fail(key.error());
  Result<crypto::Der> csr = crypto::make_request(*key, *name);
  if (!csr) co_return fail(csr.error());
  identity_api::CertifyRequest request;
  request.set_identity(context.config.identity.local_id);
  request.set_token(std::move(*token));
  request.set_certificate_signing_request(std::move(*csr));
  Result<identity_api::CertifyResponse> response =
      co_await context.channel.unary<identity_api::CertifyResponse>(
          kCertify, request, {.metadata = {}, .deadline = kCertifyTimeout});
  if (!response) co_return fail(response.error());
  co_return accept(context, std::move(*key), *name, *response);
}

// Sleeps until `when` by the wall clock, noticing within a minute that it has jumped.
Task<void> sleep_until(runtime::EventLoop& loop, WallTime when) {
  for (;;) {
    const Duration left = when - loop.clock().wall_now();
    if (left <= Duration::zero()) co_return;
    co_await runtime::sleep_for(loop, std::min<Duration>(left, 60s));
  }
}

std::int64_t unix_seconds(WallTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

}  // namespace

Duration refresh_after(Duration life, Duration min, Duration max) {
  return std::clamp<Duration>(life / 10 * 7, min, max);
}

Task<Result<void>> keep_certified(CertifierContext context, OnCertified on_certified) {
  const IdentityConfig& config = context.config.identity;
  const auto refreshes = [&](std::string_view result) {
    context.telemetry.cert_refreshes.get(context.core, OneLabel{"result", result}).add();
  };
  const metrics::Gauge expiration = context.telemetry.cert_expiration_seconds.get(context.core);
  const metrics::Gauge refreshed = context.telemetry.cert_refresh_seconds.get(context.core);
  std::optional<WallTime> expires;
  std::optional<TimePoint> warned;
  for (;;) {
    Result<Certified> certified = co_await certify(context);
    const WallTime now = context.loop.clock().wall_now();
    if (certified) {
      refreshes("ok");
      expires = certified->expires;
      expiration.set(unix_seconds(*expires));
      refreshed.set(unix_seconds(now));
      log_info(context.log, "certified",
               {{"identity", config.local_id}, {"expires", format_rfc3339(*expires)}});
      on_certified(std::move(certified->context));
      warned.reset();
      co_await sleep_until(context.loop, now + refresh_after(*expires - now, config.min_refresh,
                                                             config.max_refresh));
      continue;
    }
    refreshes("error");
    if (!warned || context.loop.now() - *warned >= kWarnEvery) {
      warned = context.loop.now();
      log_warn(context.log, "cannot be certified; trying again",
               {{"identity", config.local_id},
                {"error", certified.error().to_string()},
                {"expires", expires ? format_rfc3339(*expires) : "never certified"}});
    }
    // While the old certificate holds there is time; a tenth of what is left, within bounds.
    const Duration left = expires ? *expires - now : Duration::zero();
    co_await runtime::sleep_for(
        context.loop, std::clamp<Duration>(left / 10, std::min<Duration>(1s, config.min_refresh),
                                           config.min_refresh));
  }
}

}  // namespace seine::proxy
