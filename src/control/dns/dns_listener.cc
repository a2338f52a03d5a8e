// SPDX-License-Identifier: Apache-2.0
#include "control/dns/dns_listener.h"

#include <utility>

#include "control/dns/mesh_services.h"
#include "runtime/combine.h"

namespace seine::control {

Result<std::unique_ptr<DnsListener>> DnsListener::open(runtime::EventLoop& loop, const Log& log,
                                                       WorkloadSource& source,
                                                       metrics::Registry& registry,
                                                       DnsListenerOptions options) {
  auto domain = dns::Name::from_text(options.cluster_domain);
  if (!domain) return fail(ErrorCode::kInvalidConfig, domain.error().message);
  const SocketAddr addr = options.addr;
  const bool forwards = !options.forward.empty();
  std::unique_ptr<DnsListener> listener(
      new DnsListener(loop, log, source, registry, *std::move(domain), std::move(options)));
  auto zone = listener->make_zone();
  if (!zone) return fail(ErrorCode::kInvalidConfig, zone.error().message);
  auto server = dns::Server::listen({.loop = loop,
                                     .clients = *listener,
                                     .counters = listener->metrics_.counters,
                                     .forwarder = forwards ? &listener->forwarder_ : nullptr},
                                    addr, *std::move(zone), {});
  if (!server) return fail(std::move(server.error()));
  listener->server_ = *std::move(server);
  listener->scope_.spawn(listener->follow());
  log_info(log, "the mesh's names are told", {{"dns", listener->addr().to_string()}});
  return listener;
}

DnsListener::DnsListener(runtime::EventLoop& loop, const Log& log, WorkloadSource& source,
                         metrics::Registry& registry, dns::Name cluster_domain,
                         DnsListenerOptions options)
    : loop_(loop),
      log_(log),
      source_(source),
      metrics_(DnsMetrics::make(registry)),
      spec_{.cluster_domain = std::move(cluster_domain),
            .serial = 0,
            .reverse_ranges = std::move(options.reverse_ranges),
            .host = options.host},
      forwarder_(loop, {.servers = std::move(options.forward)}),
      changed_(loop),
      scope_(loop, [](Error) {}) {
  std::erase_if(spec_.reverse_ranges, [](const IpNet& range) { return !range.address().is_v4(); });
  // Before the first zone is made, so that no change falls in between.
  source_.changes().arm(watch_, changed_);
}

std::string DnsListener::namespace_of(const IpAddress& client) const {
  const PodRef found = source_.current()->find_pod(client);
  return found.pod == nullptr ? "" : found.workload->ns;
}

Result<std::shared_ptr<const dns::Zone>> DnsListener::make_zone() {
  ++spec_.serial;
  spec_.services = mesh_services(*source_.current());
  auto zone = dns::Zone::make(spec_);
  if (!zone) return zone;
  const dns::Zone::LeftOut& left_out = (*zone)->left_out();
  metrics_.names = (*zone)->name_count();
  metrics_.left_out = left_out.count;
  if (left_out.count > 0 && left_out.first != complained_) {
    log_warn(log_, "DNS leaves out what cannot be a name",
             {{"count", std::to_string(left_out.count)}, {"first", left_out.first}});
  }
  complained_ = left_out.first;
  return zone;
}

runtime::Task<void> DnsListener::follow() {
  for (;;) {
    co_await changed_.wait();
    source_.changes().arm(watch_, changed_);
    // What can make it fail has served before.
    auto zone = make_zone();
    if (zone) server_->publish(*std::move(zone));
    co_await runtime::sleep_for(loop_, kZonePause);
  }
}

}  // namespace seine::control
