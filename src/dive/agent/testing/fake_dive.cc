// SPDX-License-Identifier: Apache-2.0
#include "dive/agent/testing/fake_dive.h"

#include <utility>

#include "crypto/random.h"
#include "crypto/signature.h"
#include "dive/agent/agent_key.h"
#include "dive/agent/agent_limits.h"
#include "dive/agent/wire_time.h"
#include "http/http2_server.h"
#include "runtime/testing/memory_stream.h"

namespace seine::dive::testing {

namespace wire = ::dive::v1;

using grpc::Status;
using grpc::StatusCode;
using runtime::Task;

struct FakeDive::Connection {
  explicit Connection(std::unique_ptr<runtime::Stream> stream) : stream_(std::move(stream)) {}
  std::unique_ptr<runtime::Stream> stream_;
};

FakeDive::FakeDive(runtime::EventLoop& loop) : loop_(loop), scope_(loop, [](Error) {}) {
  const std::string service = "/dive.v1.Cluster/";
  methods_.unary(service + "Join", *this, &FakeDive::join);
  methods_.unary(service + "Challenge", *this, &FakeDive::challenge);
  methods_.unary(service + "Authenticate", *this, &FakeDive::authenticate);
  methods_.unary(service + "AddEvent", *this, &FakeDive::add_event);
  methods_.duplex(service + "AddMetric", *this, &FakeDive::add_metric, kMaxMessageOctets + 1024);
  methods_.duplex(service + "DeploymentStream", *this, &FakeDive::deployment_stream);
  methods_.duplex(service + "ServiceStream", *this, &FakeDive::service_stream);
}

FakeDive::~FakeDive() {
  scope_.cancel();
}

Task<Result<std::unique_ptr<runtime::Stream>>> FakeDive::dial() {
  if (is_away) co_return fail(ErrorCode::kConnectRefused, "nobody listens");
  auto [near, far] = runtime::testing::MemoryStream::make_pair();
  accept(std::move(far));
  co_return std::unique_ptr<runtime::Stream>(std::move(near));
}

void FakeDive::accept(std::unique_ptr<runtime::Stream> stream) {
  ++connections;
  connections_.push_back(std::make_unique<Connection>(std::move(stream)));
  scope_.spawn(serve(*this, *connections_.back()));
}

void FakeDive::cut() {
  for (const auto& connection : connections_) connection->stream_->abort();
}

Task<void> FakeDive::serve(FakeDive& self, Connection& connection) {
  grpc::Server server(self.loop_, self.methods_, "agent");
  (void)co_await http::serve_http2(self.loop_, *connection.stream_, {}, server, self.drain_, {});
  connection.stream_->abort();
}

Task<Status> FakeDive::join(const grpc::Context&, const wire::JoinRequest& request,
                            wire::JoinResponse&) {
  ++joins;
  const bool is_again = !key_.empty() && key_ == request.public_key();
  if (denies || request.token() != join_token || (!key_.empty() && !is_again) ||
      !crypto::PublicKey::from_der(request.public_key())) {
    co_return Status{StatusCode::kPermissionDenied, "the token is not good"};
  }
  key_ = request.public_key();
  co_return Status{};
}

Task<Status> FakeDive::challenge(const grpc::Context&, const wire::ChallengeRequest&,
                                 wire::ChallengeResponse& response) {
  response.set_nonce(crypto::random_octets(16));
  nonces_.insert(response.nonce());
  co_return Status{};
}

Task<Status> FakeDive::authenticate(const grpc::Context&, const wire::AuthenticateRequest& request,
                                    wire::AuthenticateResponse& response) {
  ++authentications;
  const bool is_fresh = nonces_.erase(request.nonce()) == 1;
  const auto key = crypto::PublicKey::from_der(key_);
  if (denies || !is_fresh || !key ||
      !key->verify(challenge_text(request.cluster(), request.nonce()), request.signature())) {
    co_return Status{StatusCode::kPermissionDenied, "no such cluster"};
  }
  // Printable, as it travels in a header.
  std::string token = "bearer-" + std::to_string(authentications);
  bearers_.insert(token);
  response.set_token(std::move(token));
  response.mutable_life()->set_seconds(token_life);
  co_return Status{};
}

Status FakeDive::check(const grpc::Context& call) const {
  constexpr std::string_view kBearer = "Bearer ";
  const std::string_view value = call.metadata.get("authorization").value_or("");
  if (value.starts_with(kBearer) && bearers_.contains(std::string(value.substr(kBearer.size())))) {
    return {};
  }
  return {StatusCode::kUnauthenticated, "the token is over"};
}

bool FakeDive::is_new(const std::string& method, const wire::Envelope& envelope) {
  Told& known = told[method];
  std::uint64_t& last = known.last[envelope.epoch()];
  if (envelope.sequence() <= last) {
    ++known.again;
    return false;
  }
  known.gaps += envelope.sequence() - last - 1;
  last = envelope.sequence();
  known.dropped += envelope.dropped();
  ++known.messages;
  return true;
}

void FakeDive::take(const wire::MetricMessage& message) {
  for (const wire::CountedBucket& counted : message.buckets()) {
    const auto& reporter = counted.reporter();
    ++buckets[{reporter.instance(), reporter.boot(), counted.bucket().sequence()}];
    for (const auto& row : counted.bucket().http()) requests += row.count();
  }
  if (message.has_complete_until()) complete_until = decode_time(message.complete_until());
}

Task<Status> FakeDive::add_event(const grpc::Context& call, const wire::AddEventRequest& request,
                                 wire::Acknowledgement& response) {
  if (Status status = check(call); !status.ok()) co_return status;
  const Fate what = fate_of("AddEvent");
  if (what == Fate::kLost) {
    cut();
    co_return Status{StatusCode::kUnavailable, "lost"};
  }
  if (what == Fate::kExhausted) co_return Status{StatusCode::kResourceExhausted, "later"};
  if (what == Fate::kRefused) co_return Status{StatusCode::kInvalidArgument, "never"};
  if (is_new("AddEvent", request.envelope())) events.push_back(request.event());
  response.set_epoch(request.envelope().epoch());
  response.set_sequence(request.envelope().sequence());
  if (what == Fate::kUnsaid) {
    cut();
    co_return Status{StatusCode::kUnavailable, "taken, and not said"};
  }
  co_return Status{};
}

template <class Message>
Task<Status> FakeDive::stream(const grpc::Context& call, std::string method,
                              grpc::Reader<Message>& in, grpc::Writer<wire::Acknowledgement>& out) {
  if (Status status = check(call); !status.ok()) co_return status;
  for (;;) {
    auto message = co_await in.next();
    if (!message) co_return grpc::to_status(message.error());
    if (!*message) co_return Status{};
    const Fate what = fate_of(method);
    if (what == Fate::kLost) {
      cut();
      co_return Status{StatusCode::kUnavailable, "lost"};
    }
    if (what == Fate::kExhausted) co_return Status{StatusCode::kResourceExhausted, "later"};
    const wire::Envelope& envelope = (*message)->envelope();
    if (is_new(method, envelope) && what != Fate::kRefused) take(**message);
    if (what == Fate::kUnsaid) {
      cut();
      co_return Status{StatusCode::kUnavailable, "taken, and not said"};
    }
    if (what == Fate::kKept) continue;
    wire::Acknowledgement acknowledgement;
    acknowledgement.set_epoch(envelope.epoch());
    acknowledgement.set_sequence(envelope.sequence());
    if (what == Fate::kRefused) acknowledgement.set_refused("never");
    co_await out.write(acknowledgement);
  }
}

Task<Status> FakeDive::add_metric(const grpc::Context& call, grpc::Reader<wire::MetricMessage>& in,
                                  grpc::Writer<wire::Acknowledgement>& out) {
  co_return co_await stream(call, "AddMetric", in, out);
}

Task<Status> FakeDive::deployment_stream(const grpc::Context& call,
                                         grpc::Reader<wire::DeploymentMessage>& in,
                                         grpc::Writer<wire::Acknowledgement>& out) {
  co_return co_await stream(call, "DeploymentStream", in, out);
}

Task<Status> FakeDive::service_stream(const grpc::Context& call,
                                      grpc::Reader<wire::ServiceMessage>& in,
                                      grpc::Writer<wire::Acknowledgement>& out) {
  co_return co_await stream(call, "ServiceStream", in, out);
}

}  // namespace seine::dive::testing
