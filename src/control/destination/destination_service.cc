// SPDX-License-Identifier: Apache-2.0
#include "control/destination/destination_service.h"

#include <map>
#include <optional>
#include <utility>

#include "control/destination/endpoints.h"
#include "control/destination/profiles.h"
#include "control/encode_destination.h"
#include "control/encode_profile.h"
#include "io/linkerd/proxy/destination.pb.h"

namespace seine::control {
namespace {

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
class DestinationService final : public RpcService {
 public:
  DestinationService(const CallEnvironment& env, Deliveries& deliveries)
      : env_(env), deliveries_(deliveries), endpoints_(env_.names, env_.source) {}
  void serve(grpc::Methods& methods) override;

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
  // Whether the target is a service; a pod's own address says nothing of where others are sent.
  bool is_service(const Target& target) const;

  const CallEnvironment env_;
  Deliveries& deliveries_;
  SharedEndpoints endpoints_;
};

std::shared_ptr<const EndpointSet> SharedEndpoints::find(const Target& target) {
  auto snapshot = source_.current();
  if (snapshot != snapshot_ || sets_.size() >= kMaxTargets) sets_.clear();
  snapshot_ = std::move(snapshot);
  std::weak_ptr<const EndpointSet>& known = sets_[target];
  std::shared_ptr<const EndpointSet> set = known.lock();
  if (set == nullptr) {
    set = std::make_shared<const EndpointSet>(find_endpoints(names_, *snapshot_, target));
    known = set;
  }
  return set;
}

void DestinationService::serve(grpc::Methods& methods) {
  methods.stream("/io.linkerd.proxy.destination.Destination/Get", *this, &DestinationService::get);
  methods.stream("/io.linkerd.proxy.destination.Destination/GetProfile", *this,
                 &DestinationService::get_profile);
}

Result<Target> DestinationService::accept(const grpc::Context& call, const Request& request) const {
  const auto caller = admit(env_, call, request.context_token());
  if (!caller) return fail(caller.error());
  return parse_target(env_.names, request.path());
}

bool DestinationService::is_service(const Target& target) const {
  const SocketAddr* addr = std::get_if<SocketAddr>(&target);
  return addr == nullptr || env_.source.current()->find_service(addr->ip) != nullptr;
}

runtime::Task<grpc::Status> DestinationService::get(const grpc::Context& call,
                                                    const Request& request,
                                                    grpc::Writer<Update>& out) {
  CountedCall counted(env_.metrics, "Get");
  const auto target = accept(call, request);
  if (!target) co_return counted.end(grpc::to_status(target.error()));
  SourceWatch watch(env_);
  Deliveries::Stream delivery(deliveries_);
  const bool of_service = is_service(*target);
  std::shared_ptr<const EndpointSet> sent;
  do {
    std::shared_ptr<const EndpointSet> found = endpoints_.find(*target);
    // An address of nobody will hardly become one: the proxy is told to go there by itself.
    if (sent == nullptr && !found->exists && std::holds_alternative<SocketAddr>(*target)) {
      co_return counted.end({grpc::StatusCode::kInvalidArgument,
                             request.path() + " is the address of no pod and no service"});
    }
    if (of_service) delivery.begin(found);
    for (const model::EndpointUpdate& update : diff(sent.get(), *found)) {
      for (const Update& message : encode_update(update)) co_await out.write(message);
    }
    if (of_service) {
      co_await out.flushed();
      delivery.finish();
    }
    sent = std::move(found);
  } while (co_await watch.changed());
  co_return counted.end({});
}

runtime::Task<grpc::Status> DestinationService::get_profile(const grpc::Context& call,
                                                            const Request& request,
                                                            grpc::Writer<Profile>& out) {
  CountedCall counted(env_.metrics, "GetProfile");
  const auto target = accept(call, request);
  if (!target) co_return counted.end(grpc::to_status(target.error()));
  SourceWatch watch(env_);
  std::optional<model::Profile> sent;
  do {
    model::Profile found = find_profile(env_.names, *env_.source.current(), *target);
    if (sent == found) continue;
    Profile message;
    encode_profile(found, message);
    co_await out.write(message);
    sent = std::move(found);
  } while (co_await watch.changed());
  co_return counted.end({});
}

}  // namespace

std::unique_ptr<RpcService> make_destination_service(const CallEnvironment& env,
                                                     Deliveries& deliveries) {
  return std::make_unique<DestinationService>(env, deliveries);
}

}  // namespace seine::control
