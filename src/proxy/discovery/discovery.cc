// SPDX-License-Identifier: Apache-2.0
#include "proxy/discovery/discovery.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "io/linkerd/proxy/destination.pb.h"
#include "io/linkerd/proxy/inbound.pb.h"
#include "io/linkerd/proxy/outbound.pb.h"
#include "proxy/discovery/decode_destination.h"
#include "proxy/discovery/decode_inbound.h"
#include "proxy/discovery/decode_outbound.h"
#include "proxy/discovery/decode_profile.h"
#include "proxy/discovery/decode_values.h"

namespace seine::proxy {

namespace destination_api = io::linkerd::proxy::destination;
namespace outbound_api = io::linkerd::proxy::outbound;
namespace inbound_api = io::linkerd::proxy::inbound;
using runtime::Task;

namespace {

constexpr char kGet[] = "/io.linkerd.proxy.destination.Destination/Get";
constexpr char kGetProfile[] = "/io.linkerd.proxy.destination.Destination/GetProfile";
constexpr char kWatch[] = "/io.linkerd.proxy.outbound.OutboundPolicies/Watch";
constexpr char kWatchPort[] = "/io.linkerd.proxy.inbound.InboundServerPolicies/WatchPort";

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

// What holds where the control plane knows no policy: straight to the profile's endpoint, or to
// the address itself in plain.
model::ClientPolicy fallback_policy(const SocketAddr& addr,
                                    const std::optional<model::Profile>& profile,
                                    Duration detect_timeout) {
  const bool known = profile && profile->endpoint;
  const model::Metadata meta = model::Metadata::make_default(known ? "endpoint" : "fallback");
  model::Endpoint endpoint;
  endpoint.addr = addr;
  if (known) endpoint = *profile->endpoint;
  const model::Backend backend{
      .meta = meta, .kind = model::Backend::Forward{std::move(endpoint)}, .queue = {}};
  return model::make_detect_policy(meta, backend, detect_timeout);
}

}  // namespace

// The two answers about one address and what follows from them.
struct Discovery::Joined {
  const Config& config;
  const SocketAddr addr;
  Publisher<OutboundTarget>& publisher;
  bool profile_known = false;
  std::optional<model::Profile> profile;
  bool policy_known = false;
  // Nothing: the control plane has no policy for it.
  std::optional<Result<model::ClientPolicy>> policy;

  void publish() {
    if (!profile_known || !policy_known) return;
    OutboundTarget target{
        .policy = policy ? *policy : fallback_policy(addr, profile, config.outbound.detect_timeout),
        .opaque = profile && profile->is_opaque};
    publisher.publish(std::make_shared<const OutboundTarget>(std::move(target)));
  }
};

bool Discovery::wants_profile(const SocketAddr& addr) const {
  return std::ranges::any_of(context_.config.profile_networks,
                             [&](const IpNet& net) { return net.contains(addr.ip); });
}

Task<Result<void>> Discovery::follow_profile(SocketAddr addr, Joined& joined) {
  if (!wants_profile(addr)) {
    joined.profile_known = true;
    joined.publish();
    co_return Result<void>();
  }
  destination_api::GetDestination request;
  request.set_path(addr.to_string());
  request.set_context_token(context_.config.destination_context);
  const Error refused = co_await follow_stream<destination_api::DestinationProfile>(
      context_, destination_, kGetProfile, request, refuses_argument,
      [&](const destination_api::DestinationProfile& message, bool) {
        Result<model::Profile> profile = decode_profile(message);
        if (!profile) {
          log_warn(context_.log, "a profile cannot be used; the last one stays",
                   {{"addr", addr.to_string()}, {"error", profile.error().to_string()}});
          return;
        }
        joined.profile_known = true;
        joined.profile = std::move(*profile);
        joined.publish();
      });
  log_debug(context_.log, "no profile",
            {{"addr", addr.to_string()}, {"reason", refused.to_string()}});
  joined.profile_known = true;
  joined.profile.reset();
  joined.publish();
  co_return Result<void>();
}

Task<Result<void>> Discovery::follow_policy(SocketAddr addr, Joined& joined) {
  outbound_api::TrafficSpec request;
  request.set_source_workload(context_.config.policy_workload);
  encode_addr(addr, *request.mutable_addr());
  const Error refused = co_await follow_stream<outbound_api::OutboundPolicy>(
      context_, policy_, kWatch, request, refuses_or_lacks,
      [&](const outbound_api::OutboundPolicy& message, bool) {
        joined.policy_known = true;
        joined.policy = decode_outbound(message);
        if (!*joined.policy) {
          log_warn(context_.log, "an outbound policy cannot be used; its traffic fails",
                   {{"addr", addr.to_string()}, {"error", joined.policy->error().to_string()}});
        }
        joined.publish();
      });
  joined.policy_known = true;
  const grpc::StatusCode code = grpc::status_code(refused);
  if (code == grpc::StatusCode::kNotFound || code == grpc::StatusCode::kUnimplemented) {
    joined.policy.reset();
  } else {
    Error error = refused;
    error.code = ErrorCode::kInvalidPolicy;
    joined.policy = fail(std::move(error).from(ErrorOrigin::kControlPlane));
  }
  joined.publish();
  co_return Result<void>();
}

Task<void> Discovery::watch(SocketAddr addr, Publisher<OutboundTarget>& publisher) {
  Joined joined{.config = context_.config, .addr = addr, .publisher = publisher};
  auto [profile, policy] =
      co_await runtime::all(follow_profile(addr, joined), follow_policy(addr, joined));
  // Both were refused for good; the last word stays published until the key is let go.
}

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

Task<void> Discovery::watch(std::uint16_t port, Publisher<model::ServerPolicy>& publisher) {
  inbound_api::PortSpec request;
  request.set_workload(context_.config.policy_workload);
  request.set_port(port);
  const Error refused = co_await follow_stream<inbound_api::Server>(
      context_, policy_, kWatchPort, request, refuses_argument,
      [&](const inbound_api::Server& message, bool) {
        Result<model::ServerPolicy> policy = decode_inbound(message);
        if (!policy) {
          log_warn(context_.log, "an inbound policy cannot be used; the last one stays",
                   {{"port", std::to_string(port)}, {"error", policy.error().to_string()}});
          return;
        }
        publisher.publish(std::make_shared<const model::ServerPolicy>(std::move(*policy)));
      });
  log_warn(context_.log, "the control plane refuses a port; the default policy stays",
           {{"port", std::to_string(port)}, {"error", refused.to_string()}});
}

Task<void> Discovery::watch(std::string name, Publisher<model::Profile>& publisher) {
  destination_api::GetDestination request;
  request.set_path(name);
  request.set_context_token(context_.config.destination_context);
  const Error refused = co_await follow_stream<destination_api::DestinationProfile>(
      context_, destination_, kGetProfile, request, refuses_argument,
      [&](const destination_api::DestinationProfile& message, bool) {
        Result<model::Profile> profile = decode_profile(message);
        if (!profile) {
          log_warn(context_.log, "a profile cannot be used; the last one stays",
                   {{"name", name}, {"error", profile.error().to_string()}});
          return;
        }
        publisher.publish(std::make_shared<const model::Profile>(std::move(*profile)));
      });
  log_debug(context_.log, "no profile", {{"name", name}, {"reason", refused.to_string()}});
  publisher.publish(std::make_shared<const model::Profile>());
}

}  // namespace seine::proxy
