// SPDX-License-Identifier: Apache-2.0
// Destination.Get and Destination.GetProfile.
#include <map>
#include <utility>

#include "io/linkerd/proxy/destination.pb.h"
#include "model/profile.h"
#include "proxy/discovery/decode_destination.h"
#include "proxy/discovery/decode_profile.h"
#include "proxy/discovery/discovery.h"

namespace seine::proxy {

namespace destination_api = io::linkerd::proxy::destination;
using runtime::Task;

namespace {

constexpr char kGet[] = "/io.linkerd.proxy.destination.Destination/Get";
constexpr char kGetProfile[] = "/io.linkerd.proxy.destination.Destination/GetProfile";

void apply_update(const model::EndpointUpdate& update,
                  std::map<SocketAddr, model::Endpoint>& endpoints) {
  if (const auto* added = std::get_if<model::EndpointsAdded>(&update)) {
    for (const model::Endpoint& endpoint : added->endpoints) {
      endpoints.insert_or_assign(endpoint.addr, endpoint);
    }
  } else if (const auto* removed = std::get_if<model::EndpointsRemoved>(&update)) {
    for (const SocketAddr& addr : removed->addrs) endpoints.erase(addr);
  } else {
    endpoints.clear();
  }
}

}  // namespace

Task<void> Discovery::watch(std::string path, Publisher<EndpointSet>& publisher) {
  destination_api::GetDestination request;
  request.set_path(path);
  request.set_context_token(context_.config.destination_context);
  std::map<SocketAddr, model::Endpoint> endpoints;
  const auto publish = [&] {
    EndpointSet set;
    set.reserve(endpoints.size());
    for (const auto& [addr, endpoint] : endpoints) set.push_back(endpoint);
    publisher.publish(std::make_shared<const EndpointSet>(std::move(set)));
  };
  const Error refused = co_await follow_stream<destination_api::Update>(
      context_, destination_, kGet, request, refuses_argument,
      [&](const destination_api::Update& message, bool first) {
        Result<DecodedUpdate> decoded = decode_update(message);
        if (!decoded) {
          log_warn(context_.log, "a destination update cannot be used",
                   {{"path", path}, {"error", decoded.error().to_string()}});
          return;
        }
        for (const Error& error : decoded->refused) {
          log_warn(context_.log, "an endpoint cannot be used",
                   {{"path", path}, {"error", error.to_string()}});
        }
        // The first message of a stream is the whole set, so nothing stale survives a reconnect.
        if (first) endpoints.clear();
        apply_update(decoded->update, endpoints);
        publish();
      });
  log_warn(context_.log, "the control plane refuses a destination",
           {{"path", path}, {"error", refused.to_string()}});
  endpoints.clear();
  publish();
}

Task<Error> Discovery::follow_profile_of(std::string path,
                                         std::function<void(model::Profile)> on_profile) {
  destination_api::GetDestination request;
  request.set_path(path);
  request.set_context_token(context_.config.destination_context);
  co_return co_await follow_stream<destination_api::DestinationProfile>(
      context_, destination_, kGetProfile, request, refuses_argument,
      [&](const destination_api::DestinationProfile& message, bool) {
        Result<model::Profile> profile = decode_profile(message);
        if (!profile) {
          log_warn(context_.log, "a profile cannot be used; the last one stays",
                   {{"path", path}, {"error", profile.error().to_string()}});
          return;
        }
        on_profile(*std::move(profile));
      });
}

Task<void> Discovery::watch(std::string name, Publisher<model::Profile>& publisher) {
  const Error refused = co_await follow_profile_of(name, [&](model::Profile profile) {
    publisher.publish(std::make_shared<const model::Profile>(std::move(profile)));
  });
  log_debug(context_.log, "no profile", {{"name", name}, {"reason", refused.to_string()}});
  publisher.publish(std::make_shared<const model::Profile>());
}

}  // namespace seine::proxy
