// SPDX-License-Identifier: Apache-2.0
// Has the code of a worker count, and shows what it counted.
#pragma once

#include <memory>
#include <string>

#include "base/check.h"
#include "proxy/testing/worker_lab.h"
#include "seine/telemetry/v1/telemetry.pb.h"
#include "telemetry/recorder.h"
#include "telemetry/seal.h"

namespace seine::proxy::testing {

// Before the services that are to count are made; dies after them.
class TelemetryLab {
 public:
  explicit TelemetryLab(WorkerLab& lab)
      : lab_(lab),
        ledger(std::move(*telemetry::Ledger::anonymous(
            {.reporter = telemetry::encode_reporter(
                 {.pod = "web-1", .instance = std::string(16, 'i'), .boot = std::string(16, 'b')}),
             .rows = 64,
             .ring = 1 << 20}))),
        recorder(*ledger, 0, lab.t.clock) {
    recorder.rotate(1, lab.t.clock.wall_now());
    lab.context.recorder = &recorder;
  }
  ~TelemetryLab() { lab_.context.recorder = nullptr; }
  TelemetryLab(const TelemetryLab&) = delete;
  TelemetryLab& operator=(const TelemetryLab&) = delete;

  // What was counted since the last bucket.
  telemetry::v1::Bucket bucket() {
    ++sequence_;
    recorder.rotate(sequence_ + 1, lab_.t.clock.wall_now());
    SEINE_CHECK(telemetry::seal(*ledger, sequence_, {lab_.t.clock.wall_now(), {}}), "full");
    telemetry::v1::Bucket out;
    SEINE_CHECK(out.ParseFromString(ledger->oldest(1, 1)[0].bucket), "no bucket");
    ledger->acknowledge(sequence_);
    return out;
  }

 private:
  WorkerLab& lab_;
  std::uint64_t sequence_ = 0;

 public:
  const std::unique_ptr<telemetry::Ledger> ledger;
  telemetry::Recorder recorder;
};

// Asks and reads the answer to its end; its status, 0 without one.
template <class Lab>
int ask(Lab& lab, http::Request request) {
  Result<http::Response> response = lab.t.run(lab.service.call(std::move(request)));
  if (!response) return 0;
  const int status = response->head.status;
  (void)lab.t.run(http::collect(lab.t.loop, std::move(response->body), 1000));
  return status;
}

// For an application: answers with the body that the test has laid ready.
inline runtime::Task<Result<http::Response>> answer_kept(http::testing::ScriptedService& self,
                                                         http::Request) {
  http::Response response;
  response.body = std::move(self.answer);
  co_return response;
}

// Requests of a bucket.
inline std::uint64_t total(const telemetry::v1::Bucket& bucket) {
  std::uint64_t count = 0;
  for (const auto& row : bucket.http()) count += row.count();
  for (const auto& row : bucket.http_overflow()) count += row.count();
  return count;
}

}  // namespace seine::proxy::testing
