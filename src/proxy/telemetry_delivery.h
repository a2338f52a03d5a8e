// SPDX-License-Identifier: Apache-2.0
// Telemetry of this process, wired: its ledger, its reporter and the call that delivers. Exists
// only where the environment names a receiver.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "proxy/courier.h"
#include "proxy/reporter.h"
#include "proxy/worker.h"

namespace seine::grpc {
class Channel;
}

namespace seine::proxy {

class TelemetryDelivery {
 public:
  // CHECKs that the configuration asks for it. Where no ledger can be made in the folder that it
  // names, that is said once, and counts are kept in memory alone.
  TelemetryDelivery(const Config& config, const Log& log, std::string_view version);
  ~TelemetryDelivery();

  telemetry::Ledger& ledger() { return *ledger_; }
  // Everything outlives this object but `workers`, which outlive its work. On the control loop.
  void start(runtime::EventLoop& loop, FastRandom& random, const grpc::Channel& channel,
             const std::vector<Worker*>& workers, Courier& to_control);
  // After the workers have dropped their connections; see Reporter.
  runtime::Task<void> finish();
  // Drops what is under way: before the channel dies. The ledger stays for the workers.
  void close();
  // For a process that will not serve: nothing was counted, so no ledger is left behind.
  void discard() { ledger_->remove(); }
  // Any thread.
  void write(metrics::TextWriter& writer) const;

 private:
  class Sink;

  const Config& config_;
  const Log& log_;
  std::unique_ptr<telemetry::Ledger> ledger_;
  std::unique_ptr<Sink> sink_;
  std::unique_ptr<Reporter> reporter_;
};

}  // namespace seine::proxy
