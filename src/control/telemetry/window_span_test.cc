// SPDX-License-Identifier: Apache-2.0
// Which buckets a reader gets for a time, and over what time they counted.
#include <gtest/gtest.h>

#include "base/temporary_folder.h"
#include "control/telemetry/telemetry_window.h"
#include "control/testing/reports.h"
#include "control/testing/shop.h"
#include "metrics/registry.h"
#include "seine/telemetry/v1/window.pb.h"
#include "telemetry/check_bucket.h"

namespace seine::control {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
namespace wire = seine::telemetry::v1;

class WindowSpanTest : public ::testing::Test {
 protected:
  // As pod web-0 or web-1. One bucket that began so long ago.
  void report(int pod, std::uint64_t sequence, Duration began, std::uint64_t requests,
              Duration length, seconds interval = seconds(10)) {
    wire::ReportRequest request = testing::make_report(static_cast<char>('i' + pod));
    request.mutable_reporter()->set_pod("web-" + std::to_string(pod));
    request.mutable_reporter()->mutable_interval()->set_seconds(interval.count());
    wire::Bucket& bucket =
        testing::add_bucket(request, sequence, clock_.wall_now() - began, requests);
    bucket.clear_length();
    if (length > Duration::zero()) {
      bucket.mutable_length()->set_seconds(length / seconds(1));
      bucket.mutable_length()->set_nanos(static_cast<std::int32_t>((length % seconds(1)).count()));
    }
    auto decoded = decode_report(request);
    ASSERT_TRUE(decoded) << decoded.error().message;
    ASSERT_TRUE(window_.take(*std::move(decoded), request, clock_.wall_now()));
  }
  struct Answer {
    std::uint64_t requests = 0;
    std::vector<seconds> counted;  // how long each span is
    Duration exactly{};            // all of them
  };
  Answer read(int pod, Duration last) {
    const WindowSpan span = window_.span(last, clock_.wall_now()).value();
    wire::Source source;
    const std::string instance(16, static_cast<char>('i' + pod));
    window_.read({"shop", "web-" + std::to_string(pod), instance}, span, source);
    Answer answer;
    for (const auto& row : source.http()) answer.requests += row.count();
    for (const auto& time : source.counted()) {
      answer.counted.emplace_back(time.to().seconds() - time.from().seconds());
      answer.exactly += *telemetry::read_time(time.to()) - *telemetry::read_time(time.from());
    }
    return answer;
  }

  const TemporaryFolder temporary_ = TemporaryFolder::make("span").value();
  const std::string& folder_ = temporary_.path();
  ManualClock clock_;
  const Log log_{clock_, -1, LogLevel::kError, LogFormat::kPlain};
  metrics::Registry registry_{clock_, 1};
  testing::FakeSource shop_;
  TelemetryWindow window_{log_,
                          registry_,
                          shop_,
                          "test",
                          KeptCounts::open(folder_ + "/counts").value(),
                          clock_.wall_now()};
};

TEST_F(WindowSpanTest, has_the_same_whole_buckets_whenever_it_is_asked) {
  for (std::uint64_t i = 1; i <= 6; ++i) {
    report(0, i, seconds(10), 100, seconds(10));
    for (int offset = 0; offset < 10; ++offset) {
      if (i > 3) {
        const Answer answer = read(0, seconds(15));
        EXPECT_EQ(answer.requests, 200u) << offset;
        EXPECT_EQ(answer.counted, std::vector<seconds>{seconds(20)}) << offset;
      }
      clock_.advance(seconds(1));
    }
  }
}

TEST_F(WindowSpanTest, has_a_whole_bucket_where_proxies_tell_seldom) {
  for (std::uint64_t i = 1; i <= 4; ++i) {
    report(0, i, seconds(60), 600, seconds(60), seconds(60));
    clock_.advance(seconds(i == 4 ? 50 : 60));
  }
  const Answer answer = read(0, seconds(15));
  EXPECT_EQ(answer.requests, 600u);
  EXPECT_EQ(answer.counted, std::vector<seconds>{seconds(60)});
}

TEST_F(WindowSpanTest, is_shorter_than_was_asked_for_where_a_proxy_is_young) {
  report(0, 1, seconds(4), 40, seconds(4));
  clock_.advance(seconds(10));
  report(0, 2, seconds(10), 100, seconds(10));
  clock_.advance(seconds(3));
  EXPECT_EQ(read(0, minutes(1)).requests, 140u);
  EXPECT_EQ(read(0, minutes(1)).counted, std::vector<seconds>{seconds(14)});
}

TEST_F(WindowSpanTest, joins_buckets_whose_timers_were_late_and_keeps_a_gap_apart) {
  report(0, 1, seconds(40), 1, seconds(10) + milliseconds(90));
  report(0, 2, seconds(30), 1, seconds(10) - milliseconds(90));
  report(0, 4, seconds(10), 1, seconds(10));
  clock_.advance(seconds(2));
  EXPECT_EQ(read(0, minutes(1)).counted, (std::vector<seconds>{seconds(20), seconds(10)}));
  report(0, 3, seconds(22), 1, seconds(10));
  EXPECT_EQ(read(0, minutes(1)).counted, std::vector<seconds>{seconds(40)});
}

TEST_F(WindowSpanTest, ends_where_all_have_told_but_for_those_that_are_silent) {
  for (std::uint64_t i = 1; i <= 6; ++i) {
    report(0, i, seconds(10), 100, seconds(10));
    // The other's third bucket comes late, and there is none from the fifth on.
    if (i < 3 || i == 4) report(1, i, seconds(10), 7, seconds(10));
    if (i == 4) report(1, 3, seconds(20), 5, seconds(10));
    clock_.advance(seconds(3));
    if (i == 3) {
      EXPECT_EQ(read(0, seconds(10)).requests, 100u);
      EXPECT_EQ(read(1, seconds(10)).requests, 7u) << "of the second bucket, as all";
    }
    if (i == 4) EXPECT_EQ(read(1, seconds(15)).requests, 12u);
    if (i == 5) {
      EXPECT_EQ(read(0, seconds(10)).requests, 100u);
      EXPECT_EQ(read(1, seconds(10)).requests, 7u) << "one more may come yet";
    }
    clock_.advance(seconds(7));
  }
  EXPECT_EQ(read(0, seconds(10)).requests, 100u);
  EXPECT_EQ(read(1, seconds(10)).requests, 0u) << "it is not waited for";
}

TEST_F(WindowSpanTest, takes_an_interval_for_a_bucket_that_a_kill_cut_off) {
  report(0, 1, seconds(60), 1, seconds(30), seconds(30));
  report(0, 2, seconds(30), 1, seconds(0), seconds(30));
  clock_.advance(seconds(2));
  EXPECT_EQ(read(0, minutes(1)).counted, std::vector<seconds>{seconds(60)});
}

TEST_F(WindowSpanTest, does_not_reach_back_before_the_life_of_a_proxy_that_was_killed) {
  report(0, 1, seconds(3), 30, seconds(0), seconds(60));
  clock_.advance(seconds(3));
  EXPECT_EQ(read(0, minutes(1)).requests, 30u);
  EXPECT_EQ(read(0, minutes(1)).counted, std::vector<seconds>{seconds(3)});
}

TEST_F(WindowSpanTest, takes_a_life_that_ended_early_for_as_long_as_it_was) {
  report(0, 1, seconds(5), 30, milliseconds(1200));
  clock_.advance(seconds(4));
  EXPECT_EQ(read(0, minutes(1)).requests, 30u);
  EXPECT_EQ(read(0, minutes(1)).exactly, milliseconds(1200));
}

TEST_F(WindowSpanTest, is_short_for_a_proxy_that_makes_too_many_buckets) {
  for (std::uint64_t i = 1; i <= kMaxSourceBuckets + 100; ++i) {
    report(0, i, milliseconds(100), 1, milliseconds(100), seconds(1));
    clock_.advance(milliseconds(100));
  }
  clock_.advance(seconds(2));
  EXPECT_LE(read(0, minutes(10)).requests, kMaxSourceBuckets);
  EXPECT_GT(read(0, minutes(10)).requests, kMaxSourceBuckets - 10);
}

}  // namespace
}  // namespace seine::control
