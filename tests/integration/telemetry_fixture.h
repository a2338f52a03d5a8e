// SPDX-License-Identifier: Apache-2.0
// seine-controller with a registry and proxies that report to it.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "grpc/status.h"
#include "registry_fixture.h"
#include "seine/telemetry/v1/window.pb.h"

namespace seine::integration {

namespace telemetry = seine::telemetry::v1;

inline constexpr char kReport[] = "/seine.telemetry.v1.Telemetry/Report";
inline constexpr char kRead[] = "/seine.telemetry.v1.Window/Read";

class TelemetryTest : public RegistryTest {
 protected:
  telemetry::ReportRequest report_of(const wire::JoinResponse& who, const std::string& workload,
                                     std::uint64_t sequence, std::uint64_t requests) const {
    telemetry::ReportRequest report;
    auto& reporter = *report.mutable_reporter();
    reporter.set_cluster(who.cluster());
    reporter.set_namespace_("shop");
    reporter.set_workload(workload);
    reporter.set_workload_kind("deployment");
    reporter.set_service_account(workload);
    reporter.set_pod(who.pod().name());
    reporter.set_instance(std::string(16, 'i'));
    reporter.set_boot(std::string(16, 'b'));
    auto& bucket = *report.add_buckets();
    bucket.set_sequence(sequence);
    const auto now = std::chrono::floor<std::chrono::seconds>(clock_.wall_now().time_since_epoch());
    bucket.mutable_start()->set_seconds(now.count() - 15);
    bucket.mutable_length()->set_seconds(10);
    auto& row = *bucket.add_http();
    row.set_direction(telemetry::INBOUND);
    row.set_http_status(200);
    row.set_grpc_status(-1);
    row.set_count(requests);
    return report;
  }
  Result<telemetry::ReportResponse> report(Connection& proxy,
                                           const telemetry::ReportRequest& request) {
    return run(proxy.channel->unary<telemetry::ReportResponse>(kReport, request));
  }
  static grpc::StatusCode status(const Result<telemetry::ReportResponse>& result) {
    return result ? grpc::StatusCode::kOk : grpc::status_code(result.error());
  }
  telemetry::ReadResponse read(const telemetry::ReadRequest& request) {
    auto response = run(registry_->channel->unary<telemetry::ReadResponse>(kRead, request));
    EXPECT_TRUE(response) << response.error().to_string();
    return response.value_or(telemetry::ReadResponse());
  }
  std::uint64_t counted() {
    telemetry::ReadRequest request;
    request.mutable_whole();
    std::uint64_t sum = 0;
    for (const auto& source : read(request).sources()) {
      for (const auto& row : source.http()) sum += row.count();
    }
    return sum;
  }
};

}  // namespace seine::integration
