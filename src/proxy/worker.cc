// SPDX-License-Identifier: Apache-2.0
#include "proxy/worker.h"

#include <sys/random.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "proxy/inbound/inbound.h"
#include "proxy/outbound/outbound.h"
#include "proxy/trace/tracer.h"
#include "runtime/file_limit.h"
#include "telemetry/recorder.h"

namespace seine::proxy {

namespace {

std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  // Only spreads load: a short read would merely make it less random.
  [[maybe_unused]] const ssize_t n = getrandom(&seed, sizeof seed, 0);
  return seed;
}

}  // namespace

Worker::Worker(const Config& config, const Log& log, const Clock& clock, Telemetry& telemetry,
               SharedLimits& limits, const DefaultPolicies& defaults, std::size_t core,
               WorkerSubscriptions s, const WorkerTellers& tellers)
    : config_(config),
      log_(log),
      loop_(clock),
      random_(random_seed()),
      taps_(loop_, core, config.cores),
      recorder_(tellers.ledger == nullptr
                    ? nullptr
                    : std::make_unique<telemetry::Recorder>(*tellers.ledger, core, clock)),
      tracer_(tellers.spans == nullptr ? nullptr
                                       : std::make_unique<Tracer>(loop_, clock, *tellers.spans,
                                                                  config.trace->own.start_ratio)),
      context_{loop_,
               config,
               log,
               telemetry,
               limits.in_flight,
               limits.rates,
               limits.first_speakers,
               tls_,
               drain_,
               random_,
               taps_,
               core,
               recorder_.get(),
               tellers.access_log,
               tracer_.get()},
      targets_(loop_, config.outbound.discovery_idle_timeout, std::move(s.subscribe_target),
               std::move(s.unsubscribe_target)),
      destinations_(loop_, config.outbound.discovery_idle_timeout,
                    std::move(s.subscribe_destination), std::move(s.unsubscribe_destination)),
      policies_(loop_, config.inbound.discovery_idle_timeout, std::move(s.subscribe_port),
                std::move(s.unsubscribe_port)),
      profiles_(loop_, config.inbound.discovery_idle_timeout, std::move(s.subscribe_profile),
                std::move(s.unsubscribe_profile)),
      outbound_(std::make_unique<Outbound>(context_, targets_, destinations_)),
      inbound_(std::make_unique<Inbound>(context_, policies_, defaults, profiles_, *outbound_)),
      connections_(loop_,
                   [this](Error error) {
                     log_debug(log_, "connection ended", {{"error", error.to_string()}});
                   }),
      tasks_(loop_, [](Error) {}),
      courier_(loop_) {
  loop_.pool().share().join(limits.buffers);
  if (recorder_ != nullptr) recorder_->rotate(1, clock.wall_now());
}

Worker::~Worker() {
  stop();
}

Result<void> Worker::bind(std::string_view outbound_variable) {
  const auto bind_side = [&](const SideConfig& side, auto& listeners,
                             std::string_view variable) -> Result<void> {
    for (const SocketAddr& addr : side.listen) {
      auto listener = runtime::Listener::tcp(
          loop_, addr,
          {.backlog = side.backlog,
           .reuse_port = config_.cores > 1,
           .spare_files = std::clamp<std::size_t>(runtime::file_limit() / 16, 16, 1024),
           .mark = config_.socket_mark});
      if (!listener) return fail(std::move(listener.error()).with_context(variable));
      listeners.push_back(std::move(*listener));
    }
    return {};
  };
  auto bound = bind_side(config_.outbound, outbound_listeners_, outbound_variable);
  if (!bound) return bound;
  return bind_side(config_.inbound, inbound_listeners_, "LINKERD2_PROXY_INBOUND_LISTEN_ADDR");
}

void Worker::start() {
  for (const std::uint16_t port : config_.inbound_ports) {
    held_ports_.push_back(policies_.lease(port));
  }
  held_ports_.push_back(policies_.lease(config_.admin_listen.port));
  if (!config_.gateway_suffixes.empty()) {
    // Whoever comes for the gateway is authorized by the policy of the port they come to.
    for (const SocketAddr& addr : config_.inbound.listen) {
      held_ports_.push_back(policies_.lease(addr.port));
    }
  }
  for (auto& listener : outbound_listeners_) tasks_.spawn(accept_all(*this, *listener, false));
  for (auto& listener : inbound_listeners_) tasks_.spawn(accept_all(*this, *listener, true));
  thread_ = std::thread([this] { loop_.run(); });
}

runtime::Task<void> Worker::accept_all(Worker& worker, runtime::Listener& listener, bool inbound) {
  // Connections wait in the backlog until there is a certificate to serve them with.
  {
    runtime::Waker waker(worker.loop_);
    runtime::Signal::Watch watch;
    worker.tls_.certified().arm(watch, waker);
    co_await waker.wait();
  }
  for (;;) {
    auto socket = co_await listener.accept();
    if (!socket) co_return;
    if (inbound) {
      worker.connections_.spawn(worker.inbound_->serve(std::move(*socket)));
    } else {
      worker.connections_.spawn(worker.outbound_->serve(std::move(*socket)));
    }
  }
}

void Worker::replace_tls(TlsState::Context context) {
  courier_.post([this, c = std::move(context)]() mutable { tls_.replace(std::move(c)); });
}

void Worker::publish_target(TargetKey key, std::shared_ptr<const OutboundTarget> value) {
  courier_.post([this, k = std::move(key), v = std::move(value)]() mutable {
    targets_.publish(k, std::move(v));
  });
}

void Worker::publish_destination(std::string key, std::shared_ptr<const EndpointSet> value) {
  courier_.post([this, k = std::move(key), v = std::move(value)]() mutable {
    destinations_.publish(k, std::move(v));
  });
}

void Worker::publish_port(std::uint16_t key, std::shared_ptr<const model::ServerPolicy> value) {
  courier_.post(
      [this, key, v = std::move(value)]() mutable { policies_.publish(key, std::move(v)); });
}

void Worker::publish_profile(std::string key, std::shared_ptr<const model::Profile> value) {
  courier_.post([this, k = std::move(key), v = std::move(value)]() mutable {
    profiles_.publish(k, std::move(v));
  });
}

void Worker::tap(std::shared_ptr<Tap> tap) {
  courier_.post([this, t = std::move(tap)]() mutable { taps_.add(std::move(t)); });
}

void Worker::untap(std::shared_ptr<Tap> tap) {
  courier_.post([this, t = std::move(tap)] { taps_.remove(*t); });
}

void Worker::drain(std::move_only_function<void()> done) {
  courier_.post([this, d = std::move(done)]() mutable {
    for (auto& listener : outbound_listeners_) listener->close();
    for (auto& listener : inbound_listeners_) listener->close();
    drain_.fire();
    tasks_.spawn(drain_all(*this, std::move(d)));
  });
}

runtime::Task<void> Worker::drain_all(Worker& worker, std::move_only_function<void()> done) {
  co_await worker.connections_.join();
  done();
}

void Worker::drop_connections(std::move_only_function<void()> done) {
  courier_.post([this, d = std::move(done)]() mutable {
    connections_.cancel();
    d();
  });
}

void Worker::rotate(std::uint64_t sequence, WallTime start, std::move_only_function<void()> done) {
  courier_.post([this, sequence, start, d = std::move(done)]() mutable {
    SEINE_CHECK(recorder_ != nullptr, "a bucket without a ledger");
    recorder_->rotate(sequence, start);
    d();
  });
}

void Worker::stop() {
  if (!thread_.joinable()) return;
  loop_.stop();
  thread_.join();
}

}  // namespace seine::proxy
