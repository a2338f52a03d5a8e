// SPDX-License-Identifier: Apache-2.0
// What a relay has seen. Written by its loop, read by any thread.
#pragma once

#include <atomic>
#include <cstdint>

namespace seine::netns {

struct RelayCounters {
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> refused{0};  // by policy, by a limit, or by the other side
  std::atomic<std::uint64_t> open{0};
};

// Counts one connection as open for as long as it lives.
class OpenConnection {
 public:
  explicit OpenConnection(RelayCounters& counters) : counters_(counters) {
    counters_.open.fetch_add(1, std::memory_order_relaxed);
  }
  ~OpenConnection() { counters_.open.fetch_sub(1, std::memory_order_relaxed); }
  OpenConnection(const OpenConnection&) = delete;
  OpenConnection& operator=(const OpenConnection&) = delete;

 private:
  RelayCounters& counters_;
};

}  // namespace seine::netns
