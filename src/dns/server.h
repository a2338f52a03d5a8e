// SPDX-License-Identifier: Apache-2.0
// The mesh's DNS server: authority.h on UDP and TCP at one address, which its owner picks and on
// which nobody but pods should be (the hub's). It asks nobody anything unless given a Forwarder.
//
// One loop. Its owner replaces the zone by publish(); who asks is told by ClientNamespaces, so the
// registry of pods stays the owner's. Destroying the server ends all at once: a DNS client asks
// again; close() lets what is under way be answered first. Of one connection, queries are answered
// in order.
//
// Every limit below is one on what others can make it hold; the counters say which were met.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/net.h"
#include "base/result.h"
#include "base/time.h"
#include "dns/authority.h"
#include "dns/forwarder.h"
#include "dns/zone.h"
#include "runtime/datagram.h"
#include "runtime/event_loop.h"
#include "runtime/listener.h"
#include "runtime/signal.h"
#include "runtime/task_scope.h"

namespace seine::dns {

// A query has a name of 255 bytes and some options; what is longer is none.
inline constexpr std::size_t kMaxQueryBytes = 4096;

class ClientNamespaces {
 public:
  virtual ~ClientNamespaces() = default;
  // The namespace of the pod with this address; empty if there is no such pod.
  virtual std::string namespace_of(const IpAddress& client) const = 0;
};

struct ServerLimits {
  std::size_t connections = 256;
  std::size_t connections_per_client = 16;
  std::size_t queries_per_connection = 1000;
  // From the start, or the last answer, to the end of the next query; and for taking an answer.
  Duration idle_timeout = std::chrono::seconds(10);
  std::size_t forwards = 64;                           // under way
  Duration forward_timeout = std::chrono::seconds(4);  // below the 5 s that clients wait
};

// Counts since the start.
struct ServerCounters {
  std::array<std::uint64_t, kOutcomes> udp{};  // queries, by Outcome
  std::array<std::uint64_t, kOutcomes> tcp{};
  std::uint64_t truncated = 0;            // answers by UDP that did not fit
  std::uint64_t oversized = 0;            // queries over kMaxQueryBytes, dropped
  std::uint64_t unsent = 0;               // answers the kernel or the peer did not take
  std::uint64_t receive_errors = 0;       // of the UDP socket
  std::uint64_t connections = 0;          // accepted
  std::uint64_t connections_refused = 0;  // over a limit, closed at once
  std::uint64_t connections_timed_out = 0;
  std::uint64_t connections_used_up = 0;  // closed after queries_per_connection
  std::uint64_t forwards_refused = 0;     // over the limit, answered SERVFAIL
  std::uint64_t forwards_failed = 0;      // answered SERVFAIL
};

// What a server works with; outlives it.
struct ServerEnvironment {
  runtime::EventLoop& loop;
  const ClientNamespaces& clients;
  ServerCounters& counters;
  Forwarder* forwarder = nullptr;  // null: names that are not the mesh's are refused
};

class Server {
 public:
  // Port 0: one that is free for both UDP and TCP. Without a zone (null) queries wait, in the
  // kernel, for the first to be published: whoever cannot know yet must not say that there is no
  // such name. Errors as of Listener::tcp().
  static Result<std::unique_ptr<Server>> listen(ServerEnvironment env, const SocketAddr& at,
                                                std::shared_ptr<const Zone> zone,
                                                ServerLimits limits);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Answers from here on come from `zone`, which is not null.
  void publish(std::shared_ptr<const Zone> zone);

  // Takes no more queries, and ends connections once what they asked is answered.
  void close();
  // Completes when nothing is under way, after close().
  [[clang::coro_wrapper]] runtime::Task<void> finished() { return scope_.join(); }

  const SocketAddr& addr() const { return udp_->addr(); }

 private:
  // One of the connections, for as long as it lives.
  class Seat;

  Server(ServerEnvironment env, std::shared_ptr<const Zone> zone, ServerLimits limits);
  void receive();
  Decision decide_for(const IpAddress& client, std::span<const std::uint8_t> query) const;
  runtime::Task<void> serve_udp();
  void answer_datagram(std::span<const std::uint8_t> query, const SocketAddr& from);
  runtime::Task<void> forward_datagram(Decision decision, SocketAddr from);
  void send(std::span<const std::uint8_t> answer, const SocketAddr& to);
  runtime::Task<void> accept();
  runtime::Task<void> serve_connection(std::unique_ptr<runtime::Socket> socket, Seat seat);
  // Error kShutdown once close() was called.
  runtime::Task<Result<std::vector<std::uint8_t>>> next_query(runtime::Socket& socket);
  // False: the connection is to be closed.
  runtime::Task<bool> serve_query(runtime::Socket& socket, const IpAddress& client);
  // The answer of somebody else, or the SERVFAIL of the decision.
  runtime::Task<std::vector<std::uint8_t>> forward(const Decision& decision, std::size_t limit);

  runtime::EventLoop& loop_;
  const ClientNamespaces& clients_;
  ServerCounters& counters_;
  Forwarder* const forwarder_;
  std::shared_ptr<const Zone> zone_;  // null before the first
  const ServerLimits limits_;
  std::unique_ptr<runtime::DatagramSocket> udp_;
  std::unique_ptr<runtime::Listener> tcp_;
  std::map<IpAddress, std::size_t> seats_;  // connections of each client
  std::size_t seats_taken_ = 0;
  std::size_t forwards_ = 0;
  runtime::Signal closed_;
  runtime::TaskScope scope_;      // answers under way, and connections
  runtime::TaskScope receiving_;  // ends with close()
};

}  // namespace seine::dns
