// SPDX-License-Identifier: Apache-2.0
// The proxy's side of the control plane, on the control loop: three channels, the certifier, and
// the hubs from which workers are fed.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "dns/resolver.h"
#include "proxy/courier.h"
#include "proxy/discovery/control_channel.h"
#include "proxy/discovery/discovery.h"
#include "proxy/identity/certifier.h"
#include "proxy/worker.h"

namespace seine::proxy {

// Names by the system's DNS, remembered for their TTL; addresses stand for themselves.
class DnsControlResolver final : public ControlResolver {
 public:
  DnsControlResolver(runtime::EventLoop& loop, const Config& config);
  runtime::Task<Result<std::vector<SocketAddr>>> resolve(const ControlAddr& addr) override;

 private:
  struct Known {
    std::vector<SocketAddr> addrs;
    TimePoint until;
  };
  runtime::EventLoop& loop_;
  dns::Resolver resolver_;
  std::map<std::string, Known> known_;  // by authority; the few services of the control plane
};

class ControlPlane {
 public:
  // References outlive it.
  ControlPlane(runtime::EventLoop& loop, const Log& log, const Config& config,
               const crypto::TrustAnchors& anchors, TlsState::Context anonymous_tls,
               Telemetry& telemetry, std::size_t core, TlsState& tls, FastRandom& random);

  // Where hubs deliver to; before anything subscribes. Workers are borrowed and outlive the loop's
  // run.
  void serve(const std::vector<Worker*>& workers);
  // What worker `index` needs to ask for keys: errands to this loop.
  static WorkerSubscriptions subscriptions(Courier& to_control, ControlPlane*& plane,
                                           std::size_t index);
  void start(OnCertified on_certified);

 private:
  template <class Hub, class Publish>
  std::unique_ptr<Hub> make_hub(const std::vector<Worker*>& workers, Publish publish);

  runtime::EventLoop& loop_;
  const Log& log_;
  const Config& config_;
  const crypto::TrustAnchors& anchors_;
  Telemetry& telemetry_;
  const std::size_t core_;
  DnsControlResolver resolver_;
  ControlChannel identity_channel_;
  ControlChannel destination_channel_;
  ControlChannel policy_channel_;
  grpc::Channel identity_;
  grpc::Channel destination_;
  grpc::Channel policy_;
  Discovery discovery_;
  std::unique_ptr<OutboundHub> targets_;
  std::unique_ptr<DestinationHub> destinations_;
  std::unique_ptr<InboundHub> ports_;
  std::unique_ptr<ProfileHub> profiles_;
  runtime::TaskScope scope_;
};

}  // namespace seine::proxy
