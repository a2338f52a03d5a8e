// SPDX-License-Identifier: Apache-2.0
// The gateway: what a peer sends here with a transport header that names a service of this cluster
// goes on to that service, as if it came from an application beside this proxy. It is how other
// clusters come in (reference: proxy API 3.2). Inbound policy of the proxy's own port has
// authorized whatever arrives here.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "http/message.h"
#include "model/authority.h"
#include "proxy/inbound/client_facts.h"
#include "proxy/outbound/named_http.h"
#include "proxy/transport_header.h"
#include "proxy/worker_context.h"

namespace seine::proxy {

class Outbound;

// The service that the header names, with its port. Error kProtocol if that is no DNS name.
Result<model::Authority> gateway_service(const TransportHeader& header);
// Error kGatewayDomain where it is under none of INBOUND_GATEWAY_SUFFIXES.
Result<void> check_gateway_name(const Config& config, const model::Authority& service);

// The HTTP requests of one client's connection, all of which go to the service that its transport
// header names, whatever their Host says. Behind InboundHttp, which restores their protocol and
// authorizes each, and answers what fails here.
class GatewayHttp final : public http::Service {
 public:
  // All references outlive the connection; the client has an identity.
  GatewayHttp(WorkerContext& context, Outbound& outbound, const ClientFacts& facts,
              model::Authority service)
      : context_(context), outbound_(outbound), facts_(facts), service_(std::move(service)) {}

  runtime::Task<Result<http::Response>> call(http::Request request) override;

 private:
  Result<void> check(const http::RequestHead& head) const;
  // The way to the service, once it is known. Held by requests that are under way.
  runtime::Task<Result<std::shared_ptr<NamedHttp>>> find();

  WorkerContext& context_;
  Outbound& outbound_;
  const ClientFacts& facts_;
  const model::Authority service_;
  std::shared_ptr<NamedHttp> named_;  // null until it was asked for
};

}  // namespace seine::proxy
