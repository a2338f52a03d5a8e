// SPDX-License-Identifier: Apache-2.0
// Counts of proxies at seine-controller as a process: who may report, who may read, and what is
// there after a kill.
#include <gtest/gtest.h>
#include <signal.h>

#include "grpc/status.h"
#include "telemetry_fixture.h"

namespace seine::integration {
namespace {

TEST_F(TelemetryTest, is_told_to_pods_and_served_where_destinations_are) {
  start();
  const wire::JoinResponse who = join();
  EXPECT_EQ(who.mesh().telemetry().addr(), who.mesh().destination().addr());
  EXPECT_EQ(who.mesh().telemetry().name(), kDestinationServer);
  Connection proxy = connect_proxy(who);
  const auto taken = report(proxy, report_of(who, "payments", 1, 3));
  ASSERT_TRUE(taken) << taken.error().to_string();
  EXPECT_EQ(taken->acknowledged_size(), 1);
  telemetry::ReadRequest last;
  last.mutable_last()->set_seconds(60);
  last.set_namespace_("shop");
  const telemetry::ReadResponse window = read(last);
  EXPECT_EQ(window.cluster(), who.cluster());
  EXPECT_EQ(window.to().seconds() - window.from().seconds(), 60);
  ASSERT_EQ(window.sources_size(), 1);
  EXPECT_TRUE(window.sources(0).running());
  EXPECT_EQ(window.sources(0).http(0).count(), 3u);
  EXPECT_EQ(window.sources(0).reporter().pod(), who.pod().name());
}

TEST_F(TelemetryTest, takes_from_a_proxy_reports_of_its_own_pod_alone) {
  start();
  const wire::JoinResponse payments = join("payments");
  const wire::JoinResponse ledger = join("ledger");
  Connection proxy = connect_proxy(payments);
  const auto kDenied = grpc::StatusCode::kPermissionDenied;
  EXPECT_EQ(status(report(proxy, report_of(ledger, "ledger", 1, 3))), kDenied);
  EXPECT_EQ(status(report(proxy, report_of(payments, "ledger", 1, 3))), kDenied);
  auto elsewhere = report_of(payments, "payments", 1, 3);
  elsewhere.mutable_reporter()->set_namespace_("bank");
  EXPECT_EQ(status(report(proxy, elsewhere)), kDenied);
  auto nobody = report_of(payments, "payments", 1, 3);
  nobody.mutable_reporter()->set_pod("payments-zzzzz");
  EXPECT_EQ(status(report(proxy, nobody)), kDenied);
  auto foreign = report_of(payments, "payments", 1, 3);
  foreign.mutable_reporter()->set_cluster("other");
  EXPECT_EQ(status(report(proxy, foreign)), grpc::StatusCode::kInvalidArgument);
  EXPECT_EQ(counted(), 0u);
  EXPECT_TRUE(metric("seine_telemetry_reports_total{outcome=\"unauthorized\"} 4"));
}

TEST_F(TelemetryTest, does_not_let_proxies_read_the_window) {
  start();
  Connection proxy = connect_proxy(join());
  const auto read =
      run(proxy.channel->unary<telemetry::ReadResponse>(kRead, telemetry::ReadRequest()));
  ASSERT_FALSE(read);
  EXPECT_EQ(grpc::status_code(read.error()), grpc::StatusCode::kUnimplemented);
}

TEST_F(TelemetryTest, takes_what_a_dead_proxy_left_from_whoever_keeps_leases) {
  start();
  const wire::JoinResponse who = join();
  Connection proxy = connect_proxy(who);
  ASSERT_TRUE(report(proxy, report_of(who, "payments", 1, 3)));
  wire::LeaveRequest leave;
  leave.set_lease(who.lease());
  leave.set_secret(who.secret());
  leave.set_gone(true);
  ASSERT_TRUE(call<wire::LeaveResponse>("Leave", leave));
  EXPECT_EQ(status(report(proxy, report_of(who, "payments", 2, 4))),
            grpc::StatusCode::kPermissionDenied);
  for (const std::uint64_t sequence : {1, 2}) {
    const auto left = report_of(who, "payments", sequence, sequence + 2);
    EXPECT_TRUE(run(registry_->channel->unary<telemetry::ReportResponse>(kReport, left)));
  }
  EXPECT_EQ(counted(), 7u);
}

TEST_F(TelemetryTest, counts_each_bucket_once_whenever_it_is_killed) {
  start();
  const wire::JoinResponse who = join();
  std::uint64_t sum = 0;
  for (std::uint64_t sequence = 1; sequence <= 5; ++sequence) {
    {
      Connection proxy = connect_proxy(who);
      const auto taken = report(proxy, report_of(who, "payments", sequence, sequence));
      ASSERT_TRUE(taken) << taken.error().to_string();
      sum += sequence;
      controller_->signal(SIGKILL);
      controller_->wait();
    }
    start();
    ASSERT_TRUE(renew(who)->known());
    // Whoever did not hear the acknowledgement sends again.
    Connection proxy = connect_proxy(who);
    ASSERT_TRUE(report(proxy, report_of(who, "payments", sequence, sequence)));
    EXPECT_EQ(counted(), sum);
  }
}

TEST_F(TelemetryTest, refuses_spans_that_it_does_not_keep) {
  start();
  for (const int seconds : {0, 9, 601}) {
    telemetry::ReadRequest request;
    request.mutable_last()->set_seconds(seconds);
    const auto read = run(registry_->channel->unary<telemetry::ReadResponse>(kRead, request));
    ASSERT_FALSE(read);
    EXPECT_EQ(grpc::status_code(read.error()), grpc::StatusCode::kInvalidArgument);
  }
}

TEST_F(TelemetryTest, takes_reports_longer_than_other_calls_may_be) {
  start();
  const wire::JoinResponse who = join();
  Connection proxy = connect_proxy(who);
  auto large = report_of(who, "payments", 1, 1);
  for (int i = 0; i < 3000; ++i) {
    auto& row = *large.mutable_buckets(0)->add_http();
    row = large.buckets(0).http(0);
    row.set_route("core/Service/" + std::string(200, 'r') + std::to_string(i));
  }
  ASSERT_GT(large.ByteSizeLong(), 512u * 1024);
  EXPECT_TRUE(report(proxy, large));
  telemetry::ReadRequest whole;
  whole.mutable_whole();
  const telemetry::ReadResponse window = read(whole);
  EXPECT_EQ(window.sources(0).http_size(), 1024);
  EXPECT_EQ(window.sources(0).http_overflow(0).count(), 3001u - 1024u);
}

}  // namespace
}  // namespace seine::integration
