// SPDX-License-Identifier: Apache-2.0
// What the demo promises, and whether it held: the applications' own counts against those of the
// proxies. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "cli/demo/tally.h"

namespace seine::cli {

// What became of the requests to one service.
struct DemoService {
  std::string ns;
  std::string name;
  SentTo generated;  // by all who call it, as they counted themselves
  // As the proxies of those who call it counted, and the proxies of its own pods.
  std::uint64_t outbound = 0;
  std::uint64_t inbound = 0;
  // Of the outbound ones, by verdict.
  std::uint64_t succeeded = 0;
  std::uint64_t failed = 0;
  std::uint64_t cancelled = 0;
  std::uint64_t excluded = 0;  // probes, at either end; in none of the above
  // Why requests failed that no application failed: "504 failfast", how many.
  std::map<std::string, std::uint64_t> causes;
  double seconds = 0;  // that were counted
  std::optional<Duration> p50, p95, p99;

  // Both ends saw them.
  std::uint64_t proxied() const { return outbound < inbound ? outbound : inbound; }
};

// What became of the connections to a service whose protocol nobody looks into: they carry no
// requests that a proxy could count.
struct DemoTcpService {
  std::string ns;
  std::string name;
  SentTo generated;  // connections, as those who opened them counted
  std::uint64_t outbound = 0;
  std::uint64_t inbound = 0;
  // Of either end, those that ended by an error: "reset", how many.
  std::map<std::string, std::uint64_t> causes;
  // As the callers' proxies counted: from the callers, and to them.
  std::uint64_t sent_bytes = 0;
  std::uint64_t received_bytes = 0;

  std::uint64_t proxied() const { return outbound < inbound ? outbound : inbound; }
};

struct DemoEdge {
  std::string src;
  std::string dst;
  bool secured = false;
  std::string client_id;
  std::string server_id;
  std::string no_tls_reason;
};

struct Promise {
  std::string name;
  bool held = false;
  std::string detail;
};

// `problems`: what went wrong by itself, as an application that had to be killed.
std::vector<Promise> judge_promises(const std::vector<DemoService>& services,
                                    const std::vector<DemoTcpService>& tcp_services,
                                    const std::vector<DemoEdge>& edges,
                                    const std::vector<std::string>& problems);

}  // namespace seine::cli
