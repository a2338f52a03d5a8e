// SPDX-License-Identifier: Apache-2.0
#include "dive/api/cluster_service.h"

#include <optional>
#include <utility>
#include <vector>

#include "runtime/channel.h"
#include "runtime/combine.h"

namespace seine::dive {

namespace wire = ::dive::v1;

using grpc::Status;
using grpc::StatusCode;
using runtime::Task;

namespace {

Status denied_or(const Error& error) {
  if (error.code == ErrorCode::kUnauthorized) return {StatusCode::kPermissionDenied, error.message};
  return grpc::to_status(error);
}

// Why nothing was applied. Whatever the store says of itself, it says nothing of the messages: an
// agent drops what is an invalid argument, and keeps this.
Status not_applied(const Error& error) {
  const Status status = grpc::to_status(error);
  return {status.code == StatusCode::kInvalidArgument ? StatusCode::kUnavailable : status.code,
          status.message};
}

std::optional<std::string> caller(AgentCredentials& credentials, const grpc::Context& call) {
  return credentials.find_cluster(call.metadata.get("authorization").value_or(""));
}

Status unauthenticated() {
  return {StatusCode::kUnauthenticated, "the token is unknown or over; authenticate"};
}

void encode(const Applied& applied, wire::Acknowledgement& out) {
  out.set_epoch(applied.epoch);
  out.set_sequence(applied.sequence);
  out.set_refused(applied.refused);
}

// Of the caller's messages: as many as have come, at least one. Empty: there are no more.
template <class Message>
Task<std::vector<Message>> take_some(runtime::Channel<Message>& from) {
  std::vector<Message> out;
  auto first = co_await from.receive();
  while (first) {
    out.push_back(*std::move(first));
    first = from.try_receive();
  }
  co_return out;
}

// Reads ahead until the caller fails; where it has said all, what has come is still applied.
template <class Message>
Task<Status> read_all(runtime::EventLoop& loop, grpc::Reader<Message>& in,
                      runtime::Channel<Message>& into) {
  for (;;) {
    auto message = co_await in.next();
    if (!message) co_return grpc::to_status(message.error());
    if (!*message) break;
    if (!co_await into.send(**std::move(message))) break;
  }
  into.close();
  runtime::Waker never(loop);
  co_await never.wait();
  co_return Status{};
}

// A process that ends takes no more: what has been read and not applied is sent again.
Task<Status> until_drain(runtime::EventLoop& loop, runtime::Drain& drain) {
  runtime::Waker waker(loop);
  runtime::Signal::Watch watch;
  drain.arm(watch, waker);
  while (!drain.fired()) co_await waker.wait();
  co_return Status{StatusCode::kUnavailable, "Dive is going away; come again"};
}

template <class Message>
Task<Status> apply_all(ClusterSink& sink, std::string cluster, runtime::Channel<Message>& from,
                       grpc::Writer<wire::Acknowledgement>& out) {
  for (;;) {
    std::vector<Message> messages = co_await take_some(from);
    if (messages.empty()) co_return Status{};
    auto outcomes = co_await sink.add(cluster, std::move(messages));
    if (!outcomes) co_return not_applied(outcomes.error());
    // One stands for all before it, but for those that say why they were not taken.
    for (std::size_t i = 0; i < outcomes->size(); ++i) {
      const Applied& applied = (*outcomes)[i];
      const bool is_last = i + 1 == outcomes->size() || (*outcomes)[i + 1].epoch != applied.epoch;
      if (!is_last && applied.refused.empty()) continue;
      wire::Acknowledgement acknowledgement;
      encode(applied, acknowledgement);
      co_await out.write(acknowledgement);
    }
  }
}

}  // namespace

void ClusterService::serve(grpc::Methods& methods) {
  const std::string service = "/dive.v1.Cluster/";
  methods.unary(service + "Join", *this, &ClusterService::join);
  methods.unary(service + "Challenge", *this, &ClusterService::challenge);
  methods.unary(service + "Authenticate", *this, &ClusterService::authenticate);
  methods.unary(service + "AddEvent", *this, &ClusterService::add_event);
  methods.duplex(service + "AddMetric", *this, &ClusterService::add_metric, kMaxTakenMessage);
  methods.duplex(service + "DeploymentStream", *this, &ClusterService::add_deployments,
                 kMaxTakenMessage);
  methods.duplex(service + "ServiceStream", *this, &ClusterService::add_services, kMaxTakenMessage);
}

Task<Status> ClusterService::join(const grpc::Context&, const wire::JoinRequest& request,
                                  wire::JoinResponse&) {
  const auto joined =
      co_await credentials_.join(request.token(), request.cluster(), request.public_key());
  log_info(log_, joined ? "a cluster has joined" : "a cluster could not join",
           {{"cluster", request.cluster().substr(0, kMaxClusterName)},
            {"agent", request.agent_version().substr(0, kMaxClusterName)},
            {"reason", joined ? "" : joined.error().message}});
  co_return joined ? Status{} : denied_or(joined.error());
}

Task<Status> ClusterService::challenge(const grpc::Context&, const wire::ChallengeRequest& request,
                                       wire::ChallengeResponse& response) {
  auto nonce = credentials_.make_nonce(request.cluster());
  if (!nonce) co_return grpc::to_status(nonce.error());
  response.set_nonce(*std::move(nonce));
  co_return Status{};
}

Task<Status> ClusterService::authenticate(const grpc::Context&,
                                          const wire::AuthenticateRequest& request,
                                          wire::AuthenticateResponse& response) {
  auto token =
      co_await credentials_.authenticate(request.cluster(), request.nonce(), request.signature());
  if (!token) co_return denied_or(token.error());
  response.set_token(*std::move(token));
  response.mutable_life()->set_seconds(std::chrono::seconds(kBearerLife).count());
  co_return Status{};
}

Task<Status> ClusterService::add_event(const grpc::Context& call,
                                       const wire::AddEventRequest& request,
                                       wire::Acknowledgement& response) {
  auto cluster = caller(credentials_, call);
  if (!cluster) co_return unauthenticated();
  std::vector<wire::AddEventRequest> events;
  events.push_back(request);
  const auto outcomes = co_await sink_.add(*std::move(cluster), std::move(events));
  if (!outcomes) co_return not_applied(outcomes.error());
  if (outcomes->size() != 1) co_return Status{StatusCode::kInternal, "the event has no outcome"};
  if (!outcomes->front().refused.empty()) {
    co_return Status{StatusCode::kInvalidArgument, outcomes->front().refused};
  }
  encode(outcomes->front(), response);
  co_return Status{};
}

template <class Message>
Task<Status> ClusterService::stream(const grpc::Context& call, grpc::Reader<Message>& in,
                                    Acknowledgements& out) {
  auto cluster = caller(credentials_, call);
  if (!cluster) co_return unauthenticated();
  runtime::Channel<Message> ahead(loop_, kMaxTakenAtOnce);
  auto applied = apply_all(sink_, *std::move(cluster), ahead, out);
  auto ended = co_await runtime::race(runtime::race(std::move(applied), read_all(loop_, in, ahead)),
                                      until_drain(loop_, drain_));
  if (ended.index() == 1) co_return std::get<1>(std::move(ended));
  auto either = std::get<0>(std::move(ended));
  co_return either.index() == 0 ? std::get<0>(std::move(either)) : std::get<1>(std::move(either));
}

Task<Status> ClusterService::add_metric(const grpc::Context& call,
                                        grpc::Reader<wire::MetricMessage>& in,
                                        Acknowledgements& out) {
  co_return co_await stream(call, in, out);
}

Task<Status> ClusterService::add_deployments(const grpc::Context& call,
                                             grpc::Reader<wire::DeploymentMessage>& in,
                                             Acknowledgements& out) {
  co_return co_await stream(call, in, out);
}

Task<Status> ClusterService::add_services(const grpc::Context& call,
                                          grpc::Reader<wire::ServiceMessage>& in,
                                          Acknowledgements& out) {
  co_return co_await stream(call, in, out);
}

}  // namespace seine::dive
