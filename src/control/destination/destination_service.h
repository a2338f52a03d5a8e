// SPDX-License-Identifier: Apache-2.0
// io.linkerd.proxy.destination.Destination. Streams last until the caller goes or the process
// drains.
#pragma once

#include <map>
#include <memory>

#include "control/call_environment.h"
#include "control/destination/endpoints.h"
#include "grpc/server.h"
#include "io/linkerd/proxy/destination.pb.h"

namespace seine::control {

// Found sets, so that streams for the same target share one. Holds those of the newest snapshot
// that a stream still uses.
class SharedEndpoints {
 public:
  SharedEndpoints(const MeshNames& names, const WorkloadSource& source)
      : names_(names), source_(source) {}
  // As of the source's current snapshot.
  std::shared_ptr<const EndpointSet> find(const Target& target);

 private:
  static constexpr std::size_t kMaxTargets = 10'000;

  const MeshNames& names_;
  const WorkloadSource& source_;
  std::shared_ptr<const Snapshot> snapshot_;
  std::map<Target, std::weak_ptr<const EndpointSet>> sets_;
};

// One loop. All outlives it.
class DestinationService {
 public:
  explicit DestinationService(const CallEnvironment& env)
      : env_(env), endpoints_(env_.names, env_.source) {}
  void serve(grpc::Methods& methods);

 private:
  using Request = io::linkerd::proxy::destination::GetDestination;
  using Update = io::linkerd::proxy::destination::Update;
  using Profile = io::linkerd::proxy::destination::DestinationProfile;

  runtime::Task<grpc::Status> get(const grpc::Context& call, const Request& request,
                                  grpc::Writer<Update>& out);
  runtime::Task<grpc::Status> get_profile(const grpc::Context& call, const Request& request,
                                          grpc::Writer<Profile>& out);
  // Admits the caller and reads what it asks about.
  Result<Target> accept(const grpc::Context& call, const Request& request) const;

  const CallEnvironment env_;
  SharedEndpoints endpoints_;
};

}  // namespace seine::control
