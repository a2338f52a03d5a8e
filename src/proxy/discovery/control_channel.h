// SPDX-License-Identifier: Apache-2.0
// A connection to one service of the control plane, made when first needed and again, with
// backoff, whenever it is lost. HTTP/2 with prior knowledge: in plain to a loopback address, inside
// TLS with the peer's identity checked to any other. On the control loop.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "http/message.h"
#include "proxy/config.h"
#include "proxy/http2_link.h"
#include "proxy/tls_state.h"

namespace seine::proxy {

// Where a control service is now: one or more addresses.
class ControlResolver {
 public:
  virtual ~ControlResolver() = default;
  virtual runtime::Task<Result<std::vector<SocketAddr>>> resolve(const ControlAddr& addr) = 0;
};

struct ControlChannelOptions {
  std::string_view name;  // "identity", for the log
  ControlAddr addr;
  BackoffConfig backoff;
  Http2Config http2;
  std::uint32_t socket_mark = 0;  // as in runtime::SocketOptions
  // For times without a certificate. Null: there has to be one (only identity does without).
  TlsState::Context anonymous_tls;
};

class ControlChannel final : public http::Service,
                             private http::Connector,
                             private Http2Link::Observer {
 public:
  // All references outlive it.
  ControlChannel(runtime::EventLoop& loop, const Log& log, ControlResolver& resolver, TlsState& tls,
                 FastRandom& random, ControlChannelOptions options);

  // Waits for a connection up to the failfast timeout of 30 s, then fails with kFailfast and the
  // reason of the last attempt.
  runtime::Task<Result<http::Response>> call(http::Request request) override;

  std::string authority() const { return options_.addr.authority(); }
  bool connected() const { return link_.usable(); }

 private:
  runtime::Task<Result<std::unique_ptr<runtime::Stream>>> connect() override;
  runtime::Task<Result<std::unique_ptr<runtime::Stream>>> open(SocketAddr to);
  runtime::Task<Result<void>> wait_connected();
  runtime::Task<void> wait_certified();
  // One line in the log when it goes, one when it is back, not one per attempt.
  void on_link_change() override;

  runtime::EventLoop& loop_;
  const Log& log_;
  ControlResolver& resolver_;
  TlsState& tls_;
  FastRandom& random_;
  const ControlChannelOptions options_;
  bool away_ = false;
  Http2Link link_;
};

}  // namespace seine::proxy
