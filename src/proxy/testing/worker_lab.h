// SPDX-License-Identifier: Apache-2.0
// What the code of a worker runs on, on a loop whose time a test moves; policies for it; and an
// application for it to reach, on a port of loopback.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "http/testing/http2_pair.h"
#include "proxy/worker_context.h"
#include "runtime/listener.h"
#include "runtime/testing/test_loop.h"

namespace seine::model {
struct ServerPolicy;
}
namespace seine::proxy {
struct OutboundTarget;
}

namespace seine::proxy::testing {

// The defaults of the environment that matter to a worker; no listeners.
Config worker_config();

struct WorkerLab {
  explicit WorkerLab(Config with);
  // The sum of the series of `family` that have `label` somewhere among their labels.
  double counted(std::string_view family, std::string_view label = "");

  const Config config;
  runtime::ByteBudget buffers;  // of which the loop holds a share
  runtime::testing::TestLoop t;
  const Log log;  // off
  metrics::Registry registry{t.clock, 1};
  Telemetry telemetry{registry};
  InFlightLimits in_flight;
  RateLimiters rate_limiters;
  BothFirstSpeakers first_speakers;
  TlsState tls;
  runtime::Drain drain;
  FastRandom random{1};
  TapSet taps{t.loop, 0, 1};
  WorkerContext context;
};

// Inbound: everyone may do everything.
std::shared_ptr<const model::ServerPolicy> open_policy();
// Outbound: everything goes to `addr`, in plain.
std::shared_ptr<const OutboundTarget> forward_to(const SocketAddr& addr);

// Answers with `service` whoever connects.
class LocalApplication {
 public:
  // On `addr`, by default a port that the kernel picks. HTTP/2 by prior knowledge if `http2`.
  LocalApplication(runtime::testing::TestLoop& t, bool http2,
                   SocketAddr addr = {IpAddress::v4(0x7f000001U), 0});
  ~LocalApplication() { scope_.cancel(); }

  SocketAddr addr() const { return listener_->addr(); }

  http::testing::ScriptedService service;
  int connections = 0;  // that it has accepted

 private:
  static runtime::Task<void> accept_all(LocalApplication& self);
  static runtime::Task<void> serve(LocalApplication& self, std::unique_ptr<runtime::Stream> stream);

  runtime::EventLoop& loop_;
  const bool http2_;
  std::unique_ptr<runtime::Listener> listener_;
  runtime::Drain drain_;
  runtime::TaskScope scope_;
};

// The next connection to `listener`.
std::unique_ptr<runtime::Socket> accept_one(runtime::testing::TestLoop& t,
                                            runtime::Listener& listener);

// A call of a service that is under way: its result once there is one. Dropping it cancels.
struct ServiceCall {
  ServiceCall(runtime::EventLoop& loop, http::Service& service, http::Request request);
  std::optional<Result<http::Response>> result;
  runtime::TaskScope scope;
};

http::Request request_for(const std::string& authority,
                          http::Version version = http::Version::kHttp11);

}  // namespace seine::proxy::testing
