// SPDX-License-Identifier: Apache-2.0
// The HTTP service of one inbound client connection: restore the protocol, authorize, forward to
// the application or by the gateway, answer.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "http/message.h"
#include "proxy/http_metrics.h"
#include "proxy/inbound/application.h"
#include "proxy/inbound/client_facts.h"
#include "proxy/inbound/inbound_rows.h"
#include "proxy/inbound/policies.h"
#include "proxy/inbound/rate_limiter.h"
#include "proxy/inbound/service_profiles.h"
#include "proxy/request_record.h"
#include "proxy/trace/tracer.h"

namespace seine::proxy {

class GatewayHttp;

class InboundHttp final : public http::Service {
 public:
  // All references outlive the connection. `gateway`: where requests go in place of an
  // application.
  InboundHttp(WorkerContext& context, PortPolicy& policy, const ClientFacts& facts,
              std::shared_ptr<ApplicationPort> application, ServiceProfiles& profiles,
              GatewayHttp* gateway = nullptr)
      : context_(context),
        policy_(policy),
        facts_(facts),
        application_(std::move(application)),
        gateway_(gateway),
        profile_routes_(context, profiles),
        upgraded_(context.telemetry.upgraded_requests.get(context.core,
                                                          OneLabel{"direction", "inbound"})),
        rows_(context, facts) {}

  // Answers what policy refuses and what fails, except resets, which reach an HTTP/2 client as
  // such.
  runtime::Task<Result<http::Response>> call(http::Request request) override;

 private:
  // A route and what permits this client on it, with their series; valid for one policy snapshot.
  struct Permit {
    const model::Metadata* route;
    const model::Metadata* authz;
    std::string authority;  // the label; empty unless it is asked for
    metrics::Counter allowed;
    std::shared_ptr<HttpSeries> series;
  };
  // A request that policy lets in. Borrows from the snapshot.
  struct Admitted {
    std::shared_ptr<HttpSeries> series;
    std::span<const model::Filter> filters;
    const model::PathMatch* path = nullptr;  // by which the rule was taken
  };
  Result<Admitted> authorize(const http::RequestHead& head, RequestRecord& record, OpenSpan* span);
  Result<void> check_rate();
  // The answer, where a filter has us give it.
  std::optional<http::Response> filter(const Admitted& admitted, http::RequestHead& head,
                                       RequestRecord& record);
  void count_error(const Error& error);
  std::shared_ptr<HttpSeries> permitted(const model::Metadata& route, const model::Metadata& authz,
                                        std::string authority);
  runtime::Task<Result<http::Response>> forward(http::Request&& request, RequestRecord& record,
                                                OpenSpan* span);
  Traced trace(http::RequestHead& head);
  // The answer of whoever it is for.
  runtime::Task<Result<http::Response>> pass_on(http::Request&& request);
  TapExchange tap_request(const http::RequestHead& head, const ProfileRoutes::Use& profile);
  http::Response refuse(const Error& error, http::Version version, bool grpc);

  WorkerContext& context_;
  PortPolicy& policy_;
  const ClientFacts& facts_;
  const std::shared_ptr<ApplicationPort> application_;  // null: there is a gateway
  GatewayHttp* const gateway_;                          // null: there is an application
  ProfileRoutes profile_routes_;
  const metrics::Counter upgraded_;
  std::shared_ptr<const model::ServerPolicy> snapshot_;
  std::vector<Permit> permits_;
  std::shared_ptr<RateLimiter> limiter_;  // of the snapshot; null: none
  InboundRows rows_;
};

}  // namespace seine::proxy
