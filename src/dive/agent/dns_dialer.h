// SPDX-License-Identifier: Apache-2.0
// Connections to a host by its name, which is looked up anew each time, or by its address.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "dive/agent/dive_link.h"
#include "dns/resolver.h"
#include "runtime/event_loop.h"

namespace seine::dive {

class DnsDialer final : public Dialer {
 public:
  // `loop` outlives it.
  DnsDialer(runtime::EventLoop& loop, std::string host, std::uint16_t port)
      : loop_(loop),
        host_(std::move(host)),
        port_(port),
        resolver_(loop, dns::ResolverConfig::from_system()) {}
  // Of several addresses the first that takes a connection.
  runtime::Task<Result<std::unique_ptr<runtime::Stream>>> dial() override;

 private:
  runtime::EventLoop& loop_;
  const std::string host_;
  const std::uint16_t port_;
  dns::Resolver resolver_;
};

}  // namespace seine::dive
