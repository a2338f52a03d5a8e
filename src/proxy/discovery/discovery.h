// SPDX-License-Identifier: Apache-2.0
// The control plane's answers, followed on the control loop and published to the workers.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "model/endpoint.h"
#include "proxy/discovery/stream_follower.h"
#include "proxy/discovery/watch.h"

// What is only named here is not read by who compiles another part.
namespace seine::model {
struct Profile;
struct ServerPolicy;
}  // namespace seine::model

namespace seine::proxy {

struct OutboundTarget;
using EndpointSet = std::vector<model::Endpoint>;

using TargetKey = std::variant<SocketAddr, std::string>;

using OutboundHub = WatchHub<TargetKey, OutboundTarget>;
using DestinationHub = WatchHub<std::string, EndpointSet>;
using InboundHub = WatchHub<std::uint16_t, model::ServerPolicy>;
using ProfileHub = WatchHub<std::string, model::Profile>;

class TargetJoin;

class Discovery final : public WatchSource<TargetKey, OutboundTarget>,
                        public WatchSource<std::string, EndpointSet>,
                        public WatchSource<std::uint16_t, model::ServerPolicy>,
                        public WatchSource<std::string, model::Profile> {
 public:
  // Channels and context outlive it.
  Discovery(FollowContext context, const grpc::Channel& destination, const grpc::Channel& policy)
      : context_(context), destination_(destination), policy_(policy) {}

  // GetProfile and OutboundPolicies.Watch of an address or a service's name, joined.
  runtime::Task<void> watch(TargetKey key, Publisher<OutboundTarget>& publisher) override;
  // Destination.Get of a path.
  runtime::Task<void> watch(std::string path, Publisher<EndpointSet>& publisher) override;
  // InboundServerPolicies.WatchPort.
  runtime::Task<void> watch(std::uint16_t port, Publisher<model::ServerPolicy>& publisher) override;
  // GetProfile of a name. One that the control plane refuses has the empty profile.
  runtime::Task<void> watch(std::string name, Publisher<model::Profile>& publisher) override;

 private:
  runtime::Task<Result<void>> follow_profile(TargetKey key, TargetJoin& joined);
  runtime::Task<Result<void>> follow_policy(TargetKey key, TargetJoin& joined);
  bool wants_profile(const TargetKey& key) const;
  // GetProfile, until it is refused for good; that is the result.
  runtime::Task<Error> follow_profile_of(std::string path,
                                         std::function<void(model::Profile)> on_profile);

  FollowContext context_;
  const grpc::Channel& destination_;
  const grpc::Channel& policy_;
};

}  // namespace seine::proxy
