// SPDX-License-Identifier: Apache-2.0
#include "proxy/control_plane.h"

#include <utility>

namespace seine::proxy {

using runtime::Task;

namespace {

dns::ResolverConfig resolver_config(const Config& config) {
  dns::ResolverConfig resolver = dns::ResolverConfig::from_system();
  resolver.min_ttl = std::max<Duration>(config.dns_min_ttl, resolver.min_ttl);
  resolver.max_ttl = std::max<Duration>(config.dns_max_ttl, resolver.min_ttl);
  return resolver;
}

ControlChannelOptions channel_options(const Config& config, std::string_view name,
                                      const ControlAddr& addr) {
  // Linkerd backs off to 60 s from a remote control plane. New destinations wait for it meanwhile,
  // so ours asks again every 10 s at the latest.
  return {.name = name,
          .addr = addr,
          .backoff = config.inbound.connect_backoff,
          .http2 = config.http2_client,
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

DnsControlResolver::DnsControlResolver(runtime::EventLoop& loop, const Config& config)
    : loop_(loop), resolver_(loop, resolver_config(config)) {}

Task<Result<std::vector<SocketAddr>>> DnsControlResolver::resolve(const ControlAddr& addr) {
  if (const Result<IpAddress> ip = IpAddress::parse(addr.host)) {
    co_return std::vector<SocketAddr>{{*ip, addr.port}};
  }
  const std::string key = addr.authority();
  if (const auto found = known_.find(key);
      found != known_.end() && found->second.until > loop_.now()) {
    co_return found->second.addrs;
  }
  Result<dns::Resolution> resolution = co_await resolver_.resolve(addr.host, addr.port);
  if (resolution) {
    known_[key] = {resolution->addrs, loop_.now() + resolution->ttl};
    co_return std::move(resolution->addrs);
  }
  // An old answer is better than none while DNS is away.
  if (const auto found = known_.find(key); found != known_.end()) co_return found->second.addrs;
  co_return fail(resolution.error());
}

ControlPlane::ControlPlane(runtime::EventLoop& loop, const Log& log, const Config& config,
                           const crypto::TrustAnchors& anchors, TlsState::Context anonymous_tls,
                           Telemetry& telemetry, std::size_t core, TlsState& tls,
                           FastRandom& random)
    : loop_(loop),
      log_(log),
      config_(config),
      anchors_(anchors),
      telemetry_(telemetry),
      core_(core),
      resolver_(loop, config),
      identity_channel_(loop, log, resolver_, tls, random,
                        identity_options(config, std::move(anonymous_tls))),
      destination_channel_(loop, log, resolver_, tls, random,
                           channel_options(config, "destination", config.destination_svc)),
      policy_channel_(loop, log, resolver_, tls, random,
                      channel_options(config, "policy", config.policy_svc)),
      identity_(loop, identity_channel_, identity_channel_.authority(),
                scheme_of(config.identity_svc)),
      destination_(loop, destination_channel_, destination_channel_.authority(),
                   scheme_of(config.destination_svc)),
      policy_(loop, policy_channel_, policy_channel_.authority(), scheme_of(config.policy_svc)),
      discovery_({loop, log, random, config}, destination_, policy_),
      scope_(loop, [](Error) {}) {}

template <class Hub, class Publish>
std::unique_ptr<Hub> ControlPlane::make_hub(const std::vector<Worker*>& workers, Publish publish) {
  std::vector<typename Hub::Deliver> deliver;
  for (Worker* worker : workers) {
    deliver.push_back([worker, publish](const auto& key, auto value) {
      (worker->*publish)(key, std::move(value));
    });
  }
  return std::make_unique<Hub>(loop_, discovery_, std::move(deliver));
}

void ControlPlane::serve(const std::vector<Worker*>& workers) {
  targets_ = make_hub<OutboundHub>(workers, &Worker::publish_target);
  destinations_ = make_hub<DestinationHub>(workers, &Worker::publish_destination);
  ports_ = make_hub<InboundHub>(workers, &Worker::publish_port);
  profiles_ = make_hub<ProfileHub>(workers, &Worker::publish_profile);
}

WorkerSubscriptions ControlPlane::subscriptions(Courier& to_control, ControlPlane*& plane,
                                                std::size_t index) {
  // `plane` is set by the time an errand runs.
  const auto errand = [&to_control, &plane, index](auto hub, bool wanted) {
    return [&to_control, &plane, index, hub, wanted](const auto& key) {
      to_control.post([&plane, index, hub, wanted, key] {
        if (wanted) {
          (plane->*hub)->subscribe(key, index);
        } else {
          (plane->*hub)->unsubscribe(key, index);
        }
      });
    };
  };
  return {.subscribe_target = errand(&ControlPlane::targets_, true),
          .unsubscribe_target = errand(&ControlPlane::targets_, false),
          .subscribe_destination = errand(&ControlPlane::destinations_, true),
          .unsubscribe_destination = errand(&ControlPlane::destinations_, false),
          .subscribe_port = errand(&ControlPlane::ports_, true),
          .unsubscribe_port = errand(&ControlPlane::ports_, false),
          .subscribe_profile = errand(&ControlPlane::profiles_, true),
          .unsubscribe_profile = errand(&ControlPlane::profiles_, false)};
}

void ControlPlane::start(OnCertified on_certified) {
  scope_.spawn(keep_certified({.loop = loop_,
                               .log = log_,
                               .config = config_,
                               .anchors = anchors_,
                               .channel = identity_,
                               .telemetry = telemetry_,
                               .core = core_},
                              std::move(on_certified)));
}

}  // namespace seine::proxy
