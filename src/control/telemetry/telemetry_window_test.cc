// SPDX-License-Identifier: Apache-2.0
#include "control/telemetry/telemetry_window.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/temporary_folder.h"
#include "control/telemetry/telemetry_limits.h"
#include "control/testing/reports.h"
#include "control/testing/shop.h"
#include "metrics/registry.h"
#include "seine/telemetry/v1/window.pb.h"

namespace seine::control {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::add_bucket;
using testing::make_report;
namespace wire = seine::telemetry::v1;

constexpr std::string_view kEmptyShop = R"({"cluster": "test", "workloads": [], "services": []})";

class TelemetryWindowTest : public ::testing::Test {
 protected:
  TelemetryWindowTest() { start(); }
  ~TelemetryWindowTest() override {
    window_.reset();
    ::close(log_fd_);
  }
  // As after a kill: nothing is told that it ends.
  void start() {
    window_.emplace(log_, registry_, shop_, "test", KeptCounts::open(folder_ + "/counts").value(),
                    now());
  }
  WallTime now() const { return clock_.wall_now(); }
  Result<TelemetryWindow::Taken> take(const wire::ReportRequest& report) {
    auto decoded = decode_report(report);
    EXPECT_TRUE(decoded) << decoded.error().message;
    return window_->take(*std::move(decoded), report, now());
  }
  // One bucket that has just ended.
  std::vector<std::uint64_t> report(std::uint64_t sequence, std::uint64_t requests,
                                    char instance = 'i', char boot = 'b') {
    wire::ReportRequest request = make_report(instance, boot);
    add_bucket(request, sequence, now() - seconds(10), requests);
    const auto taken = take(request);
    EXPECT_TRUE(taken) << taken.error().message;
    return taken ? taken->acknowledged : std::vector<std::uint64_t>();
  }
  wire::Source read(std::optional<Duration> last, char instance = 'i') {
    std::optional<WindowSpan> span;
    if (last) span = window_->span(*last, now()).value();
    wire::Source source;
    const std::string name = instance == 0 ? "" : std::string(16, instance);
    window_->read({"shop", "web-0", name}, span, source);
    return source;
  }
  static std::uint64_t requests(const wire::Source& source) {
    std::uint64_t sum = 0;
    for (const auto& row : source.http()) sum += row.count();
    for (const auto& row : source.http_overflow()) sum += row.count();
    return sum;
  }
  bool counted(std::string_view line) {
    window_->look(now());
    return registry_.scrape().find(line) != std::string::npos;
  }
  std::string logged() const { return read_file(folder_ + "/log", 1 << 20).value(); }

  const TemporaryFolder temporary_ = TemporaryFolder::make("counts").value();
  const std::string& folder_ = temporary_.path();
  const int log_fd_ = ::open((folder_ + "/log").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  ManualClock clock_;
  const Log log_{clock_, log_fd_, LogLevel::kInfo, LogFormat::kPlain};
  metrics::Registry registry_{clock_, 1};
  testing::FakeSource shop_;
  std::optional<TelemetryWindow> window_;
};

TEST_F(TelemetryWindowTest, counts_a_bucket_once_and_acknowledges_it_each_time) {
  EXPECT_EQ(report(1, 3), std::vector<std::uint64_t>{1});
  EXPECT_EQ(report(1, 3), std::vector<std::uint64_t>{1});
  EXPECT_EQ(requests(read(std::nullopt)), 3u);
  EXPECT_TRUE(counted("seine_telemetry_buckets_total{outcome=\"again\"} 1"));
  report(1, 4, 'i', 'c');
  EXPECT_EQ(requests(read(std::nullopt)), 7u) << "another boot counts from 1 again";
}

TEST_F(TelemetryWindowTest, merges_rows_over_the_span_that_is_asked_for) {
  for (std::uint64_t i = 1; i <= 8; ++i) {
    report(i, i);
    clock_.advance(seconds(10));
  }
  const wire::Source minute = read(minutes(1));
  ASSERT_EQ(minute.http_size(), 1);
  EXPECT_EQ(minute.http(0).count(), 3u + 4 + 5 + 6 + 7 + 8);
  EXPECT_EQ(minute.http(0).target().service(), "web");
  EXPECT_EQ(minute.http(0).latency().index(0), 92u);
  EXPECT_EQ(minute.expected_buckets(), 6u);
  EXPECT_EQ(minute.received_buckets(), 6u);
  EXPECT_TRUE(minute.running());
  EXPECT_EQ(requests(read(std::nullopt)), 36u);
}

TEST_F(TelemetryWindowTest, tells_silence_from_loss) {
  report(1, 1);
  clock_.advance(seconds(10));
  report(2, 0);
  clock_.advance(seconds(20));
  report(4, 1);
  clock_.advance(seconds(2));
  const wire::Source source = read(seconds(40));
  EXPECT_EQ(source.expected_buckets(), 4u);
  EXPECT_EQ(source.received_buckets(), 3u);
  EXPECT_EQ(read(std::nullopt).expected_buckets(), 4u);
  EXPECT_EQ(read(std::nullopt).received_buckets(), 3u);
  EXPECT_TRUE(counted("seine_telemetry_missing_buckets 1"));
}

TEST_F(TelemetryWindowTest, expects_buckets_as_often_as_a_proxy_makes_them) {
  for (std::uint64_t i = 1; i <= 20; ++i) {
    wire::ReportRequest request = make_report();
    request.mutable_reporter()->mutable_interval()->set_seconds(1);
    add_bucket(request, i, now() - seconds(1), 1).mutable_length()->set_seconds(1);
    ASSERT_TRUE(take(request));
    clock_.advance(seconds(1));
  }
  clock_.advance(seconds(1));
  EXPECT_EQ(read(seconds(10)).expected_buckets(), 10u);
  EXPECT_EQ(read(seconds(10)).received_buckets(), 10u);
}

TEST_F(TelemetryWindowTest, lists_pods_whose_proxies_have_said_nothing) {
  const auto ids = window_->sources("shop", "web");
  ASSERT_EQ(ids.size(), 2u);
  EXPECT_EQ(ids[0], (SourceId{"shop", "web-0", ""}));
  clock_.advance(seconds(62));
  wire::Source source = read(minutes(1), 0);
  EXPECT_EQ(source.reporter().workload(), "web");
  EXPECT_EQ(source.reporter().version(), "v1");
  EXPECT_TRUE(source.running());
  EXPECT_EQ(source.expected_buckets(), 6u);
  EXPECT_EQ(source.received_buckets(), 0u);
  report(1, 1);
  EXPECT_EQ(window_->sources("shop", "web")[0].instance, std::string(16, 'i'));
  EXPECT_TRUE(window_->sources("elsewhere", "").empty());
}

TEST_F(TelemetryWindowTest, does_not_add_up_what_is_open_when_a_backlog_comes) {
  const auto open_by = [&](std::uint64_t sequence, seconds began, char boot, std::uint64_t open) {
    wire::ReportRequest request = make_report('i', boot);
    auto& row = *add_bucket(request, sequence, now() - began, 0).add_tcp();
    row.set_direction(wire::INBOUND);
    row.set_open(open);
    ASSERT_TRUE(take(request));
  };
  const auto open = [&] {
    const wire::Source source = read(minutes(1));
    return source.tcp_size() == 1 ? source.tcp(0).open() : 99;
  };
  // Their clock is ahead of ours: all three are said to end now.
  for (const std::uint64_t sequence : {2, 1, 3}) open_by(sequence, seconds(0), 'b', sequence);
  clock_.advance(seconds(3));
  EXPECT_EQ(open(), 3u);
  // Its last bucket has no length, and is delivered once the next life has told.
  open_by(1, seconds(2), 'c', 5);
  open_by(4, seconds(3), 'b', 4);
  clock_.advance(seconds(10));
  EXPECT_EQ(open(), 5u) << "connections of an earlier life are not open";
}

TEST_F(TelemetryWindowTest, keeps_what_it_acknowledged_over_its_death) {
  report(1, 3);
  clock_.advance(seconds(10));
  report(3, 4);
  start();
  EXPECT_EQ(requests(read(std::nullopt)), 7u);
  EXPECT_EQ(requests(read(minutes(10))), 0u) << "the window itself is lost";
  report(3, 4);
  EXPECT_EQ(requests(read(std::nullopt)), 7u) << "known from before";
  report(2, 5);
  EXPECT_EQ(requests(read(std::nullopt)), 12u);
  EXPECT_EQ(read(std::nullopt).http_size(), 1) << "in the row there was";
  EXPECT_TRUE(counted("seine_telemetry_missing_buckets 0"));
}

TEST_F(TelemetryWindowTest, acknowledges_nothing_that_it_could_not_write) {
  report(1, 3);
  const std::string counts = folder_ + "/counts";
  std::filesystem::rename(counts, folder_ + "/away");
  wire::ReportRequest request = make_report();
  add_bucket(request, 2, now() - seconds(10), 4);
  for (int i = 0; i < 2; ++i) {
    const auto taken = take(request);
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().code, ErrorCode::kUnavailable);
  }
  EXPECT_EQ(requests(read(std::nullopt)), 7u) << "shown all the same, and once";
  EXPECT_TRUE(counted("seine_telemetry_unwritten_sources 1"));
  std::filesystem::rename(folder_ + "/away", counts);
  EXPECT_EQ(take(request).value().acknowledged, std::vector<std::uint64_t>{2});
  EXPECT_TRUE(counted("seine_telemetry_unwritten_sources 0"));
  const std::string log = logged();
  EXPECT_NE(log.find("ENOENT"), std::string::npos);
  EXPECT_EQ(log.find("make room"), log.rfind("make room")) << "said once: " << log;
  start();
  EXPECT_EQ(requests(read(std::nullopt)), 7u);
}

TEST_F(TelemetryWindowTest, moves_damaged_counts_aside_and_goes_on_with_the_others) {
  report(1, 3);
  report(1, 4, 'j');
  std::size_t damaged = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_ + "/counts")) {
    if (damaged++ == 0) std::ofstream(entry.path(), std::ios::app) << "x";
  }
  ASSERT_EQ(damaged, 2u);
  start();
  EXPECT_EQ(requests(read(std::nullopt, 'i')) == 3, requests(read(std::nullopt, 'j')) == 0);
  EXPECT_NE(logged().find("damaged"), std::string::npos);
}

TEST_F(TelemetryWindowTest, dates_buckets_anew_where_a_clock_is_off_by_over_five_minutes) {
  for (std::uint64_t i = 1; i <= 2; ++i) {
    wire::ReportRequest request = make_report();
    const WallTime theirs = now() - hours(3);
    add_bucket(request, i, theirs - seconds(10), 1);
    request.mutable_sent_at()->set_seconds(
        std::chrono::floor<seconds>(theirs).time_since_epoch().count());
    const auto taken = take(request);
    ASSERT_TRUE(taken);
    EXPECT_EQ(taken->skew, hours(3));
    clock_.advance(seconds(10));
  }
  EXPECT_EQ(requests(read(minutes(1))), 2u);
  const std::string log = logged();
  EXPECT_NE(log.find("behind=\"3h\""), std::string::npos) << log;
  EXPECT_EQ(log.find("clock is off"), log.rfind("clock is off")) << "said once: " << log;
}

// As after a stop of the controller: what waited in its sockets, and came again since.
TEST_F(TelemetryWindowTest, does_not_take_a_report_that_is_read_late_for_a_clock_that_is_behind) {
  const auto sent = [](std::uint64_t sequence, WallTime when) {
    wire::ReportRequest request = make_report();
    add_bucket(request, sequence, when - seconds(10), 1);
    request.mutable_sent_at()->set_seconds(
        std::chrono::floor<seconds>(when).time_since_epoch().count());
    return request;
  };
  ASSERT_TRUE(take(sent(1, now())));
  const auto late = sent(2, now() + seconds(10));
  clock_.advance(hours(1));
  ASSERT_TRUE(take(late));
  ASSERT_TRUE(take(sent(3, now())));
  clock_.advance(seconds(3));
  EXPECT_EQ(requests(read(minutes(1))), 1u);
  EXPECT_EQ(requests(read(std::nullopt)), 3u);
  EXPECT_EQ(logged().find("clock is off"), std::string::npos);
}

TEST_F(TelemetryWindowTest, takes_no_bucket_for_one_that_ends_in_the_future) {
  wire::ReportRequest request = make_report();
  add_bucket(request, 1, now() + minutes(4), 5);
  ASSERT_TRUE(take(request));
  clock_.advance(seconds(3));
  EXPECT_EQ(requests(read(seconds(10))), 5u);
}

TEST_F(TelemetryWindowTest, counts_what_is_too_late_for_the_window_in_totals) {
  wire::ReportRequest request = make_report();
  add_bucket(request, 1, now() - minutes(11), 5);
  ASSERT_TRUE(take(request));
  EXPECT_EQ(requests(read(minutes(10))), 0u);
  EXPECT_EQ(requests(read(std::nullopt)), 5u);
  EXPECT_TRUE(counted("seine_telemetry_buckets_total{outcome=\"late\"} 1"));
}

TEST_F(TelemetryWindowTest, keeps_the_counts_of_a_pod_that_went_for_an_hour) {
  report(1, 3);
  shop_.replace(kEmptyShop);
  window_->look(now());
  EXPECT_FALSE(read(std::nullopt).running());
  clock_.advance(minutes(59));
  window_->look(now());
  EXPECT_EQ(requests(read(std::nullopt)), 3u);
  clock_.advance(minutes(2));
  window_->look(now());
  EXPECT_TRUE(window_->sources("", "").empty());
  EXPECT_TRUE(std::filesystem::is_empty(folder_ + "/counts"));
}

TEST_F(TelemetryWindowTest, takes_the_proxy_heard_last_for_the_one_that_runs) {
  report(1, 3, 'i');
  clock_.advance(seconds(1));
  report(1, 4, 'j');
  EXPECT_FALSE(read(std::nullopt, 'i').running());
  EXPECT_TRUE(read(std::nullopt, 'j').running());
}

TEST_F(TelemetryWindowTest, has_room_for_so_many_proxies_of_a_pod) {
  for (std::size_t i = 0; i < kMaxSourcesOfPod; ++i) report(1, 1, static_cast<char>(i + 1));
  wire::ReportRequest one_more = make_report(static_cast<char>(100));
  add_bucket(one_more, 1, now(), 1);
  EXPECT_EQ(take(one_more).error().code, ErrorCode::kLimit);
  report(2, 1, 1);
}

TEST_F(TelemetryWindowTest, refuses_another_cluster_and_spans_that_it_has_not) {
  wire::ReportRequest request = make_report();
  request.mutable_reporter()->set_cluster("other");
  EXPECT_EQ(take(request).error().code, ErrorCode::kInvalidArgument);
  EXPECT_FALSE(window_->span(seconds(9), now()));
  EXPECT_FALSE(window_->span(seconds(601), now()));
  EXPECT_TRUE(window_->span(minutes(10), now()));
}

}  // namespace
}  // namespace seine::control
