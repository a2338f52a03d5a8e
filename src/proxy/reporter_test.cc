// SPDX-License-Identifier: Apache-2.0
#include "proxy/reporter.h"

#include <unistd.h>

#include <filesystem>
#include <optional>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/temporary_folder.h"
#include "runtime/testing/test_loop.h"
#include "seine/telemetry/v1/telemetry.pb.h"
#include "telemetry/recorder.h"

namespace seine::proxy {
namespace {

using namespace std::chrono_literals;
using runtime::Task;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class FakeSink final : public telemetry::ReportSink {
 public:
  explicit FakeSink(runtime::EventLoop& on) : loop(on) {}
  Task<Result<std::vector<std::uint64_t>>> report(std::string request) override {
    ++calls;
    if (hanging) {
      runtime::Waker never(loop);
      co_await never.wait();
    }
    if (away) co_return fail(ErrorCode::kUnavailable, "away");
    telemetry::v1::ReportRequest message;
    EXPECT_TRUE(message.ParseFromString(request));
    EXPECT_LE(message.buckets_size(), 64);
    std::vector<std::uint64_t> sequences;
    for (const auto& bucket : message.buckets()) {
      if (bucket.sequence() == poison) co_return fail(ErrorCode::kInvalidArgument, "bad");
    }
    for (const auto& bucket : message.buckets()) {
      sequences.push_back(bucket.sequence());
      taken.push_back(bucket);
    }
    largest = std::max(largest, message.buckets_size());
    if (forgetful) co_return std::vector<std::uint64_t>();
    co_return sequences;
  }
  std::uint64_t counted() const {
    std::uint64_t total = 0;
    for (const auto& bucket : taken) {
      for (const auto& row : bucket.http()) total += row.count();
    }
    return total;
  }

  runtime::EventLoop& loop;
  bool away = false;
  bool hanging = false;
  bool forgetful = false;
  std::uint64_t poison = 0;
  int calls = 0;
  int largest = 0;
  std::vector<telemetry::v1::Bucket> taken;
};

telemetry::LedgerOptions options(char boot) {
  return {.reporter = telemetry::encode_reporter(
              {.instance = std::string(16, 'i'), .boot = std::string(16, boot)}),
          .rows = 8,
          .ring = 1};
}

struct Lab {
  explicit Lab(std::string dir = {})
      : ledger(dir.empty() ? std::move(*telemetry::Ledger::anonymous(options('b')))
                           : std::move(*telemetry::Ledger::create(
                                 telemetry::ledger_path(dir, std::string(16, 'b')), options('b')))),
        recorder(*ledger, 0, t.clock) {
    recorder.rotate(1, t.clock.wall_now());
    std::vector<BeginBucket> workers;
    workers.emplace_back(
        [this](std::uint64_t sequence, WallTime start, std::move_only_function<void()> done) {
          recorder.rotate(sequence, start);
          done();
        });
    ReporterOptions with;
    with.ledger_dir = std::move(dir);
    reporter.emplace(t.loop, log, random, *ledger, sink, std::move(workers), with);
    reporter->start();
    t.settle();
  }
  void count(int times) {
    for (int i = 0; i < times; ++i) rows.count({.http_status = 200}, 1ms, {"GET", "/", ""});
  }
  std::vector<std::uint64_t> sequences() const {
    std::vector<std::uint64_t> out;
    out.reserve(sink.taken.size());
    for (const auto& bucket : sink.taken) out.push_back(bucket.sequence());
    return out;
  }
  // In large steps: most of these minutes nothing happens.
  void advance(Duration by) { t.advance(by, 500ms); }

  runtime::testing::TestLoop t;
  const Log log{t.clock, STDERR_FILENO, LogLevel::kOff, LogFormat::kPlain};
  FastRandom random{1};
  FakeSink sink{t.loop};
  const std::unique_ptr<telemetry::Ledger> ledger;
  telemetry::Recorder recorder;
  telemetry::HttpRows rows{recorder, {.direction = telemetry::Direction::kInbound}};
  std::optional<Reporter> reporter;
};

TEST(Reporter, buckets_begin_at_multiples_of_the_interval_and_are_sent_when_over) {
  Lab lab;
  lab.advance(3s);  // 2026-01-01T00:00:03Z
  lab.count(5);
  lab.advance(8s);
  ASSERT_THAT(lab.sequences(), ElementsAre(1));
  EXPECT_EQ(lab.sink.taken[0].start().seconds(), 1767225600);
  EXPECT_EQ(lab.sink.taken[0].length().seconds(), 10);
  EXPECT_EQ(lab.sink.counted(), 5);
  lab.count(2);
  lab.advance(10s);
  EXPECT_EQ(lab.sink.taken[1].start().seconds(), 1767225610);
  EXPECT_EQ(lab.sink.counted(), 7);
}

TEST(Reporter, silence_is_sent_too) {
  Lab lab;
  lab.advance(61s);
  EXPECT_THAT(lab.sequences(), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ(lab.sink.counted(), 0);
}

TEST(Reporter, a_clock_that_jumps_leaves_no_gap_and_loses_no_count) {
  Lab lab;
  for (const Duration jump : {Duration(1h), Duration(-2h), Duration(-5s), Duration(3s)}) {
    lab.advance(7s);
    lab.count(1);
    lab.t.clock.jump_wall(jump);
    lab.advance(30s);
  }
  lab.t.clock.jump_wall(-1767225600s * 2);  // before 1970
  lab.advance(30s);
  std::uint64_t expected = 1;
  for (const auto& bucket : lab.sink.taken) {
    EXPECT_EQ(bucket.sequence(), expected++);
    EXPECT_GE(bucket.start().seconds(), 0);
    EXPECT_GT(bucket.length().seconds() * 1'000'000'000 + bucket.length().nanos(), 0);
    EXPECT_LE(bucket.length().seconds(), 10);
  }
  EXPECT_GE(expected, 14);
  EXPECT_EQ(lab.sink.counted(), 4);
}

TEST(Reporter, what_a_receiver_missed_arrives_when_it_is_back_64_a_call) {
  Lab lab;
  lab.sink.away = true;
  for (int i = 0; i < 150; ++i) {
    lab.count(1);
    lab.advance(10s);
  }
  EXPECT_THAT(lab.sink.taken, IsEmpty());
  // It asks again every 10 s at the latest, and not much more often.
  EXPECT_GT(lab.sink.calls, 140);
  EXPECT_LT(lab.sink.calls, 400);
  lab.sink.away = false;
  lab.advance(11s);
  EXPECT_GE(lab.sink.taken.size(), 150);
  EXPECT_EQ(lab.sink.largest, 64);
  EXPECT_EQ(lab.sink.counted(), 150);
  EXPECT_EQ(lab.ledger->pending(), 0);
}

TEST(Reporter, what_is_not_acknowledged_is_sent_again) {
  Lab lab;
  lab.sink.forgetful = true;
  lab.advance(11s);
  lab.sink.forgetful = false;
  lab.advance(2s);
  ASSERT_GE(lab.sink.taken.size(), 2);
  EXPECT_EQ(lab.sequences().front(), 1);
  EXPECT_EQ(lab.sequences().back(), 1);
  EXPECT_EQ(lab.ledger->pending(), 0);
}

TEST(Reporter, a_bucket_that_can_never_be_taken_holds_nobody_up) {
  Lab lab;
  lab.sink.away = true;
  lab.advance(50s);
  lab.sink.away = false;
  lab.sink.poison = 3;
  lab.advance(20s);
  EXPECT_EQ(lab.ledger->pending(), 0);
  const std::vector<std::uint64_t> taken = lab.sequences();
  EXPECT_EQ(std::ranges::count(taken, 3), 0);
  EXPECT_EQ(std::ranges::count(taken, 2), 1);
  EXPECT_EQ(std::ranges::count(taken, 4), 1);
}

TEST(Reporter, a_full_ledger_makes_buckets_longer_and_loses_nothing) {
  Lab lab;
  lab.sink.away = true;
  for (int i = 0; i < 3000; ++i) {
    lab.count(1);
    lab.t.advance(10s, 10s);
  }
  lab.sink.away = false;
  lab.advance(60s);
  EXPECT_EQ(lab.sink.counted(), 3000);
  EXPECT_LT(lab.sink.taken.size(), 3000);
  std::uint64_t expected = lab.sequences().front();
  for (const std::uint64_t sequence : lab.sequences()) EXPECT_EQ(sequence, expected++);
}

TEST(Reporter, the_end_of_a_life_sends_what_was_counted_and_removes_the_ledger) {
  const TemporaryFolder temporary = TemporaryFolder::make("reporter").value();
  const std::string& dir = temporary.path();
  {
    Lab lab(dir);
    EXPECT_THAT(telemetry::find_ledgers(dir), SizeIs(1));
    lab.advance(3s);
    lab.count(4);
    lab.t.run(lab.reporter->finish());
    EXPECT_EQ(lab.sink.counted(), 4);
    ASSERT_THAT(lab.sink.taken, SizeIs(1));
    EXPECT_EQ(lab.sink.taken[0].length().seconds(), 3);
    EXPECT_THAT(telemetry::find_ledgers(dir), IsEmpty());
  }
}

TEST(Reporter, the_end_of_a_life_waits_2_s_and_leaves_the_rest_to_the_next) {
  const TemporaryFolder temporary = TemporaryFolder::make("reporter").value();
  const std::string& dir = temporary.path();
  {
    Lab lab(dir);
    lab.sink.hanging = true;
    lab.count(4);
    runtime::TaskScope scope(lab.t.loop, [](Error) {});
    scope.spawn(lab.reporter->finish());
    lab.advance(1900ms);
    EXPECT_EQ(scope.size(), 1);
    lab.advance(200ms);
    EXPECT_EQ(scope.size(), 0);
  }
  const std::vector<std::string> left = telemetry::find_ledgers(dir);
  ASSERT_THAT(left, SizeIs(1));
  // Under another name, since two lives of this test have the same boot.
  std::filesystem::rename(left[0], dir + "/ledger." + std::string(32, 'a'));
  {
    Lab next(dir);
    next.t.settle();
    EXPECT_EQ(next.sink.counted(), 4);
    EXPECT_THAT(telemetry::find_ledgers(dir), ElementsAre(next.ledger->path()));
  }
}

}  // namespace
}  // namespace seine::proxy
