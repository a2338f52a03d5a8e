// SPDX-License-Identifier: Apache-2.0
// The control plane as an object: sources, services and ports on a loop that somebody else runs.
#pragma once

#include <memory>

#include "base/log.h"
#include "base/net.h"
#include "base/result.h"
#include "control/call_environment.h"
#include "control/destination/deliveries.h"
#include "control/grpc_listener.h"
#include "control/identity/authority.h"
#include "control/identity/certifier.h"
#include "control/identity/issuer_renewal.h"
#include "control/identity/own_certificate.h"
#include "control/identity/token_review.h"
#include "control/options.h"
#include "control/pages/mesh_pages.h"
#include "control/registry/mesh_description.h"
#include "control/registry/owner_socket.h"
#include "control/registry/workload_source.h"
#include "control/rpc_service.h"
#include "http/admin_listener.h"
#include "metrics/registry.h"
#include "runtime/event_loop.h"
#include "runtime/signal.h"
#include "runtime/task.h"

namespace seine::control {

// For each peer address.
inline constexpr RateLimit kCertifyLimit{.per_second = 20, .burst = 100};
inline constexpr RateLimit kStreamLimit{.per_second = 500, .burst = 5000};

class FeedSpool;
class LeaseRegistry;
class TelemetryWindow;

// Lives on its loop's thread. Everything it is given outlives it.
class Controller {
 public:
  // Serves when this returns. Errors: kInvalidConfig for the workload file or the registry, the
  // state directory and addresses that cannot be listened on, in this order.
  static Result<std::unique_ptr<Controller>> create(runtime::EventLoop& loop, const Log& log,
                                                    metrics::Registry& registry,
                                                    const Options& options);
  ~Controller();
  Controller(const Controller&) = delete;
  Controller& operator=(const Controller&) = delete;

  // Accepts no more and ends all streams; completes when every connection has ended.
  runtime::Task<int> drain();

  const SocketAddr& identity_addr() const { return identity_listener_->addr(); }
  const SocketAddr& destination_addr() const { return destination_listener_->addr(); }
  const SocketAddr& policy_addr() const { return policy_listener_->addr(); }
  const SocketAddr& admin_addr() const { return admin_->addr(); }
  // Null where no pages are served.
  const MeshPages* pages() const { return pages_.get(); }
  const crypto::TrustAnchors& anchors() const { return authority_.anchors(); }

 private:
  // What runs, from wherever that is known.
  struct Source {
    std::unique_ptr<WorkloadSource> source;
    LeaseRegistry* leases = nullptr;  // the same, where it is one
  };

  static Result<Source> open_source(runtime::EventLoop& loop, const Log& log,
                                    metrics::Registry& registry, const Options& options);
  Controller(runtime::EventLoop& loop, const Log& log, metrics::Registry& registry,
             const Options& options, Source source, Authority authority);
  Result<void> certify_itself(const Options& options);
  Result<void> listen(const Options& options, metrics::Registry& registry);
  Result<void> serve_registry(const Options& options, metrics::Registry& registry);
  Result<void> serve_telemetry(metrics::Registry& registry);
  Result<void> serve_feed();
  Result<void> serve_pages(const Options& options, metrics::Registry& registry);
  // What every pod of the registry is told.
  MeshDescription describe_mesh(const Options& options) const;
  CallEnvironment environment(RateLimiter& limiter) {
    return {loop_, names_, *source_, drain_, metrics_, limiter};
  }

  runtime::EventLoop& loop_;
  const Log& log_;
  const MeshNames names_;
  runtime::Drain drain_;
  ControllerMetrics metrics_;
  RateLimiter certify_limiter_{kCertifyLimit};
  RateLimiter stream_limiter_{kStreamLimit};
  const std::unique_ptr<WorkloadSource> source_;
  LeaseRegistry* const leases_;  // borrowed from source_; null where that is a file
  Authority authority_;
  const std::unique_ptr<TokenReview> tokens_;
  Certifier certifier_;
  const std::unique_ptr<RpcService> identity_;
  Deliveries deliveries_;
  const std::unique_ptr<RpcService> destination_;
  const std::unique_ptr<RpcService> outbound_;
  const std::unique_ptr<RpcService> inbound_;
  grpc::Methods identity_methods_;
  grpc::Methods destination_methods_;
  grpc::Methods policy_methods_;
  grpc::Methods registry_methods_;
  grpc::Methods feed_methods_;
  std::unique_ptr<RpcService> registry_;  // null with a file, and so is what follows
  std::unique_ptr<RpcService> names_service_;
  std::unique_ptr<FeedSpool> feed_spool_;
  std::unique_ptr<TelemetryWindow> telemetry_window_;
  std::unique_ptr<RpcService> telemetry_;
  std::unique_ptr<RpcService> window_;
  std::unique_ptr<RpcService> feed_;
  std::unique_ptr<RpcService> workloads_;
  std::unique_ptr<RpcService> taps_;
  std::unique_ptr<OwnCertificate> identity_certificate_;
  std::unique_ptr<OwnCertificate> destination_certificate_;
  std::unique_ptr<IssuerRenewal> issuer_renewal_;
  // Last: connections use everything above.
  std::unique_ptr<http::AdminListener> admin_;
  std::unique_ptr<GrpcListener> identity_listener_;
  std::unique_ptr<GrpcListener> destination_listener_;
  std::unique_ptr<GrpcListener> policy_listener_;
  std::unique_ptr<OwnerSocket> registry_socket_;
  std::unique_ptr<OwnerSocket> feed_socket_;
  std::unique_ptr<MeshPages> pages_;
};

}  // namespace seine::control
