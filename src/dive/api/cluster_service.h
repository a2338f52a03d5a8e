// SPDX-License-Identifier: Apache-2.0
// dive.v1.Cluster: takes what the agents of clusters tell, and acknowledges what the sink has for
// good. Messages that have come while the sink was busy are given to it together.
//
// What one cluster's agents can make us hold is bounded: AgentStreams::kMaxOfMethod streams of each
// of three methods, each of which holds kMaxTakenOctets and one message.
//
// One loop. Everything it is given outlives it.
#pragma once

#include <string>

#include "base/log.h"
#include "dive/api/agent_credentials.h"
#include "dive/api/agent_streams.h"
#include "dive/api/cluster_sink.h"
#include "dive/api/read_ahead.h"
#include "dive/api/refusals.h"
#include "dive/v1/cluster.pb.h"
#include "grpc/server.h"
#include "runtime/event_loop.h"
#include "runtime/signal.h"

namespace seine::dive {

// Of one message: a report of 4 MiB, its reporter once for each bucket, and an envelope.
inline constexpr std::size_t kMaxTakenMessage = (std::size_t{6} << 20) + 1024;
// An event's description is up to 64 KiB.
inline constexpr std::size_t kMaxTakenEvent = 128 * 1024;

class ClusterService {
 public:
  ClusterService(runtime::EventLoop& loop, const Log& log, AgentCredentials& credentials,
                 ClusterSink& sink, Refusals& refusals, runtime::Drain& drain)
      : loop_(loop),
        log_(log),
        credentials_(credentials),
        sink_(sink),
        refusals_(refusals),
        drain_(drain),
        streams_(loop) {}
  // Adds its methods, which live no longer than the service.
  void serve(grpc::Methods& methods);
  std::size_t streams() const { return streams_.size(); }

 private:
  using Acknowledgements = grpc::Writer<::dive::v1::Acknowledgement>;

  runtime::Task<grpc::Status> join(const grpc::Context& call,
                                   const ::dive::v1::JoinRequest& request,
                                   ::dive::v1::JoinResponse& response);
  runtime::Task<grpc::Status> challenge(const grpc::Context& call,
                                        const ::dive::v1::ChallengeRequest& request,
                                        ::dive::v1::ChallengeResponse& response);
  runtime::Task<grpc::Status> authenticate(const grpc::Context& call,
                                           const ::dive::v1::AuthenticateRequest& request,
                                           ::dive::v1::AuthenticateResponse& response);
  runtime::Task<grpc::Status> add_event(const grpc::Context& call,
                                        const ::dive::v1::AddEventRequest& request,
                                        ::dive::v1::Acknowledgement& response);
  runtime::Task<grpc::Status> add_metric(const grpc::Context& call,
                                         grpc::Reader<::dive::v1::MetricMessage>& in,
                                         Acknowledgements& out);
  runtime::Task<grpc::Status> add_deployments(const grpc::Context& call,
                                              grpc::Reader<::dive::v1::DeploymentMessage>& in,
                                              Acknowledgements& out);
  runtime::Task<grpc::Status> add_services(const grpc::Context& call,
                                           grpc::Reader<::dive::v1::ServiceMessage>& in,
                                           Acknowledgements& out);
  template <class Message>
  runtime::Task<grpc::Status> stream(const grpc::Context& call, std::string method,
                                     grpc::Reader<Message>& in, Acknowledgements& out);
  template <class Message>
  runtime::Task<grpc::Status> apply_all(std::string method, std::string cluster,
                                        ReadAhead<Message>& from, Acknowledgements& out);
  grpc::Status unauthenticated(std::string_view method);
  grpc::Status not_applied(std::string_view method, const Error& error);

  runtime::EventLoop& loop_;
  const Log& log_;
  AgentCredentials& credentials_;
  ClusterSink& sink_;
  Refusals& refusals_;
  runtime::Drain& drain_;
  AgentStreams streams_;
};

}  // namespace seine::dive
