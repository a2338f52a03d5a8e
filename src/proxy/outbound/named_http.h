// SPDX-License-Identifier: Apache-2.0
// The requests of one client's connection to a service by its name, whatever address or proxy the
// client has connected to.
#pragma once

#include <memory>
#include <string>

#include "http/message.h"
#include "model/authority.h"
#include "proxy/outbound/outbound_http.h"
#include "proxy/outbound/override_targets.h"

namespace seine::proxy {

class NamedHttp final : public http::Service {
 public:
  // `service` has a port; `at`: what the client has connected to. Error kLoadShed as
  // OverrideTargets::find(). All references outlive it.
  static Result<std::shared_ptr<NamedHttp>> find(WorkerContext& context, OverrideTargets& targets,
                                                 Backends& backends,
                                                 const model::Authority& service,
                                                 const SocketAddr& at, const SocketAddr& client);

  // What is known of the service. Error kFailfast after OUTBOUND_HTTP_FAILFAST_TIMEOUT.
  runtime::Task<Result<std::shared_ptr<const OutboundTarget>>> known();
  // As OutboundHttp's.
  runtime::Task<Result<http::Response>> call(http::Request request) override;

 private:
  NamedHttp(WorkerContext& context, Backends& backends, OutboundTargets::Lease lease,
            const model::Authority& service, const SocketAddr& at, const SocketAddr& client);

  WorkerContext& context_;
  const std::string name_;
  OutboundTargets::Lease lease_;
  OutboundHttp service_;
};

}  // namespace seine::proxy
