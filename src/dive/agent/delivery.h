// SPDX-License-Identifier: Apache-2.0
// Brings one outbox to Dive: what is in it is sent in order, again after each cut, until Dive
// acknowledges it. Three methods are streams; events are calls, one after the other.
//
// One loop. Everything it is given outlives it.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "base/log.h"
#include "dive/agent/backoff.h"
#include "dive/agent/dive_link.h"
#include "dive/agent/outbox.h"
#include "dive/v1/cluster.pb.h"
#include "runtime/task.h"
#include "runtime/task_scope.h"

namespace seine::dive {

class Delivery {
 public:
  enum class Shape : std::uint8_t { kStream, kCalls };
  // `method` as "AddMetric".
  Delivery(runtime::EventLoop& loop, const Log& log, Outbox& outbox, DiveLink& link,
           std::minstd_rand& random, std::string method, Shape shape);

  // Sent, acknowledgements by Dive that say why it did not take a message, and attempts.
  struct Counts {
    std::uint64_t sent = 0;
    std::uint64_t refused = 0;
    std::uint64_t attempts = 0;
  };
  const Counts& counts() const { return counts_; }
  const std::string& method() const { return method_; }
  const Outbox& outbox() const { return outbox_; }

 private:
  // Which sequences of an epoch stand for which positions; of what has been sent on a stream, the
  // last kMaxEpochsUnderWay.
  struct SentEpoch {
    std::string epoch;
    std::uint64_t before_first = 0;
    std::uint64_t last = 0;  // the position of the last message of it
  };

  runtime::Task<void> run();
  // Until the stream, or a call, fails.
  runtime::Task<Result<void>> stream(DiveLink::Session& session);
  runtime::Task<Result<void>> send_all(grpc::RawDuplex& duplex, std::vector<SentEpoch>& sent);
  runtime::Task<Result<void>> receive_all(grpc::RawDuplex& duplex, std::vector<SentEpoch>& sent);
  runtime::Task<Result<void>> call_all(DiveLink::Session& session);
  Result<void> take(const ::dive::v1::Acknowledgement& acknowledgement,
                    const std::vector<SentEpoch>& sent);
  void refuse(std::uint64_t position, const std::string& why);
  // Before an epoch's first message.
  runtime::Task<void> wait_for_place(std::vector<SentEpoch>& sent);
  runtime::Task<void> wait_for_more(std::uint64_t read);

  runtime::EventLoop& loop_;
  const Log& log_;
  Outbox& outbox_;
  DiveLink& link_;
  const std::string method_;
  const Shape shape_;
  Backoff backoff_;
  Counts counts_;
  runtime::TaskScope scope_;
};

}  // namespace seine::dive
