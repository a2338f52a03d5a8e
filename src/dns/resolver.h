// SPDX-License-Identifier: Apache-2.0
// A stub resolver on the loop: asks the servers of resolv.conf by UDP, and by TCP where an answer
// was truncated. Each question leaves from a random port with a random id and only an answer with
// both, from the server asked, to that question counts.
//
// It keeps nothing: who needs a name again asks again after Resolution::ttl. One loop; lookups
// under way are cancelled with their tasks, and none outlives the resolver.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/net.h"
#include "base/result.h"
#include "base/time.h"
#include "dns/answer.h"
#include "dns/message.h"
#include "dns/system_config.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"

namespace seine::dns {

struct ResolverConfig {
  ResolvConf system = {};
  Hosts hosts = Hosts::parse("");
  // Bounds on what servers say (LINKERD2_PROXY_DNS_MIN_TTL, _MAX_TTL); the floor also keeps a
  // server's 0 from making us ask without pause.
  Duration min_ttl = std::chrono::seconds(1);
  Duration max_ttl = std::chrono::hours(24);
  // For a "no" of a server that does not say how long it holds.
  Duration negative_ttl = std::chrono::seconds(5);

  // /etc/resolv.conf and /etc/hosts; a missing file is an empty one, and where no server is named
  // it is 127.0.0.1:53.
  static ResolverConfig from_system();
};

struct Resolution {
  std::vector<SocketAddr> addrs;  // empty: the name does not exist, or has no address
  Duration ttl{};                 // ask again after this, within [min_ttl, max_ttl]
};

class Resolver {
 public:
  // `loop` outlives it.
  Resolver(runtime::EventLoop& loop, ResolverConfig config)
      : loop_(loop), config_(std::move(config)) {}
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // The host's SRV records, else its A and AAAA records with `port`. An IP address stands for
  // itself; /etc/hosts is asked before any server. Errors: kInvalidArgument if `host` is no name,
  // kUnavailable if no server gave a usable answer.
  runtime::Task<Result<Resolution>> resolve(std::string host, std::uint16_t port);

  // One question to the servers in turn.
  runtime::Task<Result<AnswerSet>> ask(Question question);

 private:
  runtime::Task<Result<AnswerSet>> ask_server(const Question& question, SocketAddr server);
  runtime::Task<Result<AnswerSet>> resolve_name(const Name& name, std::uint16_t port);
  std::vector<Name> candidates(const std::string& host, const Name& name) const;
  Duration clamp(const std::optional<Duration>& ttl) const;

  runtime::EventLoop& loop_;
  const ResolverConfig config_;
};

}  // namespace seine::dns
