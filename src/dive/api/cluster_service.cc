// SPDX-License-Identifier: Apache-2.0
#include "dive/api/cluster_service.h"

#include <optional>
#include <utility>
#include <vector>

#include "runtime/combine.h"

namespace seine::dive {

namespace wire = ::dive::v1;

using grpc::Status;
using grpc::StatusCode;
using runtime::Task;

namespace {

constexpr char kAddEvent[] = "AddEvent";

Status denied_or(const Error& error) {
  if (error.code == ErrorCode::kUnauthorized) return {StatusCode::kPermissionDenied, error.message};
  return grpc::to_status(error);
}

std::optional<AgentCredentials::Caller> find_caller(AgentCredentials& credentials,
                                                    const grpc::Context& call) {
  return credentials.find_caller(call.metadata.get("authorization").value_or(""));
}

void encode(const Applied& applied, wire::Acknowledgement& out) {
  out.set_epoch(applied.epoch);
  out.set_sequence(applied.sequence);
  out.set_refused(applied.refused);
}

// Reads ahead until the caller fails; where it has said all, what has come is still applied.
template <class Message>
Task<Status> read_all(runtime::EventLoop& loop, grpc::Reader<Message>& in,
                      ReadAhead<Message>& into) {
  for (;;) {
    co_await into.wait_for_room();
    auto message = co_await in.next();
    if (!message) co_return grpc::to_status(message.error());
    if (!*message) break;
    if (!co_await into.add(**std::move(message))) break;
  }
  into.close();
  runtime::Waker never(loop);
  co_await never.wait();
  co_return Status{};
}

// A process that ends takes no more: what has been read and not applied is sent again. That is an
// end in order, and no failure that would count against Dive.
Task<Status> until_drain(runtime::EventLoop& loop, runtime::Drain& drain) {
  runtime::Waker waker(loop);
  runtime::Signal::Watch watch;
  drain.arm(watch, waker);
  while (!drain.fired()) co_await waker.wait();
  co_return Status{};
}

// Who has joined in the place of the caller speaks alone.
Task<Status> until_followed(AgentCredentials& credentials, AgentCredentials::Caller caller) {
  co_await credentials.until_followed(std::move(caller));
  co_return Status{StatusCode::kUnauthenticated, "another key speaks for the cluster"};
}

// Of two tasks whichever ends first.
Task<Status> either(Task<Status> first, Task<Status> second) {
  auto ended = co_await runtime::race(std::move(first), std::move(second));
  if (ended.index() == 0) co_return std::get<0>(std::move(ended));
  co_return std::get<1>(std::move(ended));
}

Task<Status> until_taken(AgentStreams::Place& place) {
  co_await place.until_taken();
  co_return Status{StatusCode::kUnavailable, "the cluster has begun newer streams"};
}

}  // namespace

void ClusterService::serve(grpc::Methods& methods) {
  const std::string service = "/dive.v1.Cluster/";
  methods.unary(service + "Join", *this, &ClusterService::join);
  methods.unary(service + "Challenge", *this, &ClusterService::challenge);
  methods.unary(service + "Authenticate", *this, &ClusterService::authenticate);
  methods.unary(service + kAddEvent, *this, &ClusterService::add_event, kMaxTakenEvent);
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
  if (!joined) refusals_.count("Join", error_name(joined.error().code));
  co_return joined ? Status{} : denied_or(joined.error());
}

Task<Status> ClusterService::challenge(const grpc::Context&, const wire::ChallengeRequest& request,
                                       wire::ChallengeResponse& response) {
  auto nonce = credentials_.make_nonce(request.cluster());
  if (!nonce) {
    refusals_.count("Challenge", error_name(nonce.error().code));
    co_return grpc::to_status(nonce.error());
  }
  response.set_nonce(*std::move(nonce));
  co_return Status{};
}

Task<Status> ClusterService::authenticate(const grpc::Context&,
                                          const wire::AuthenticateRequest& request,
                                          wire::AuthenticateResponse& response) {
  auto token =
      co_await credentials_.authenticate(request.cluster(), request.nonce(), request.signature());
  if (!token) {
    refusals_.count("Authenticate", error_name(token.error().code));
    co_return denied_or(token.error());
  }
  response.set_token(*std::move(token));
  response.mutable_life()->set_seconds(std::chrono::seconds(kBearerLife).count());
  co_return Status{};
}

Task<Status> ClusterService::add_event(const grpc::Context& call,
                                       const wire::AddEventRequest& request,
                                       wire::Acknowledgement& response) {
  const auto caller = find_caller(credentials_, call);
  if (!caller) co_return unauthenticated(kAddEvent);
  std::vector<wire::AddEventRequest> events;
  events.push_back(request);
  const auto outcomes = co_await sink_.add(caller->cluster, std::move(events));
  if (!outcomes) co_return not_applied(kAddEvent, outcomes.error());
  if (outcomes->size() != 1) co_return Status{StatusCode::kInternal, "the event has no outcome"};
  if (!outcomes->front().refused.empty()) {
    refusals_.count_message(kAddEvent, caller->cluster, outcomes->front().sequence,
                            outcomes->front().refused);
    co_return Status{StatusCode::kInvalidArgument, outcomes->front().refused};
  }
  encode(outcomes->front(), response);
  co_return Status{};
}

Status ClusterService::unauthenticated(std::string_view method) {
  refusals_.count(method, "unauthenticated");
  return {StatusCode::kUnauthenticated, "the token is unknown or over; authenticate"};
}

// Why nothing was applied. Whatever the store says of itself, it says nothing of the messages: an
// agent drops what is an invalid argument, and keeps this.
Status ClusterService::not_applied(std::string_view method, const Error& error) {
  refusals_.count(method, error_name(error.code));
  const Status status = grpc::to_status(error);
  return {status.code == StatusCode::kInvalidArgument ? StatusCode::kUnavailable : status.code,
          status.message};
}

template <class Message>
Task<Status> ClusterService::apply_all(std::string method, std::string cluster,
                                       ReadAhead<Message>& from, Acknowledgements& out) {
  for (;;) {
    std::vector<Message> messages = co_await from.take();
    if (messages.empty()) co_return Status{};
    auto outcomes = co_await sink_.add(cluster, std::move(messages));
    if (!outcomes) co_return not_applied(method, outcomes.error());
    // One stands for all before it, but for those that say why they were not taken.
    for (std::size_t i = 0; i < outcomes->size(); ++i) {
      const Applied& applied = (*outcomes)[i];
      const bool is_last = i + 1 == outcomes->size() || (*outcomes)[i + 1].epoch != applied.epoch;
      const std::string& reason = applied.refused.empty() ? applied.left_out : applied.refused;
      if (!reason.empty()) refusals_.count_message(method, cluster, applied.sequence, reason);
      if (!is_last && applied.refused.empty()) continue;
      wire::Acknowledgement acknowledgement;
      encode(applied, acknowledgement);
      co_await out.write(acknowledgement);
    }
  }
}

template <class Message>
Task<Status> ClusterService::stream(const grpc::Context& call, std::string method,
                                    grpc::Reader<Message>& in, Acknowledgements& out) {
  const auto caller = find_caller(credentials_, call);
  if (!caller) co_return unauthenticated(method);
  AgentStreams::Place place(streams_, caller->cluster, method);
  ReadAhead<Message> ahead(loop_);
  auto told = either(apply_all(method, caller->cluster, ahead, out), read_all(loop_, in, ahead));
  auto over = either(until_followed(credentials_, *caller), until_taken(place));
  auto ended =
      co_await runtime::race(either(std::move(told), until_drain(loop_, drain_)), std::move(over));
  if (ended.index() == 0) co_return std::get<0>(std::move(ended));
  refusals_.count(method, credentials_.speaks(*caller) ? "streams" : "key");
  co_return std::get<1>(std::move(ended));
}

Task<Status> ClusterService::add_metric(const grpc::Context& call,
                                        grpc::Reader<wire::MetricMessage>& in,
                                        Acknowledgements& out) {
  co_return co_await stream(call, "AddMetric", in, out);
}

Task<Status> ClusterService::add_deployments(const grpc::Context& call,
                                             grpc::Reader<wire::DeploymentMessage>& in,
                                             Acknowledgements& out) {
  co_return co_await stream(call, "DeploymentStream", in, out);
}

Task<Status> ClusterService::add_services(const grpc::Context& call,
                                          grpc::Reader<wire::ServiceMessage>& in,
                                          Acknowledgements& out) {
  co_return co_await stream(call, "ServiceStream", in, out);
}

}  // namespace seine::dive
