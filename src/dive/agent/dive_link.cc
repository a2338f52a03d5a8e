// SPDX-License-Identifier: Apache-2.0
#include "dive/agent/dive_link.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "crypto/signature.h"
#include "dive/agent/agent_key.h"
#include "dive/agent/agent_limits.h"
#include "dive/v1/cluster.pb.h"
#include "runtime/combine.h"
#include "runtime/signal.h"

namespace seine::dive {

namespace wire = ::dive::v1;

namespace {

constexpr char kJoin[] = "/dive.v1.Cluster/Join";
constexpr char kChallenge[] = "/dive.v1.Cluster/Challenge";
constexpr char kAuthenticate[] = "/dive.v1.Cluster/Authenticate";
constexpr std::chrono::seconds kShortestLife{2};
constexpr std::chrono::hours kLongestLife{1};

http::Http2Options http2_options() {
  http::Http2Options options;
  options.keepalive_interval = kKeepalive;
  options.keepalive_timeout = kKeepalive;
  return options;
}

grpc::CallOptions bounded() {
  return {.deadline = Duration(kCallTimeout)};
}

bool is_denied(const Error& error) {
  return grpc::status_code(error) == grpc::StatusCode::kPermissionDenied;
}

}  // namespace

DiveLink::Session::Session(runtime::EventLoop& loop, std::unique_ptr<runtime::Stream> stream,
                           std::string authority)
    : client(loop, std::move(stream), http2_options()),
      channel(loop, client, std::move(authority)) {}

grpc::CallOptions DiveLink::Session::call_options() const {
  grpc::CallOptions options;
  options.metadata.add("authorization", "Bearer " + token);
  return options;
}

DiveLink::DiveLink(runtime::EventLoop& loop, const Log& log, Dialer& dialer,
                   const crypto::PrivateKey& key, std::minstd_rand& random, LinkOptions options)
    : loop_(loop),
      log_(log),
      dialer_(dialer),
      key_(key),
      options_(std::move(options)),
      has_joined_(options_.has_joined),
      backoff_(random, kShortestBackoff, kLongestBackoff),
      renewal_(loop),
      scope_(loop, [](Error) {}) {
  scope_.spawn(run());
}

runtime::Task<std::shared_ptr<DiveLink::Session>> DiveLink::session() {
  runtime::Waker waker(loop_);
  Waiter waiter;
  while (!is_up()) {
    waiter.slot.arm(waker);
    if (!waiter.linked()) waiters_.push_back(waiter);
    co_await waker.wait();
  }
  co_return session_;
}

void DiveLink::refuse(const Session& session) {
  if (session_.get() != &session) return;
  session_->token.clear();
  renewal_.on_wake();
}

void DiveLink::tell_waiters() {
  while (!waiters_.empty()) waiters_.pop_front().slot.wake();
}

runtime::Task<void> DiveLink::run() {
  for (;;) {
    const auto ended = co_await live();
    session_ = nullptr;
    note_end(ended);
    co_await runtime::sleep_for(loop_, backoff_.next());
  }
}

void DiveLink::note_end(const Result<void>& ended) {
  const std::string reason = ended ? "the connection has ended" : ended.error().to_string();
  const bool was_away = std::exchange(is_away_, true);
  if (unknown_since_) {
    // Whoever looks after the agent may have another token for it in a moment.
    if (loop_.now() - *unknown_since_ < kTokenPatience || std::exchange(is_unknown_, true)) return;
    log_warn(log_, "Dive does not know this cluster; it is to join by a new token",
             {{"cluster", options_.cluster}, {"reason", reason}});
  } else if (!was_away) {
    log_warn(log_, "Dive is away; what is to be told is kept until it is there again",
             {{"reason", reason}});
  } else {
    log_debug(log_, "Dive is still away", {{"reason", reason}});
  }
}

void DiveLink::note_denied() {
  if (!unknown_since_) unknown_since_ = loop_.now();
  if (std::exchange(has_joined_, false) && options_.on_lost) options_.on_lost();
}

runtime::Task<Result<void>> DiveLink::live() {
  auto connected = co_await connect();
  if (!connected) co_return fail(std::move(connected.error()));
  const std::shared_ptr<Session> session = *std::move(connected);
  while (session->client.usable()) {
    const auto life = co_await authenticate(*session);
    if (!life) co_return fail(life.error());
    backoff_.reset();
    if (std::exchange(is_away_, false)) log_info(log_, "Dive is there again");
    session_ = session;
    tell_waiters();
    co_await wait_for_renewal(*session, *life / 2);
  }
  co_return Result<void>();
}

runtime::Task<Result<std::shared_ptr<DiveLink::Session>>> DiveLink::connect() {
  auto stream = co_await runtime::with_deadline(loop_, kConnectTimeout, ErrorCode::kConnectTimeout,
                                                "no connection to Dive", dialer_.dial());
  if (!stream) co_return fail(std::move(stream.error()));
  ++connections_;
  co_return std::make_shared<Session>(loop_, *std::move(stream), options_.authority);
}

runtime::Task<Result<void>> DiveLink::join(Session& session, std::string token) {
  wire::JoinRequest request;
  request.set_token(std::move(token));
  request.set_cluster(options_.cluster);
  request.set_public_key(crypto::public_key_der(key_));
  request.set_agent_version(options_.agent_version);
  const auto joined = co_await session.channel.unary<wire::JoinResponse>(kJoin, request, bounded());
  if (!joined) {
    if (is_denied(joined.error())) {
      log_error(log_, "Dive does not take the token to join by; make another",
                {{"cluster", options_.cluster}, {"reason", joined.error().message}});
    }
    co_return fail(joined.error());
  }
  log_info(log_, "the cluster has joined Dive", {{"cluster", options_.cluster}});
  has_joined_ = true;
  options_.on_joined();
  co_return Result<void>();
}

runtime::Task<Result<Duration>> DiveLink::authenticate(Session& session) {
  // Without a token Dive says itself whether it knows the key.
  std::string token = has_joined_ ? "" : options_.join_token();
  if (!token.empty()) {
    auto joined = co_await join(session, std::move(token));
    if (!joined) co_return fail(std::move(joined.error()));
  }
  wire::ChallengeRequest ask;
  ask.set_cluster(options_.cluster);
  const auto challenge =
      co_await session.channel.unary<wire::ChallengeResponse>(kChallenge, ask, bounded());
  if (!challenge) co_return fail(challenge.error());
  auto signature = crypto::sign(key_, challenge_text(options_.cluster, challenge->nonce()));
  if (!signature) co_return fail(std::move(signature.error()));
  wire::AuthenticateRequest request;
  request.set_cluster(options_.cluster);
  request.set_nonce(challenge->nonce());
  request.set_signature(*std::move(signature));
  request.set_agent_version(options_.agent_version);
  const auto answer =
      co_await session.channel.unary<wire::AuthenticateResponse>(kAuthenticate, request, bounded());
  if (!answer) {
    // It was removed, or Dive lost it: a new token may join it again.
    if (is_denied(answer.error())) note_denied();
    co_return fail(answer.error());
  }
  has_joined_ = true;
  unknown_since_.reset();
  is_unknown_ = false;
  session.token = answer->token();
  const Duration life = std::chrono::seconds(std::clamp<std::int64_t>(
      answer->life().seconds(), kShortestLife.count(), std::chrono::seconds(kLongestLife).count()));
  co_return life;
}

runtime::Task<void> DiveLink::wait_for_renewal(Session& session, Duration at_most) {
  runtime::Signal::Watch retired;
  session.client.retired().arm(retired, renewal_);
  const TimePoint until = loop_.now() + at_most;
  while (session.client.usable() && !session.token.empty() && loop_.now() < until) {
    co_await runtime::race(
        [](runtime::Waker& waker) -> runtime::Task<int> {
          co_await waker.wait();
          co_return 0;
        }(renewal_),
        [](runtime::EventLoop& loop, Duration left) -> runtime::Task<int> {
          co_await runtime::sleep_for(loop, left);
          co_return 0;
        }(loop_, until - loop_.now()));
  }
}

}  // namespace seine::dive
