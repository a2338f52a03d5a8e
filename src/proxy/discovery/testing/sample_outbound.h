// SPDX-License-Identifier: Apache-2.0
// A policy as a controller sends it for a service, and the ways into it: what the tests of outbound
// decoding spoil and vary.
#pragma once

#include <string>

#include "gtest/gtest.h"

#include "io/linkerd/proxy/outbound.pb.h"
#include "proxy/discovery/decode_outbound.h"

namespace seine::proxy::testing {

namespace wire = io::linkerd::proxy::outbound;

inline void name(io::linkerd::proxy::meta::Metadata& metadata, const std::string& kind) {
  auto& resource = *metadata.mutable_resource();
  resource.set_group("core");
  resource.set_kind(kind);
  resource.set_name("web");
  resource.set_namespace_("shop");
}

inline wire::Backend balancer() {
  wire::Backend backend;
  name(*backend.mutable_metadata(), "Service");
  backend.mutable_queue()->set_capacity(100);
  backend.mutable_queue()->mutable_failfast_timeout()->set_seconds(3);
  backend.mutable_balancer()->mutable_discovery()->mutable_dst()->set_path("web.shop:80");
  auto& load = *backend.mutable_balancer()->mutable_peak_ewma();
  load.mutable_default_rtt()->set_nanos(30'000'000);
  load.mutable_decay()->set_seconds(10);
  return backend;
}

inline wire::HttpRoute http_route() {
  wire::HttpRoute route;
  name(*route.mutable_metadata(), "HTTPRoute");
  *route.add_rules()
       ->mutable_backends()
       ->mutable_first_available()
       ->add_backends()
       ->mutable_backend() = balancer();
  return route;
}

inline wire::OutboundPolicy detecting() {
  wire::OutboundPolicy policy;
  name(*policy.mutable_metadata(), "Service");
  auto& detect = *policy.mutable_protocol()->mutable_detect();
  detect.mutable_timeout()->set_seconds(10);
  auto& opaque = *detect.mutable_opaque()->add_routes();
  name(*opaque.mutable_metadata(), "Service");
  *opaque.add_rules()
       ->mutable_backends()
       ->mutable_first_available()
       ->add_backends()
       ->mutable_backend() = balancer();
  *detect.mutable_http1()->add_routes() = http_route();
  *detect.mutable_http2()->add_routes() = http_route();
  return policy;
}

inline wire::HttpRoute::Rule& rule_of(wire::OutboundPolicy& policy) {
  return *policy.mutable_protocol()
              ->mutable_detect()
              ->mutable_http1()
              ->mutable_routes(0)
              ->mutable_rules(0);
}
inline wire::Backend& backend_of(wire::OutboundPolicy& policy) {
  return *rule_of(policy)
              .mutable_backends()
              ->mutable_first_available()
              ->mutable_backends(0)
              ->mutable_backend();
}
inline wire::FailureAccrual& accrual_of(wire::OutboundPolicy& policy) {
  return *policy.mutable_protocol()->mutable_detect()->mutable_http2()->mutable_failure_accrual();
}

inline wire::ProxyProtocol::Detect& detect_of(wire::OutboundPolicy& policy) {
  return *policy.mutable_protocol()->mutable_detect();
}
inline auto& added_header_of(wire::OutboundPolicy& policy) {
  auto& modifier = *rule_of(policy).add_filters()->mutable_request_header_modifier();
  return *modifier.mutable_add()->add_headers();
}

inline const model::ClientRulePolicy& first_rule(const model::ClientPolicy& policy) {
  return std::get<model::ClientDetect>(policy.protocol).http1.routes[0].rules[0].policy;
}

// The reason why `spoil` makes a good policy unusable.
inline std::string refusal(void (*spoil)(wire::OutboundPolicy&)) {
  wire::OutboundPolicy policy = detecting();
  spoil(policy);
  const auto decoded = decode_outbound(policy);
  if (decoded) return "accepted";
  EXPECT_EQ(decoded.error().code, ErrorCode::kInvalidPolicy);
  return decoded.error().message;
}

}  // namespace seine::proxy::testing
