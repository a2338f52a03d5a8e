// SPDX-License-Identifier: Apache-2.0
#include "control/controller.h"

#include <utility>

#include "control/destination/destination_service.h"
#include "control/identity/identity_service.h"
#include "control/policy/inbound_service.h"
#include "control/policy/outbound_service.h"

namespace seine::control {

Result<std::unique_ptr<Controller>> Controller::create(runtime::EventLoop& loop, const Log& log,
                                                       metrics::Registry& registry,
                                                       const Options& options) {
  auto source = StaticFile::open(loop, log, options.workloads);
  if (!source) return fail(std::move(source.error()));
  auto authority = Authority::open(options.state_dir, options.names, loop.clock().wall_now(), log);
  if (!authority) return fail(std::move(authority.error()));
  std::unique_ptr<Controller> controller(
      new Controller(loop, log, registry, options, *std::move(source), *std::move(authority)));
  auto ready = controller->certify_itself(options);
  if (ready) ready = controller->listen(options, registry);
  if (!ready) return fail(std::move(ready.error()));
  return controller;
}

Controller::Controller(runtime::EventLoop& loop, const Log& log, metrics::Registry& registry,
                       const Options& options, std::unique_ptr<StaticFile> source,
                       Authority authority)
    : loop_(loop),
      log_(log),
      names_(options.names),
      metrics_(registry),
      source_(std::move(source)),
      authority_(std::move(authority)),
      tokens_(*source_),
      certifier_(loop.clock(), names_, authority_, tokens_, options.issuance_lifetime),
      identity_(make_identity_service(environment(certify_limiter_), certifier_, log)),
      destination_(make_destination_service(environment(stream_limiter_))),
      outbound_(make_outbound_policy_service(environment(stream_limiter_))),
      inbound_(make_inbound_policy_service(environment(stream_limiter_),
                                           options.default_inbound_policy)) {
  identity_->serve(identity_methods_);
  destination_->serve(destination_methods_);
  outbound_->serve(policy_methods_);
  inbound_->serve(policy_methods_);
}

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
  auto admin = AdminListener::open(loop_, options.admin_listen, registry, drain_);
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
  admin_->set_ready();
  return {};
}

runtime::Task<int> Controller::drain() {
  GrpcListener* const listeners[] = {identity_listener_.get(), destination_listener_.get(),
                                     policy_listener_.get()};
  for (GrpcListener* listener : listeners) listener->close();
  drain_.fire();
  for (GrpcListener* listener : listeners) co_await listener->finished();
  co_return 0;
}

}  // namespace seine::control
