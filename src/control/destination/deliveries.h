// SPDX-License-Identifier: Apache-2.0
// Which endpoints the callers of open Destination.Get streams may know, so that a pod that says
// goodbye can wait until nobody is sent to it any more. One loop.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "base/net.h"
#include "control/destination/endpoints.h"
#include "control/registry/workload_source.h"
#include "runtime/event_loop.h"
#include "runtime/list.h"
#include "runtime/task.h"

namespace seine::control {

// Outlives its streams and whoever waits.
class Deliveries {
 public:
  // One caller's place; lives as long as its stream.
  class Stream : public runtime::ListNode {
   public:
    explicit Stream(Deliveries& all) : all_(all) { all_.streams_.push_back(*this); }
    ~Stream() {
      unlink();
      all_.changes_.notify();
    }

    // `next` is being written: until finish() the caller may know it, and what it knew before.
    void begin(std::shared_ptr<const EndpointSet> next) { next_ = std::move(next); }
    // It has been written to the connection.
    void finish() {
      known_ = std::move(next_);
      all_.changes_.notify();
    }
    bool knows_any(std::span<const IpAddress> ips) const;

   private:
    Deliveries& all_;
    std::shared_ptr<const EndpointSet> known_;
    std::shared_ptr<const EndpointSet> next_;
  };

  // Streams whose caller may know one of the addresses.
  std::size_t count_knowing(std::span<const IpAddress> ips);
  // Completes when there is none, or when `limit` has passed; how many there still are.
  runtime::Task<std::size_t> wait_until_unknown(runtime::EventLoop& loop,
                                                std::span<const IpAddress> ips, Duration limit);

 private:
  runtime::Task<Result<void>> unknown(runtime::EventLoop& loop, std::span<const IpAddress> ips);

  runtime::List<Stream> streams_;
  ChangeNotifier changes_;
};

}  // namespace seine::control
