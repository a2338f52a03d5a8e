// SPDX-License-Identifier: Apache-2.0
// The application behind the inbound side: connections to one of its ports, shared by all clients
// on this loop.
#pragma once

#include <map>
#include <memory>

#include "http/http1_pool.h"
#include "proxy/http2_link.h"
#include "proxy/worker_context.h"
#include "runtime/task_scope.h"

namespace seine::proxy {

// One port. Held by shared_ptr: by the cache, by calls and by the bodies of responses.
class ApplicationPort final : public http::Connector, private Http2Link::Observer {
 public:
  ApplicationPort(WorkerContext& context, SocketAddr addr);

  const SocketAddr& addr() const { return addr_; }
  // HTTP/2 requests over one shared connection, HTTP/1 requests over a pool. Never retried, but for
  // the race on a reused connection (see http1_pool.h).
  //
  // HTTP/2 requests wait for an application that cannot be reached, up to the inbound failfast
  // timeout (kFailfast), as many as the inbound queue holds (kLoadShed). Once one has waited in
  // vain, those that come fail at once until the connection stands.
  runtime::Task<Result<http::Response>> send(http::Request&& request);
  // A connection for raw bytes. Errors kConnect..., kLoop.
  runtime::Task<Result<std::unique_ptr<runtime::Stream>>> connect() override;

 private:
  runtime::Task<Result<std::unique_ptr<runtime::Socket>>> open();
  Http2Link& link();
  runtime::Task<Result<void>> wait_connected();
  runtime::Task<Result<void>> attempt_until_connected();
  Error failfast_error() const;
  void on_link_change() override { failing_fast_ = failing_fast_ && !link_->usable(); }

  WorkerContext& context_;
  const SocketAddr addr_;
  http::Http1Pool pool_;
  std::size_t waiting_ = 0;
  bool failing_fast_ = false;
  std::unique_ptr<Http2Link> link_;
};

class Application {
 public:
  explicit Application(WorkerContext& context);
  std::shared_ptr<ApplicationPort> port(const SocketAddr& addr);

 private:
  struct Entry {
    std::shared_ptr<ApplicationPort> port;
    TimePoint used;
  };
  static runtime::Task<void> drop_idle(Application& application);

  WorkerContext& context_;
  std::map<SocketAddr, Entry> ports_;
  runtime::TaskScope scope_;
};

}  // namespace seine::proxy
