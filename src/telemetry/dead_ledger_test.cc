// SPDX-License-Identifier: Apache-2.0
#include "telemetry/dead_ledger.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <random>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/file.h"
#include "base/temporary_folder.h"
#include "runtime/testing/test_loop.h"
#include "seine/telemetry/v1/telemetry.pb.h"
#include "telemetry/recorder.h"
#include "telemetry/seal.h"

namespace seine::telemetry {
namespace {

using namespace std::chrono_literals;
using runtime::Task;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

LedgerOptions options(std::size_t lanes = 1) {
  return {.reporter = encode_reporter(
              {.pod = "web-1", .instance = std::string(16, 'i'), .boot = std::string(16, 'b')}),
          .lanes = lanes,
          .rows = 8,
          .ring = 16384};
}

const RowKey kKey{.direction = Direction::kInbound, .target = {.port = 80}};

std::uint64_t count_of(const DeadLedger::Bucket& bucket) {
  v1::Bucket message;
  EXPECT_TRUE(message.ParseFromString(bucket.message));
  EXPECT_EQ(message.sequence(), bucket.sequence);
  std::uint64_t total = 0;
  for (const auto& row : message.http()) total += row.count();
  return total;
}

std::vector<std::uint64_t> counts_of(const DeadLedger& ledger) {
  std::vector<std::uint64_t> counts;
  counts.reserve(ledger.buckets.size());
  for (const auto& bucket : ledger.buckets) counts.push_back(count_of(bucket));
  return counts;
}

TEST(DeadLedger, has_what_was_sealed_and_what_was_being_counted) {
  const ManualClock clock;
  const auto ledger = Ledger::anonymous(options(2));
  Recorder a(**ledger, 0, clock);
  Recorder b(**ledger, 1, clock);
  HttpRows of_a(a, kKey);
  HttpRows of_b(b, kKey);
  const auto rotate = [&](std::uint64_t to) {
    a.rotate(to, clock.wall_now());
    b.rotate(to, clock.wall_now());
  };
  const auto count = [](HttpRows& rows, int times) {
    for (int i = 0; i < times; ++i) rows.count({.http_status = 200}, 1ms, {});
  };
  rotate(1);
  count(of_a, 1);
  rotate(2);
  ASSERT_TRUE(seal(**ledger, 1, {clock.wall_now(), 10s}));
  count(of_a, 2);
  count(of_b, 3);
  rotate(3);
  ASSERT_TRUE(seal(**ledger, 2, {clock.wall_now(), 10s}));
  (*ledger)->acknowledge(1);
  count(of_a, 4);
  count(of_b, 5);
  a.rotate(4, clock.wall_now());  // killed while the lanes change over
  count(of_a, 6);
  const auto read = parse_ledger((*ledger)->bytes());
  ASSERT_TRUE(read.has_value()) << read.error().to_string();
  EXPECT_THAT(counts_of(*read), ElementsAre(5, 9, 6));
  EXPECT_EQ(read->buckets[0].sequence, 2);
  EXPECT_EQ(read->buckets[2].sequence, 4);
  v1::Bucket last;
  ASSERT_TRUE(last.ParseFromString(read->buckets[2].message));
  EXPECT_FALSE(last.has_length());
  EXPECT_EQ(last.start().seconds(), 1767225600);
  v1::Reporter reporter;
  ASSERT_TRUE(reporter.ParseFromString(read->reporter));
  EXPECT_EQ(reporter.pod(), "web-1");
}

TEST(DeadLedger, of_a_life_that_never_counted_is_empty) {
  const auto ledger = Ledger::anonymous(options());
  EXPECT_THAT(parse_ledger((*ledger)->bytes())->buckets, IsEmpty());
}

TEST(DeadLedger, damage_is_named) {
  const auto ledger = Ledger::anonymous(options());
  ASSERT_TRUE((*ledger)->append(1, "x"));
  ASSERT_TRUE((*ledger)->append(2, "y"));
  const auto refusal = [&](auto change) {
    std::vector<std::uint64_t> words((*ledger)->bytes().size() / 8);
    std::memcpy(words.data(), (*ledger)->bytes().data(), words.size() * 8);
    auto& header = *reinterpret_cast<ledger::Header*>(words.data());
    change(header, reinterpret_cast<char*>(words.data()));
    const auto read = parse_ledger(std::as_bytes(std::span(words)));
    return read ? std::string("taken") : read.error().to_string();
  };
  using H = ledger::Header;
  EXPECT_EQ(refusal([](H&, char*) {}), "taken");
  EXPECT_THAT(refusal([](H& h, char*) { h.magic = 0; }), HasSubstr("is no ledger"));
  EXPECT_THAT(refusal([](H& h, char*) { h.version = 9; }), HasSubstr("has version 9"));
  EXPECT_THAT(refusal([](H& h, char*) { h.lanes = 0; }), HasSubstr("out of range"));
  EXPECT_THAT(refusal([](H& h, char*) { h.ring_size += 8; }), HasSubstr("its size"));
  EXPECT_THAT(refusal([](H& h, char*) { h.reporter_size = 1; }), HasSubstr("reporter"));
  EXPECT_THAT(refusal([](H& h, char*) { h.head += h.ring_size; }), HasSubstr("overfull"));
  EXPECT_THAT(refusal([](H& h, char*) { h.head -= 1; }), HasSubstr("cut off"));
  EXPECT_THAT(refusal([](H& h, char* all) { all[h.ring_offset + sizeof(ledger::RecordHeader)]++; }),
              HasSubstr("checksum"));
  EXPECT_THAT(refusal([](H&, char* all) { all[ledger::kPage] = 9; }), HasSubstr("turn"));
  EXPECT_THAT(parse_ledger({}).error().to_string(), HasSubstr("is no ledger"));
}

// What the child below publishes after each count, in a page that both see.
struct Published {
  std::atomic<std::uint64_t> counted;       // requests whose count() has returned
  std::atomic<std::uint64_t> acknowledged;  // of buckets that are gone for good
};

// Counts, rotates, seals and acknowledges as fast as it can, until it is killed.
[[noreturn]] void count_for_ever(const std::string& path, Published& published) {
  const SystemClock clock;
  const auto ledger = Ledger::create(path, options());
  if (!ledger) _exit(1);
  Recorder recorder(**ledger, 0, clock);
  HttpRows rows(recorder, kKey);
  std::vector<std::uint64_t> per_bucket(1);
  recorder.rotate(1, clock.wall_now());
  for (std::uint64_t sequence = 1;; ++sequence) {
    std::uint64_t here = 0;
    for (int i = 0; i < 40; ++i) {
      rows.count({.http_status = static_cast<std::uint16_t>(200 + i % 3)}, 1ms, {"GET", "/", ""});
      ++here;
      published.counted.fetch_add(1, std::memory_order_release);
    }
    per_bucket.push_back(here);
    recorder.rotate(sequence + 1, clock.wall_now());
    while (!seal(**ledger, sequence, {clock.wall_now(), 1ms})) {
      for (const Ledger::Record& record : (*ledger)->oldest(7, 1 << 20)) {
        // First said, then done: what is said may still be in the ledger, once.
        published.acknowledged.store(record.sequence, std::memory_order_release);
        (*ledger)->acknowledge(record.sequence);
      }
    }
  }
}

TEST(DeadLedger, a_kill_at_any_moment_loses_no_count_and_doubles_none) {
  const TemporaryFolder folder = TemporaryFolder::make("dead").value();
  void* shared = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(shared, MAP_FAILED);
  auto& published = *static_cast<Published*>(shared);
  std::mt19937 random(3);
  for (int life = 0; life < 60; ++life) {
    published.counted = 0;
    published.acknowledged = 0;
    const std::string path = folder.path() + "/ledger." + std::to_string(life);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) count_for_ever(path, published);
    const std::uint64_t enough = 1 + random() % 30'000;
    while (published.counted.load() < enough) std::this_thread::yield();
    kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));

    const auto read = read_ledger(path);
    ASSERT_TRUE(read.has_value()) << read.error().to_string();
    std::uint64_t total = 0;
    std::uint64_t expected_sequence = 0;
    for (const DeadLedger::Bucket& bucket : read->buckets) {
      if (expected_sequence != 0) {
        EXPECT_EQ(bucket.sequence, expected_sequence);
      }
      expected_sequence = bucket.sequence + 1;
      // The receiver knows these.
      if (bucket.sequence <= published.acknowledged) continue;
      total += count_of(bucket);
    }
    total += 40 * published.acknowledged;
    EXPECT_GE(total, published.counted) << "life " << life;
    EXPECT_LE(total, published.counted + 1) << "life " << life;
    std::filesystem::remove(path);
  }
  munmap(shared, 4096);
}

// Takes reports as told and remembers what it got.
class FakeSink final : public ReportSink {
 public:
  Task<Result<std::vector<std::uint64_t>>> report(std::string request) override {
    v1::ReportRequest message;
    EXPECT_TRUE(message.ParseFromString(request));
    EXPECT_EQ(message.reporter().pod(), "web-1");
    std::vector<std::uint64_t> sequences;
    for (const auto& bucket : message.buckets()) sequences.push_back(bucket.sequence());
    reports.push_back(sequences);
    if (away) co_return fail(ErrorCode::kUnavailable, "away");
    for (const std::uint64_t sequence : sequences) {
      if (sequence == poison) co_return fail(ErrorCode::kInvalidArgument, "bucket 2 is bad");
    }
    taken.insert(taken.end(), sequences.begin(), sequences.end());
    co_return sequences;
  }
  bool away = false;
  std::uint64_t poison = 0;
  std::vector<std::vector<std::uint64_t>> reports;
  std::vector<std::uint64_t> taken;
};

struct DeliveryLab {
  DeliveryLab() : path(ledger_path(folder.path(), std::string(16, 'b'))) {
    auto made = Ledger::create(path, options());
    EXPECT_TRUE(made.has_value());
    ledger = std::move(*made);
    for (std::uint64_t i = 1; i <= 100; ++i) {
      v1::Bucket bucket;
      bucket.set_sequence(i);
      EXPECT_TRUE(ledger->append(i, bucket.SerializeAsString()));
    }
  }
  Result<void> deliver_it() { return t.run(deliver(t.clock, path, sink, &dropped)); }

  runtime::testing::TestLoop t;
  const TemporaryFolder folder = TemporaryFolder::make("dead").value();
  const std::string path;
  std::unique_ptr<Ledger> ledger;
  FakeSink sink;
  std::uint64_t dropped = 0;
};

TEST(Delivery, sends_at_most_64_a_call_and_removes_the_file_when_all_is_acknowledged) {
  DeliveryLab lab;
  lab.ledger.reset();
  EXPECT_THAT(find_ledgers(lab.folder.path()), ElementsAre(lab.path));
  ASSERT_TRUE(lab.deliver_it().has_value());
  ASSERT_THAT(lab.sink.reports, SizeIs(2));
  EXPECT_THAT(lab.sink.reports[0], SizeIs(64));
  EXPECT_THAT(lab.sink.reports[1], SizeIs(36));
  EXPECT_THAT(find_ledgers(lab.folder.path()), IsEmpty());
}

TEST(Delivery, leaves_the_ledgers_of_the_living_alone) {
  DeliveryLab lab;
  const Result<void> delivered = lab.deliver_it();
  ASSERT_FALSE(delivered.has_value());
  EXPECT_TRUE(delivered.error().retryable);
  EXPECT_THAT(delivered.error().to_string(), HasSubstr("is in use by its proxy"));
  EXPECT_THAT(lab.sink.reports, IsEmpty());
}

TEST(Delivery, keeps_the_file_while_the_receiver_is_away) {
  DeliveryLab lab;
  lab.ledger.reset();
  lab.sink.away = true;
  EXPECT_EQ(lab.deliver_it().error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(find_ledgers(lab.folder.path()), SizeIs(1));
  lab.sink.away = false;
  EXPECT_TRUE(lab.deliver_it().has_value());
  EXPECT_THAT(lab.sink.taken, SizeIs(100));
}

TEST(Delivery, drops_the_one_bucket_that_can_never_be_taken) {
  DeliveryLab lab;
  lab.ledger.reset();
  lab.sink.poison = 2;
  ASSERT_TRUE(lab.deliver_it().has_value());
  EXPECT_THAT(lab.sink.taken, SizeIs(99));
  EXPECT_EQ(lab.dropped, 1);
}

TEST(Delivery, sets_a_damaged_file_aside) {
  DeliveryLab lab;
  lab.ledger.reset();
  ASSERT_EQ(truncate(lab.path.c_str(), 5000), 0);
  EXPECT_EQ(lab.deliver_it().error().code, ErrorCode::kProtocol);
  EXPECT_THAT(find_ledgers(lab.folder.path()), IsEmpty());
  EXPECT_EQ(access((lab.path + ".bad").c_str(), F_OK), 0);
  EXPECT_THAT(remove_unreadable(lab.folder.path()), IsEmpty());
  EXPECT_EQ(access((lab.path + ".bad").c_str(), F_OK), 0);
}

TEST(DeadLedger, of_those_that_cannot_be_read_the_newest_stay) {
  const TemporaryFolder folder = TemporaryFolder::make("dead").value();
  std::vector<std::string> paths;
  for (char boot = 'a'; boot < 'h'; ++boot) {
    paths.push_back(ledger_path(folder.path(), std::string(16, boot)) + ".bad");
    ASSERT_TRUE(replace_file(paths.back(), "no ledger", 0600));
    // By their times, not by their names: the first is the newest.
    const auto age = std::chrono::hours(boot);
    std::filesystem::last_write_time(paths.back(),
                                     std::filesystem::file_time_type::clock::now() - age);
  }
  const std::string other = folder.path() + "/letter.bad";
  ASSERT_TRUE(replace_file(other, "somebody's", 0600));
  EXPECT_THAT(remove_unreadable(folder.path()), ElementsAre(paths[4], paths[5], paths[6]));
  for (std::size_t i = 0; i < kKeptUnreadable; ++i) {
    EXPECT_EQ(access(paths[i].c_str(), F_OK), 0) << i;
  }
  EXPECT_EQ(access(paths[6].c_str(), F_OK), -1);
  EXPECT_EQ(access(other.c_str(), F_OK), 0);
  EXPECT_THAT(remove_unreadable(folder.path() + "/none"), IsEmpty());
}

}  // namespace
}  // namespace seine::telemetry
