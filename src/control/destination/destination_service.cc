// SPDX-License-Identifier: Apache-2.0
#include "control/destination/destination_service.h"

#include <optional>
#include <utility>

#include "control/destination/profiles.h"
#include "control/encode_destination.h"
#include "control/encode_profile.h"

namespace seine::control {

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

runtime::Task<grpc::Status> DestinationService::get(const grpc::Context& call,
                                                    const Request& request,
                                                    grpc::Writer<Update>& out) {
  CountedCall counted(env_.metrics, "Get");
  const auto target = accept(call, request);
  if (!target) co_return counted.end(grpc::to_status(target.error()));
  SourceWatch watch(env_);
  std::shared_ptr<const EndpointSet> sent;
  do {
    std::shared_ptr<const EndpointSet> found = endpoints_.find(*target);
    // An address of nobody will hardly become one: the proxy is told to go there by itself.
    if (sent == nullptr && !found->exists && std::holds_alternative<SocketAddr>(*target)) {
      co_return counted.end({grpc::StatusCode::kInvalidArgument,
                             request.path() + " is the address of no pod and no service"});
    }
    for (const model::EndpointUpdate& update : diff(sent.get(), *found)) {
      for (const Update& message : encode_update(update)) co_await out.write(message);
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

}  // namespace seine::control
