// SPDX-License-Identifier: Apache-2.0
// *_MAX_IN_FLIGHT: how many HTTP requests one direction of the whole process has in flight at once,
// from their arrival to the end of their response's body. What comes beyond is shed at once, so
// that those under way can be finished. One atomic counter, shared by all cores.
#pragma once

#include <atomic>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "http/message.h"
#include "metrics/text.h"
#include "runtime/byte_budget.h"

namespace seine::proxy {

class InFlightLimit {
 public:
  // `variable` is named to whoever is refused. Outlives every place taken. While `budget` is
  // exceeded nobody is let in; null: there is none.
  InFlightLimit(std::size_t most, std::string_view variable, runtime::ByteBudget* budget = nullptr)
      : most_(most), variable_(variable), budget_(budget) {}

  // One request's; gives itself back when destroyed.
  class Place {
   public:
    explicit Place(InFlightLimit& limit) : limit_(&limit) {}
    Place(Place&& other) noexcept : limit_(std::exchange(other.limit_, nullptr)) {}
    Place& operator=(Place&&) = delete;
    ~Place() { release(); }
    void release() {
      if (limit_ != nullptr) {
        std::exchange(limit_, nullptr)->count_.fetch_sub(1, std::memory_order_relaxed);
      }
    }

   private:
    InFlightLimit* limit_;
  };

  // Errors: kLoadShed when all places are taken; kMemory. Any thread.
  Result<Place> enter();
  std::size_t in_flight() const { return count_.load(std::memory_order_relaxed); }

 private:
  // Written by all cores: not on a cache line with what they only read.
  alignas(64) std::atomic<std::size_t> count_{0};
  alignas(64) const std::size_t most_;
  const std::string variable_;
  runtime::ByteBudget* const budget_;
};

// The response, holding `place` until its body has ended, failed or been dropped.
http::Response hold_place(http::Response response, InFlightLimit::Place place);

// Both directions of a process.
struct InFlightLimits {
  InFlightLimits(std::size_t most_inbound, std::size_t most_outbound,
                 runtime::ByteBudget* budget = nullptr)
      : inbound(most_inbound, "LINKERD2_PROXY_INBOUND_MAX_IN_FLIGHT", budget),
        outbound(most_outbound, "LINKERD2_PROXY_OUTBOUND_MAX_IN_FLIGHT", budget) {}
  InFlightLimit inbound;
  InFlightLimit outbound;

  // The gauge seine_http_requests_in_flight{direction}. Any thread.
  void write(metrics::TextWriter& writer) const;
};

}  // namespace seine::proxy
