// SPDX-License-Identifier: Apache-2.0
#include "proxy/testing/worker_lab.h"

#include <unistd.h>

#include <sstream>

#include "http/http1_server.h"
#include "model/server_policy.h"
#include "proxy/outbound/targets.h"

namespace seine::proxy::testing {

using namespace std::chrono_literals;

Config worker_config() {
  Config config{};
  for (SideConfig* side : {&config.inbound, &config.outbound}) {
    side->detect_timeout = 10s;
    side->connect_timeout = 1s;
    side->connect_backoff = {.min = 100ms, .max = 10s, .jitter = 0};
    side->http1_idle_timeout = 3s;
    side->max_idle_connections = 100;
    side->discovery_idle_timeout = 5s;
    side->max_in_flight = 100;
    side->queue_capacity = 100;
    side->tcp_queue_capacity = 100;
    side->failfast_timeout = 1s;
  }
  config.learns_first_speakers = true;
  config.http2_connections = 4;
  config.http2_client = {.stream_window = 65'535,
                         .connection_window = 1'048'576,
                         .adaptive_windows = false,
                         .max_concurrent_streams = 100,
                         .max_frame_size = 16'384,
                         .max_header_list_size = 65'536,
                         .keepalive_interval = {},
                         .keepalive_timeout = {}};
  return config;
}

WorkerLab::WorkerLab(Config with)
    : config(std::move(with)),
      buffers(config.memory_limit),
      log(t.clock, STDERR_FILENO, LogLevel::kOff, LogFormat::kPlain),
      in_flight(config.inbound.max_in_flight, config.outbound.max_in_flight, &buffers),
      context{t.loop,         config, log,   telemetry, in_flight, rate_limiters,
              first_speakers, tls,    drain, random,    taps,      0} {
  t.loop.pool().share().join(buffers);
}

double WorkerLab::counted(std::string_view family, std::string_view label) {
  const std::string start = std::string(family) + "{";
  double sum = 0;
  std::istringstream lines(registry.scrape());
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(start) || !line.contains(label)) continue;
    sum += std::stod(line.substr(line.rfind(' ')));
  }
  return sum;
}

std::shared_ptr<const model::ServerPolicy> open_policy() {
  Result<model::ServerPolicy> policy =
      model::make_default_server_policy("all-unauthenticated", {}, 10s);
  SEINE_CHECK(policy.has_value(), "a default policy that is none");
  return std::make_shared<const model::ServerPolicy>(std::move(*policy));
}

std::shared_ptr<const OutboundTarget> forward_to(const SocketAddr& addr) {
  model::Backend backend;
  backend.kind = model::Backend::Forward{model::Endpoint{.addr = addr}};
  return std::make_shared<const OutboundTarget>(
      OutboundTarget{.policy = model::make_detect_policy({}, backend, 10s), .opaque = false});
}

LocalApplication::LocalApplication(runtime::testing::TestLoop& t, bool http2, SocketAddr addr)
    : service(t.loop), loop_(t.loop), http2_(http2), scope_(t.loop, [](Error) {}) {
  auto listener = runtime::Listener::tcp(loop_, addr, {});
  SEINE_CHECK(listener.has_value(), "loopback cannot be listened on");
  listener_ = std::move(*listener);
  scope_.spawn(accept_all(*this));
}

runtime::Task<void> LocalApplication::accept_all(LocalApplication& self) {
  for (;;) {
    auto socket = co_await self.listener_->accept();
    if (!socket) co_return;
    ++self.connections;
    self.scope_.spawn(serve(self, std::move(*socket)));
  }
}

runtime::Task<void> LocalApplication::serve(LocalApplication& self,
                                            std::unique_ptr<runtime::Stream> stream) {
  if (self.http2_) {
    co_await http::serve_http2(self.loop_, *stream, {}, self.service, self.drain_, {});
  } else {
    co_await http::serve_http1(self.loop_, *stream, {}, self.service, self.drain_, {});
  }
}

std::unique_ptr<runtime::Socket> accept_one(runtime::testing::TestLoop& t,
                                            runtime::Listener& listener) {
  auto socket = t.run(listener.accept());
  SEINE_CHECK(socket.has_value(), "the listener was closed");
  return std::move(*socket);
}

namespace {

runtime::Task<void> call(ServiceCall& self, http::Service& service, http::Request request) {
  self.result = co_await service.call(std::move(request));
}

}  // namespace

ServiceCall::ServiceCall(runtime::EventLoop& loop, http::Service& service, http::Request request)
    : scope(loop, [](Error) {}) {
  scope.spawn(call(*this, service, std::move(request)));
}

http::Request request_for(const std::string& authority, http::Version version) {
  http::Request request;
  request.head.version = version;
  if (version == http::Version::kHttp2) {
    request.head.scheme = "http";
    request.head.authority = authority;
  } else {
    request.head.headers.add("host", authority);
  }
  return request;
}

}  // namespace seine::proxy::testing
