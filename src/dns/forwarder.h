// SPDX-License-Identifier: Apache-2.0
// Who knows the names that are not the mesh's. The server is given one only where its owner was
// told to forward; how it reaches other servers is the owner's affair (the mesh's network may have
// no way out), hence an interface.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/net.h"
#include "base/result.h"
#include "base/time.h"
#include "dns/exchange.h"
#include "dns/message.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"

namespace seine::dns {

class Forwarder {
 public:
  virtual ~Forwarder() = default;
  // The whole reply, not truncated, to the one question of `query`, which outlives the task. With
  // EDNS0 if the query has it. May be cancelled; the caller bounds its time and number.
  virtual runtime::Task<Result<Reply>> forward(const Message& query) = 0;
};

struct UpstreamConfig {
  std::vector<SocketAddr> servers;  // not the mesh's own: it would ask itself up to its limit
  Duration timeout = std::chrono::milliseconds(1500);  // per server, by UDP and again by TCP
};

// Asks recursive servers straight from this process, one after the other, each once.
class UpstreamForwarder final : public Forwarder {
 public:
  // `loop` outlives it.
  UpstreamForwarder(runtime::EventLoop& loop, UpstreamConfig config)
      : loop_(loop), config_(std::move(config)) {}

  // The next server is asked where one is silent, fails (SERVFAIL) or refuses; the last one's word
  // stands. Error: kTimeout, or what the socket said, if none replied; kUnavailable without
  // servers.
  runtime::Task<Result<Reply>> forward(const Message& query) override;

 private:
  runtime::Task<Result<Reply>> ask(Message query, SocketAddr server);

  runtime::EventLoop& loop_;
  const UpstreamConfig config_;
};

// The bytes of `reply` as the answer to `query`, which its asker sent to us: under that id, and cut
// to an empty one with TC where they are more than `limit`.
std::vector<std::uint8_t> relay_reply(const Message& query, const Reply& reply, std::size_t limit);

}  // namespace seine::dns
