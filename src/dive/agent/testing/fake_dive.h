// SPDX-License-Identifier: Apache-2.0
// Dive as an agent sees it, for tests: applies each message once, remembers what it was told, and
// fails as it is asked to. Kept in memory, which outlives its connections as a store would.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "dive/agent/dive_link.h"
#include "dive/v1/cluster.pb.h"
#include "grpc/server.h"
#include "runtime/event_loop.h"
#include "runtime/signal.h"
#include "runtime/task_scope.h"

namespace seine::dive::testing {

// What becomes of a message.
enum class Fate : std::uint8_t {
  kTaken,
  kLost,       // and the connection with it
  kUnsaid,     // it is taken, and the connection is lost before that is said
  kRefused,    // for good
  kExhausted,  // the stream ends with RESOURCE_EXHAUSTED
  kKept,       // it is taken, and that is said with a later one
};

class FakeDive final : public Dialer {
 public:
  explicit FakeDive(runtime::EventLoop& loop);
  ~FakeDive() override;

  // In memory.
  runtime::Task<Result<std::unique_ptr<runtime::Stream>>> dial() override;
  // On a connection that somebody else has made.
  void accept(std::unique_ptr<runtime::Stream> stream);
  // All connections are lost.
  void cut();
  // It is there, and does nothing any more.
  void freeze() { scope_.cancel(); }

  // What it does.
  bool is_away = false;  // nobody listens
  std::string join_token = "one-time token";
  std::int64_t token_life = 600;  // seconds
  std::function<Fate(const std::string& method)> fate;
  bool denies = false;  // it knows no cluster
  void forget_tokens() { bearers_.clear(); }

  // What it was told, each message once.
  struct Told {
    std::map<std::string, std::uint64_t> last;  // of each epoch
    std::uint64_t messages = 0;
    std::uint64_t dropped = 0;
    std::uint64_t gaps = 0;  // sequences that never came
    std::uint64_t again = 0;
  };
  std::map<std::string, Told> told;  // by method
  // How often each bucket was, by its instance, boot and sequence.
  std::map<std::tuple<std::string, std::string, std::uint64_t>, int> buckets;
  std::uint64_t requests = 0;  // that those counted
  std::vector<::dive::v1::DeploymentMessage> deployments;
  std::vector<::dive::v1::ServiceMessage> services;
  std::vector<::dive::v1::ClusterEvent> events;
  WallTime complete_until{};
  int joins = 0;
  int authentications = 0;
  int connections = 0;

 private:
  struct Connection;

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
                                         grpc::Writer<::dive::v1::Acknowledgement>& out);
  runtime::Task<grpc::Status> deployment_stream(const grpc::Context& call,
                                                grpc::Reader<::dive::v1::DeploymentMessage>& in,
                                                grpc::Writer<::dive::v1::Acknowledgement>& out);
  runtime::Task<grpc::Status> service_stream(const grpc::Context& call,
                                             grpc::Reader<::dive::v1::ServiceMessage>& in,
                                             grpc::Writer<::dive::v1::Acknowledgement>& out);
  template <class Message>
  runtime::Task<grpc::Status> stream(const grpc::Context& call, std::string method,
                                     grpc::Reader<Message>& in,
                                     grpc::Writer<::dive::v1::Acknowledgement>& out);
  grpc::Status check(const grpc::Context& call) const;
  Fate fate_of(const std::string& method) { return fate ? fate(method) : Fate::kTaken; }
  // False: it has been taken before.
  bool is_new(const std::string& method, const ::dive::v1::Envelope& envelope);
  void take(const ::dive::v1::MetricMessage& message);
  void take(const ::dive::v1::DeploymentMessage& message) { deployments.push_back(message); }
  void take(const ::dive::v1::ServiceMessage& message) { services.push_back(message); }
  static runtime::Task<void> serve(FakeDive& self, Connection& connection);

  runtime::EventLoop& loop_;
  grpc::Methods methods_;
  runtime::Drain drain_;
  std::string key_;                // of the cluster, in DER
  std::set<std::string> nonces_;   // that were given out
  std::set<std::string> bearers_;  // tokens that are good
  std::vector<std::unique_ptr<Connection>> connections_;
  runtime::TaskScope scope_;
};

}  // namespace seine::dive::testing
