// SPDX-License-Identifier: Apache-2.0
// The outbound service of one client's connection, whose policy forwards everything to an
// application; a test may publish another.
#pragma once

#include <chrono>
#include <utility>

#include "proxy/outbound/outbound_http.h"
#include "proxy/testing/worker_lab.h"

namespace seine::proxy::testing {

struct OutboundLab : WorkerLab {
  explicit OutboundLab(Config with = worker_config(), bool http2 = false)
      : WorkerLab(std::move(with)), application(t, http2) {
    targets.publish(destination, forward_to(application.addr()));
  }

  LocalApplication application;
  const SocketAddr destination = SocketAddr::parse("10.0.0.1:80").value();
  OutboundTargets targets{t.loop, std::chrono::seconds(1), [](const auto&) {}, [](const auto&) {}};
  Destinations destinations{t.loop, std::chrono::seconds(1), [](const auto&) {},
                            [](const auto&) {}};
  Backends backends{context, destinations};
  OutboundTargets::Lease lease = targets.lease(destination);
  OutboundHttp service{context, backends, lease, destination,
                       SocketAddr::parse("10.0.0.9:1234").value()};
};

}  // namespace seine::proxy::testing
