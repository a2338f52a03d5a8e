// SPDX-License-Identifier: Apache-2.0
// Ingress mode: requests go to the service that l5d-dst-override names, whatever address the
// ingress has connected to; without one to that address, as elsewhere. What an ingress knows of a
// service are its pods, one of which it would choose itself.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "http/message.h"
#include "proxy/outbound/named_http.h"
#include "proxy/outbound/outbound_http.h"
#include "proxy/outbound/override_targets.h"

namespace seine::proxy {

// The service of one client's connection.
class IngressHttp final : public http::Service {
 public:
  // `lease`: of the address. All references outlive the connection.
  IngressHttp(WorkerContext& context, OverrideTargets& targets, Backends& backends,
              OutboundTargets::Lease& lease, SocketAddr orig_dst, SocketAddr client)
      : context_(context),
        targets_(targets),
        backends_(backends),
        orig_dst_(orig_dst),
        client_(client),
        direct_(context, backends, lease, orig_dst, client) {}

  // As OutboundHttp's.
  runtime::Task<Result<http::Response>> call(http::Request request) override;

 private:
  Result<std::shared_ptr<NamedHttp>> find(const http::Headers& headers);

  WorkerContext& context_;
  OverrideTargets& targets_;
  Backends& backends_;
  const SocketAddr orig_dst_;
  const SocketAddr client_;
  OutboundHttp direct_;
  // Those that the connection's requests use. All that is remembered of a service is found by its
  // name: never by the address, which may be that of another service's pod.
  std::map<std::string, std::shared_ptr<NamedHttp>> named_;
};

}  // namespace seine::proxy
