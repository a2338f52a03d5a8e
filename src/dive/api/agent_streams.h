// SPDX-License-Identifier: Apache-2.0
// Which streams of agents are open. Of a cluster and a method there are few, since each may hold as
// much as a ReadAhead may: one more ends the oldest, whose agent has most likely given its
// connection up. One loop.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "runtime/event_loop.h"
#include "runtime/signal.h"
#include "runtime/task.h"

namespace seine::dive {

class AgentStreams {
 public:
  // One that runs, and one of a connection whose loss nobody has told us of yet.
  static constexpr std::size_t kMaxOfMethod = 2;

  explicit AgentStreams(runtime::EventLoop& loop) : loop_(loop) {}
  AgentStreams(const AgentStreams&) = delete;
  AgentStreams& operator=(const AgentStreams&) = delete;

  // One stream, as long as it is open. Dies before the streams.
  class Place {
   public:
    Place(AgentStreams& streams, std::string cluster, std::string method);
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place();
    // Completes once a newer stream has it.
    runtime::Task<void> until_taken();

   private:
    AgentStreams& streams_;
    const std::pair<std::string, std::string> of_;  // the cluster and the method
    runtime::Signal taken_;
  };
  std::size_t size() const;

 private:
  runtime::EventLoop& loop_;
  std::map<std::pair<std::string, std::string>, std::vector<Place*>> places_;  // the oldest first
};

}  // namespace seine::dive
