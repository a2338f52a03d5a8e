// SPDX-License-Identifier: Apache-2.0
// The service of one meshed client's connection, in front of an application.
#pragma once

#include <chrono>
#include <memory>
#include <utility>

#include "proxy/inbound/inbound_http.h"
#include "proxy/testing/worker_lab.h"

namespace seine::proxy::testing {

struct InboundLab : WorkerLab {
  explicit InboundLab(Config config = worker_config(), bool http2 = false)
      : WorkerLab(std::move(config)), application(t, http2) {
    facts.client = SocketAddr::parse("10.0.0.9:1234").value();
    facts.target = application.addr();
    facts.meshed = true;
    facts.tls = TlsLabels::meshed("web.id");
  }

  LocalApplication application;
  ServerPolicies policies{t.loop, std::chrono::seconds(1), [](const auto&) {}, [](const auto&) {}};
  PortPolicy policy{policies.lease(80), open_policy()};
  ClientFacts facts;
  std::shared_ptr<ApplicationPort> port =
      std::make_shared<ApplicationPort>(context, application.addr());
  ProfileCache cache{t.loop, std::chrono::seconds(1), [](const auto&) {}, [](const auto&) {}};
  ServiceProfiles profiles{context, cache};
  InboundHttp service{context, policy, facts, port, profiles};
};

}  // namespace seine::proxy::testing
