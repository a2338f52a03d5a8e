// SPDX-License-Identifier: Apache-2.0
#include "proxy/control_plane.h"

#include <optional>
#include <utility>

#include "proxy/control_resolver.h"
#include "proxy/discovery/control_channel.h"
#include "proxy/discovery/discovery.h"
#include "proxy/identity/certifier.h"

namespace seine::proxy {

namespace {

ControlChannelOptions channel_options(const Config& config, std::string_view name,
                                      const ControlAddr& addr) {
  // Linkerd backs off to 60 s from a remote control plane. New destinations wait for it meanwhile,
  // so ours asks again every 10 s at the latest.
  return {.name = name,
          .addr = addr,
          .backoff = config.inbound.connect_backoff,
          .http2 = config.http2_client,
          .socket_mark = config.socket_mark,
          .anonymous_tls = nullptr};
}

ControlChannelOptions identity_options(const Config& config, TlsState::Context anonymous) {
  ControlChannelOptions options = channel_options(config, "identity", config.identity_svc);
  options.anonymous_tls = std::move(anonymous);
  return options;
}

std::string scheme_of(const ControlAddr& addr) {
  return addr.loopback() ? "http" : "https";
}

}  // namespace

// Apart from the header, so that whoever starts the process need not compile all of it.
struct ControlPlane::Parts {
  Parts(const ControlPlaneContext& context, TlsState::Context anonymous_tls, TlsState& tls,
        FastRandom& random);

  template <class Hub, class Publish>
  std::unique_ptr<Hub> make_hub(const std::vector<Worker*>& workers, Publish publish);

  const ControlPlaneContext context;
  DnsControlResolver resolver;
  ControlChannel identity_channel;
  ControlChannel destination_channel;
  ControlChannel policy_channel;
  grpc::Channel identity;
  grpc::Channel destination;
  grpc::Channel policy;
  std::optional<ControlChannel> telemetry_channel;
  std::optional<grpc::Channel> telemetry;
  std::optional<ControlChannel> traces_channel;
  std::optional<grpc::Channel> traces;
  Discovery discovery;
  std::unique_ptr<OutboundHub> targets;
  std::unique_ptr<DestinationHub> destinations;
  std::unique_ptr<InboundHub> ports;
  std::unique_ptr<ProfileHub> profiles;
  runtime::TaskScope scope;
};

ControlPlane::Parts::Parts(const ControlPlaneContext& c, TlsState::Context anonymous_tls,
                           TlsState& tls, FastRandom& random)
    : context(c),
      resolver(c.loop, c.config),
      identity_channel(c.loop, c.log, resolver, tls, random,
                       identity_options(c.config, std::move(anonymous_tls))),
      destination_channel(c.loop, c.log, resolver, tls, random,
                          channel_options(c.config, "destination", c.config.destination_svc)),
      policy_channel(c.loop, c.log, resolver, tls, random,
                     channel_options(c.config, "policy", c.config.policy_svc)),
      identity(c.loop, identity_channel, identity_channel.authority(),
               scheme_of(c.config.identity_svc)),
      destination(c.loop, destination_channel, destination_channel.authority(),
                  scheme_of(c.config.destination_svc)),
      policy(c.loop, policy_channel, policy_channel.authority(), scheme_of(c.config.policy_svc)),
      discovery({c.loop, c.log, random, c.config}, destination, policy),
      scope(c.loop, [](Error) {}) {
  const auto open = [&](std::string_view name, const ControlAddr& svc,
                        std::optional<ControlChannel>& way, std::optional<grpc::Channel>& calls) {
    way.emplace(c.loop, c.log, resolver, tls, random, channel_options(c.config, name, svc));
    calls.emplace(c.loop, *way, way->authority(), scheme_of(svc));
  };
  if (c.config.telemetry) {
    open("telemetry", c.config.telemetry->svc, telemetry_channel, telemetry);
  }
  if (c.config.trace) open("traces", c.config.trace->svc, traces_channel, traces);
}

ControlPlane::ControlPlane(const ControlPlaneContext& context, TlsState::Context anonymous_tls,
                           TlsState& tls, FastRandom& random)
    : parts_(std::make_unique<Parts>(context, std::move(anonymous_tls), tls, random)) {}

ControlPlane::~ControlPlane() = default;

const grpc::Channel* ControlPlane::telemetry() const {
  return parts_->telemetry ? &*parts_->telemetry : nullptr;
}

const grpc::Channel* ControlPlane::traces() const {
  return parts_->traces ? &*parts_->traces : nullptr;
}

template <class Hub, class Publish>
std::unique_ptr<Hub> ControlPlane::Parts::make_hub(const std::vector<Worker*>& workers,
                                                   Publish publish) {
  std::vector<typename Hub::Deliver> deliver;
  deliver.reserve(workers.size());
  for (Worker* worker : workers) {
    deliver.push_back([worker, publish](const auto& key, auto value) {
      (worker->*publish)(key, std::move(value));
    });
  }
  return std::make_unique<Hub>(context.loop, discovery, std::move(deliver));
}

void ControlPlane::serve(const std::vector<Worker*>& workers) {
  parts_->targets = parts_->make_hub<OutboundHub>(workers, &Worker::publish_target);
  parts_->destinations = parts_->make_hub<DestinationHub>(workers, &Worker::publish_destination);
  parts_->ports = parts_->make_hub<InboundHub>(workers, &Worker::publish_port);
  parts_->profiles = parts_->make_hub<ProfileHub>(workers, &Worker::publish_profile);
}

WorkerSubscriptions ControlPlane::subscriptions(Courier& to_control, ControlPlane*& plane,
                                                std::size_t index) {
  // `plane` is set by the time an errand runs.
  const auto errand = [&to_control, &plane, index](auto hub, bool wanted) {
    return [&to_control, &plane, index, hub, wanted](const auto& key) {
      to_control.post([&plane, index, hub, wanted, key] {
        if (wanted) {
          ((*plane->parts_).*hub)->subscribe(key, index);
        } else {
          ((*plane->parts_).*hub)->unsubscribe(key, index);
        }
      });
    };
  };
  return {.subscribe_target = errand(&Parts::targets, true),
          .unsubscribe_target = errand(&Parts::targets, false),
          .subscribe_destination = errand(&Parts::destinations, true),
          .unsubscribe_destination = errand(&Parts::destinations, false),
          .subscribe_port = errand(&Parts::ports, true),
          .unsubscribe_port = errand(&Parts::ports, false),
          .subscribe_profile = errand(&Parts::profiles, true),
          .unsubscribe_profile = errand(&Parts::profiles, false)};
}

void ControlPlane::start(std::function<void(TlsState::Context)> on_certified) {
  const ControlPlaneContext& context = parts_->context;
  parts_->scope.spawn(keep_certified({.loop = context.loop,
                                      .log = context.log,
                                      .config = context.config,
                                      .anchors = context.anchors,
                                      .channel = parts_->identity,
                                      .telemetry = context.telemetry,
                                      .core = context.core},
                                     std::move(on_certified)));
}

}  // namespace seine::proxy
