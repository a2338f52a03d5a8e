// SPDX-License-Identifier: Apache-2.0
// dive.v1.Cluster: takes what the agents of clusters tell, and acknowledges what the sink has for
// good. Messages that have come while the sink was busy are given to it together.
//
// One loop. Everything it is given outlives it.
#pragma once

#include <string>

#include "base/log.h"
#include "dive/api/agent_credentials.h"
#include "dive/api/cluster_sink.h"
#include "dive/v1/cluster.pb.h"
#include "grpc/server.h"
#include "runtime/event_loop.h"
#include "runtime/signal.h"

namespace seine::dive {

// Of one message; a report of 4 MiB, and its reporter once for each bucket.
inline constexpr std::size_t kMaxTakenMessage = std::size_t{6} << 20;
// Read ahead of the sink, of one stream.
inline constexpr std::size_t kMaxTakenAtOnce = 32;

class ClusterService {
 public:
  ClusterService(runtime::EventLoop& loop, const Log& log, AgentCredentials& credentials,
                 ClusterSink& sink, runtime::Drain& drain)
      : loop_(loop), log_(log), credentials_(credentials), sink_(sink), drain_(drain) {}
  // Adds its methods, which live no longer than the service.
  void serve(grpc::Methods& methods);

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
  runtime::Task<grpc::Status> stream(const grpc::Context& call, grpc::Reader<Message>& in,
                                     Acknowledgements& out);

  runtime::EventLoop& loop_;
  const Log& log_;
  AgentCredentials& credentials_;
  ClusterSink& sink_;
  runtime::Drain& drain_;
};

}  // namespace seine::dive
