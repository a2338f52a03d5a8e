// SPDX-License-Identifier: Apache-2.0
// The HTTP service of one outbound client connection: route, backend, send, answer.
#pragma once

#include <memory>

#include "http/message.h"
#include "proxy/outbound/backends.h"
#include "proxy/outbound/targets.h"

namespace seine::proxy {

class OutboundHttp final : public http::Service {
 public:
  // `lease` has its first value. All references outlive the connection.
  OutboundHttp(WorkerContext& context, Backends& backends, OutboundTargets::Lease& lease,
               SocketAddr orig_dst)
      : context_(context), backends_(backends), lease_(lease), orig_dst_(orig_dst) {}

  // Never an Error: what fails is answered (see respond.h).
  runtime::Task<Result<http::Response>> call(http::Request request) override;

 private:
  runtime::Task<Result<http::Response>> forward(http::Request request);
  Result<std::shared_ptr<Balancer>> backend_for(const http::RequestHead& head);

  WorkerContext& context_;
  Backends& backends_;
  OutboundTargets::Lease& lease_;
  const SocketAddr orig_dst_;
  // What the last request used, while the policy is the same snapshot.
  std::shared_ptr<const OutboundTarget> target_;
  const model::Backend* last_backend_ = nullptr;
  std::shared_ptr<Balancer> last_balancer_;
};

}  // namespace seine::proxy
