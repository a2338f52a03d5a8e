// SPDX-License-Identifier: Apache-2.0
// A window with a feed, in a folder whose states a test can keep and bring back, as a death at any
// moment would leave them.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/temporary_folder.h"
#include "control/telemetry/telemetry_window.h"
#include "control/testing/reports.h"
#include "control/testing/shop.h"
#include "metrics/registry.h"
#include "seine/telemetry/v1/feed.pb.h"
#include "seine/telemetry/v1/window.pb.h"

namespace seine::control::testing {

class FeedFixture : public ::testing::Test {
 protected:
  FeedFixture() { start(); }
  ~FeedFixture() override {
    window_.reset();
    spool_.reset();
    ::close(log_fd_);
  }
  // As after a kill: nothing is told that it ends.
  void start() {
    window_.reset();
    spool_ = FeedSpool::open(folder_ + "/live/feed", machine_, log_, registry_, limits_).value();
    window_.emplace(log_, registry_, shop_, "test",
                    KeptCounts::open(folder_ + "/live/counts").value(), now(), spool_.get());
  }
  // What lies in a part of the folder ("counts", "feed") now.
  void keep(const std::string& part, const std::string& name) {
    std::filesystem::create_directories(folder_ + "/kept");
    const std::string to = folder_ + "/kept/" + name;
    std::filesystem::remove_all(to);
    std::filesystem::copy(folder_ + "/live/" + part, to);
  }
  void bring_back(const std::string& part, const std::string& name) {
    std::filesystem::remove_all(folder_ + "/live/" + part);
    std::filesystem::copy(folder_ + "/kept/" + name, folder_ + "/live/" + part);
  }
  WallTime now() const { return clock_.wall_now(); }

  // Buckets that have just ended; bucket N counts N requests.
  telemetry_wire::ReportRequest make(const std::vector<std::uint64_t>& sequences,
                                     char instance = 'i', char boot = 'b') {
    telemetry_wire::ReportRequest request = make_report(instance, boot);
    for (const std::uint64_t sequence : sequences) {
      add_bucket(request, sequence, now() - std::chrono::seconds(10), sequence);
    }
    return request;
  }
  Result<TelemetryWindow::Taken> take(const telemetry_wire::ReportRequest& request) {
    auto decoded = decode_report(request);
    EXPECT_TRUE(decoded) << decoded.error().message;
    return window_->take(*std::move(decoded), request, now());
  }
  bool take(const std::vector<std::uint64_t>& sequences, char instance = 'i', char boot = 'b') {
    return take(make(sequences, instance, boot)).has_value();
  }
  // How often each bucket of a boot is there for who reads on after a position, and advances that.
  std::map<std::uint64_t, int> read(std::uint64_t& after, char boot = 'b') {
    std::map<std::uint64_t, int> out;
    FeedSpool::Reader reader(*spool_, after);
    while (const auto report = reader.next()) {
      EXPECT_GT(report->position(), after);
      after = report->position();
      if (report->reporter().boot()[0] != boot) continue;
      for (const auto& bucket : report->buckets()) {
        ++out[bucket.sequence()];
        EXPECT_EQ(bucket.http(0).count(), bucket.sequence());
      }
    }
    return out;
  }
  std::map<std::uint64_t, int> read_all(char boot = 'b') {
    std::uint64_t after = 0;
    return read(after, boot);
  }
  std::uint64_t counted(char instance = 'i') {
    telemetry_wire::Source source;
    window_->read({"shop", "web-0", std::string(16, instance)}, std::nullopt, source);
    std::uint64_t sum = 0;
    for (const auto& row : source.http()) sum += row.count();
    return sum;
  }
  std::string logged() const { return read_file(folder_ + "/log", 1 << 20).value(); }
  bool scraped(std::string_view line) {
    window_->look(now());
    return registry_.scrape().find(line) != std::string::npos;
  }

  const TemporaryFolder temporary_ = TemporaryFolder::make("feed").value();
  const std::string& folder_ = temporary_.path();
  const bool made_ = std::filesystem::create_directories(folder_ + "/live");
  const int log_fd_ = ::open((folder_ + "/log").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  ManualClock clock_;
  const Log log_{clock_, log_fd_, LogLevel::kInfo, LogFormat::kPlain};
  metrics::Registry registry_{clock_, 1};
  FakeSource shop_;
  std::string machine_ = "this life";
  journal::Limits limits_{.record = 100'000, .segment = 2000, .total = 1'000'000};
  std::unique_ptr<FeedSpool> spool_;
  std::optional<TelemetryWindow> window_;
};

}  // namespace seine::control::testing
