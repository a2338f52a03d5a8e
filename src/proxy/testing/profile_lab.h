// SPDX-License-Identifier: Apache-2.0
// The outbound service of one client's connection to the service web of shop, as a policy and a
// service profile have it that a test sets, joined as discovery joins them.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "proxy/discovery/target_join.h"
#include "proxy/testing/outbound_lab.h"

namespace seine::proxy::testing {

inline constexpr char kProfileName[] = "web.shop.svc.cluster.local";
inline constexpr char kProfileDst[] = "web.shop.svc.cluster.local:80";

// A route for paths that `path` matches, by this name.
inline model::ProfileRoute profile_route(const std::string& path, std::string name) {
  model::ProfileRoute route;
  route.condition = {.kind = model::ProfileRequestMatch::Kind::kPath,
                     .path = model::Regex::compile(path).value()};
  route.labels = {{"route", std::move(name)}};
  return route;
}

inline model::Profile profile_of(std::vector<model::ProfileRoute> routes) {
  model::Profile profile{.fully_qualified_name = kProfileName};
  profile.routes = std::move(routes);
  return profile;
}

struct ProfileLab : OutboundLab {
  // web is the lab's application.
  explicit ProfileLab(bool http2 = false) : OutboundLab(worker_config(), http2) {
    serve(kProfileDst, application.addr());
    joined.set_policy(policy());
  }
  // One backend, web.
  static model::ClientPolicy policy() {
    const model::Metadata meta = model::Metadata::make_resource("", "Service", "shop", "web");
    const model::Backend backend{.meta = meta, .kind = model::Backend::Balancer{kProfileDst, {}}};
    return model::make_detect_policy(meta, backend, std::chrono::seconds(10));
  }
  // What Destination.Get says of this path.
  void serve(const std::string& path, const SocketAddr& addr) {
    leases.push_back(destinations.lease(path));
    destinations.publish(
        path, std::make_shared<const EndpointSet>(EndpointSet{model::Endpoint{.addr = addr}}));
  }
  void set(model::Profile profile) { joined.set_profile(std::move(profile)); }
  // The status of the answer.
  int get(const std::string& path = "/") { return send(path, nullptr); }
  int post(const std::string& path, std::string_view body) {
    return send(path, http::make_body(body));
  }
  int send(const std::string& path, http::BodyPtr body) {
    http::Request request = request_for("web");
    request.head.method = body == nullptr ? "GET" : "POST";
    request.head.path = path;
    request.body = std::move(body);
    Result<http::Response> response = t.run(service.call(std::move(request)));
    if (!response) return 0;
    (void)t.run(http::collect(t.loop, std::move(response->body), 1 << 20));
    return response->head.status;
  }

  struct ToTargets final : Publisher<OutboundTarget> {
    explicit ToTargets(ProfileLab& to) : lab(to) {}
    void publish(std::shared_ptr<const OutboundTarget> value) override {
      lab.targets.publish(lab.destination, std::move(value));
    }
    ProfileLab& lab;
  };

  std::vector<Destinations::Lease> leases;
  ToTargets publisher{*this};
  TargetJoin joined{destination, config, publisher};
};

}  // namespace seine::proxy::testing
