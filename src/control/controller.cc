// SPDX-License-Identifier: Apache-2.0
#include "control/controller.h"

#include <utility>

#include "control/destination/destination_service.h"
#include "control/identity/identity_service.h"
#include "control/policy/inbound_service.h"
#include "control/policy/outbound_service.h"
#include "control/registry/lease_registry.h"
#include "control/registry/name_service.h"
#include "control/registry/registry_service.h"
#include "control/registry/static_file.h"
#include "control/registry/workloads_service.h"
#include "control/tap/tap_service.h"
#include "control/telemetry/feed_service.h"
#include "control/telemetry/telemetry_service.h"
#include "control/telemetry/telemetry_window.h"

namespace seine::control {
namespace {

std::unique_ptr<TokenReview> make_token_review(const WorkloadSource& source,
                                               LeaseRegistry* leases) {
  if (leases != nullptr) return std::make_unique<LeaseTokenReview>(*leases);
  return std::make_unique<RegistryTokenReview>(source);
}

}  // namespace

Result<Controller::Source> Controller::open_source(runtime::EventLoop& loop, const Log& log,
                                                   metrics::Registry& registry,
                                                   const Options& options) {
  if (!options.registry) {
    auto file = StaticFile::open(loop, log, options.workloads);
    if (!file) return fail(std::move(file.error()));
    return Source{.source = *std::move(file)};
  }
  auto directory = RegistryDirectory::open(options.registry->directory);
  if (!directory) return fail(std::move(directory.error()).with_context("--registry-dir"));
  auto leases = LeaseRegistry::open(loop, log, registry, options.names, options.registry->scope,
                                    *std::move(directory));
  if (!leases) return fail(std::move(leases.error()).with_context("--registry-dir"));
  LeaseRegistry* const borrowed = leases->get();
  return Source{.source = *std::move(leases), .leases = borrowed};
}

Result<std::unique_ptr<Controller>> Controller::create(runtime::EventLoop& loop, const Log& log,
                                                       metrics::Registry& registry,
                                                       const Options& options) {
  auto source = open_source(loop, log, registry, options);
  if (!source) return fail(std::move(source.error()));
  auto authority = Authority::open(options.state_dir, options.names, loop.clock().wall_now(), log);
  if (!authority) return fail(std::move(authority.error()));
  std::unique_ptr<Controller> controller(
      new Controller(loop, log, registry, options, *std::move(source), *std::move(authority)));
  auto ready = controller->certify_itself(options);
  if (ready) ready = controller->listen(options, registry);
  if (ready) ready = controller->serve_registry(options, registry);
  if (!ready) return fail(std::move(ready.error()));
  controller->admin_->set_ready();
  return controller;
}

Controller::Controller(runtime::EventLoop& loop, const Log& log, metrics::Registry& registry,
                       const Options& options, Source source, Authority authority)
    : loop_(loop),
      log_(log),
      names_(options.names),
      metrics_(registry),
      source_(std::move(source.source)),
      leases_(source.leases),
      authority_(std::move(authority)),
      tokens_(make_token_review(*source_, leases_)),
      certifier_(loop.clock(), names_, authority_, *tokens_, options.issuance_lifetime),
      identity_(make_identity_service(environment(certify_limiter_), certifier_, log)),
      destination_(make_destination_service(environment(stream_limiter_), deliveries_)),
      outbound_(make_outbound_policy_service(environment(stream_limiter_))),
      inbound_(make_inbound_policy_service(environment(stream_limiter_),
                                           options.default_inbound_policy)) {
  identity_->serve(identity_methods_);
  destination_->serve(destination_methods_);
  outbound_->serve(policy_methods_);
  inbound_->serve(policy_methods_);
}

Controller::~Controller() = default;

Result<void> Controller::certify_itself(const Options& options) {
  auto identity =
      OwnCertificate::issue(loop_, log_, certifier_, authority_.anchors(), options.identity_name);
  if (!identity) return fail(std::move(identity.error()));
  identity_certificate_ = *std::move(identity);
  auto destination = OwnCertificate::issue(loop_, log_, certifier_, authority_.anchors(),
                                           options.destination_name);
  if (!destination) return fail(std::move(destination.error()));
  destination_certificate_ = *std::move(destination);
  issuer_renewal_ = std::make_unique<IssuerRenewal>(loop_, log_, names_, options.state_dir,
                                                    authority_, metrics_.issuer_expiry());
  return {};
}

Result<void> Controller::listen(const Options& options, metrics::Registry& registry) {
  auto admin = http::AdminListener::open(loop_, options.admin_listen, registry, drain_);
  if (!admin) return fail(std::move(admin.error()).with_context("--admin-listen"));
  admin_ = *std::move(admin);
  auto identity = GrpcListener::open(loop_, log_, identity_methods_, drain_, metrics_,
                                     {.name = "identity",
                                      .addr = options.listen_identity,
                                      .certificate = identity_certificate_.get(),
                                      .requires_client_certificate = false,
                                      .max_streams = 100});
  if (!identity) return fail(std::move(identity.error()).with_context("--listen-identity"));
  identity_listener_ = *std::move(identity);
  auto destination = GrpcListener::open(loop_, log_, destination_methods_, drain_, metrics_,
                                        {.name = "destination",
                                         .addr = options.listen_destination,
                                         .certificate = destination_certificate_.get()});
  if (!destination) {
    return fail(std::move(destination.error()).with_context("--listen-destination"));
  }
  destination_listener_ = *std::move(destination);
  auto policy = GrpcListener::open(loop_, log_, policy_methods_, drain_, metrics_,
                                   {.name = "policy",
                                    .addr = options.listen_policy,
                                    .certificate = destination_certificate_.get()});
  if (!policy) return fail(std::move(policy.error()).with_context("--listen-policy"));
  policy_listener_ = *std::move(policy);
  return {};
}

MeshDescription Controller::describe_mesh(const Options& options) const {
  const RegistryScope& scope = leases_->scope();
  const auto describe = [&scope](SocketAddr addr, const std::string& name) {
    // Whoever listens everywhere is met where every pod can go.
    if (addr.ip.is_unspecified()) addr.ip = scope.pods.hub()[0];
    return MeshServer{.addr = addr, .name = addr.ip.is_loopback() ? "" : name};
  };
  return {.cluster_domain = names_.cluster_domain,
          .trust_anchors_pem = authority_.anchors().to_pem(),
          .identity = describe(identity_addr(), options.identity_name),
          .destination = describe(destination_addr(), options.destination_name),
          .policy = describe(policy_addr(), options.destination_name),
          .telemetry = describe(destination_addr(), options.destination_name),
          .pod_networks = scope.pods.networks(),
          .service_networks = scope.services.networks(),
          .hub_ips = scope.pods.hub(),
          .default_inbound_policy = options.default_inbound_policy.meta.name,
          .tap_identity = options.destination_name};
}

Result<void> Controller::serve_telemetry(metrics::Registry& registry) {
  auto kept = KeptCounts::open(leases_->directory().telemetry_path());
  if (!kept) return fail(std::move(kept.error()));
  auto spool =
      FeedSpool::open(leases_->directory().feed_path(), read_machine_life(), log_, registry);
  if (!spool) return fail(std::move(spool.error()));
  feed_spool_ = *std::move(spool);
  telemetry_window_ = std::make_unique<TelemetryWindow>(
      log_, registry, *source_, leases_->scope().cluster, *std::move(kept),
      loop_.clock().wall_now(), feed_spool_.get());
  telemetry_ = make_telemetry_service(environment(stream_limiter_), *telemetry_window_);
  telemetry_->serve(destination_methods_);
  window_ = make_window_service(environment(stream_limiter_), *telemetry_window_);
  window_->serve(registry_methods_);
  return {};
}

Result<void> Controller::serve_feed() {
  feed_ = make_feed_service(environment(stream_limiter_), *telemetry_window_, *feed_spool_);
  feed_->serve(feed_methods_);
  workloads_ = make_workloads_service(environment(stream_limiter_), *leases_);
  workloads_->serve(feed_methods_);
  const RegistryDirectory& directory = leases_->directory();
  auto socket = OwnerSocket::open(loop_, log_, feed_methods_, drain_, metrics_,
                                  directory.feed_socket_path(), directory.owner());
  if (!socket) return fail(std::move(socket.error()).with_context("--registry-dir"));
  feed_socket_ = *std::move(socket);
  return {};
}

Result<void> Controller::serve_pages(const Options& options, metrics::Registry& registry) {
  if (!options.pages) return {};
  auto pages = MeshPages::open({.loop = loop_,
                                .log = log_,
                                .registry = registry,
                                .leases = *leases_,
                                .window = *telemetry_window_,
                                .drain = drain_,
                                .version = options.version},
                               *options.pages);
  if (!pages) return fail(std::move(pages.error()));
  pages_ = *std::move(pages);
  return {};
}

Result<void> Controller::serve_registry(const Options& options, metrics::Registry& registry) {
  if (leases_ == nullptr) return {};
  auto counts = serve_telemetry(registry);
  if (!counts) return fail(std::move(counts.error()).with_context("--registry-dir"));
  registry_ = make_registry_service(loop_, names_, metrics_, *leases_, deliveries_, authority_,
                                    describe_mesh(options), options.version);
  registry_->serve(registry_methods_);
  names_service_ = make_name_service(environment(stream_limiter_));
  names_service_->serve(registry_methods_);
  taps_ = make_tap_service({.loop = loop_,
                            .log = log_,
                            .names = names_,
                            .source = *source_,
                            .drain = drain_,
                            .metrics = metrics_,
                            .certificate = *destination_certificate_});
  taps_->serve(registry_methods_);
  const RegistryDirectory& directory = leases_->directory();
  auto socket = OwnerSocket::open(loop_, log_, registry_methods_, drain_, metrics_,
                                  directory.socket_path(), directory.owner());
  if (!socket) return fail(std::move(socket.error()).with_context("--registry-dir"));
  registry_socket_ = *std::move(socket);
  if (auto feed = serve_feed(); !feed) return feed;
  return serve_pages(options, registry);
}

runtime::Task<int> Controller::drain() {
  GrpcListener* const listeners[] = {identity_listener_.get(), destination_listener_.get(),
                                     policy_listener_.get()};
  for (GrpcListener* listener : listeners) listener->close();
  for (OwnerSocket* socket : {registry_socket_.get(), feed_socket_.get()}) {
    if (socket != nullptr) socket->close();
  }
  if (pages_) pages_->close();
  drain_.fire();
  for (GrpcListener* listener : listeners) co_await listener->finished();
  for (OwnerSocket* socket : {registry_socket_.get(), feed_socket_.get()}) {
    if (socket != nullptr) co_await socket->finished();
  }
  if (pages_) co_await pages_->finished();
  co_return 0;
}

}  // namespace seine::control
