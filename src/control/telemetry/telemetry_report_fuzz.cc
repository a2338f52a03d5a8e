// SPDX-License-Identifier: Apache-2.0
// What a proxy reports: either it is refused, or it is within the limits, and counting it twice
// counts it once.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "control/telemetry/source.h"
#include "seine/telemetry/v1/telemetry.pb.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seine::control;
  seine::telemetry::v1::ReportRequest request;
  if (!request.ParseFromArray(data, static_cast<int>(size))) return 0;
  auto report = decode_report(request);
  if (!report) return 0;
  const seine::WallTime now(std::chrono::seconds(1'767'225'600));
  TableBudgets budgets;
  {
    Source source(report->reporter, budgets);
    Boot* const boot = source.boot(report->boot, now);
    for (ReportedBucket& bucket : report->buckets) {
      if (boot->counted.insert(bucket.sequence)) {
        source.count(report->boot, std::move(bucket), now, now);
      }
    }
    const Coverage coverage = source.covered();
    SEINE_CHECK(coverage.received <= coverage.expected, "more came than there are");
    const seine::WallTime from = now - std::chrono::seconds(10);
    for (const CountedTime& time : source.counted(from, now)) {
      SEINE_CHECK(time.from <= time.to && time.to <= now, "time is counted forwards");
    }
    source.http.within(from, now);
    source.tcp.whole();
  }
  SEINE_CHECK(budgets.http.rows == kMaxRows && budgets.tcp.entries == kMaxWindowEntries,
              "a table gives back what it took");
  return 0;
}
