// SPDX-License-Identifier: Apache-2.0
#include "telemetry/ledger.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/temporary_folder.h"
#include "telemetry/keys.h"

namespace seine::telemetry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

LedgerOptions small() {
  return {
      .reporter = encode_reporter({.instance = std::string(16, 'i'), .boot = std::string(16, 'b')}),
      .lanes = 1,
      .rows = 2,
      .ring = 4096};
}

std::vector<std::uint64_t> sequences(const std::vector<Ledger::Record>& records) {
  std::vector<std::uint64_t> out;
  out.reserve(records.size());
  for (const Ledger::Record& record : records) out.push_back(record.sequence);
  return out;
}

TEST(Ledger, keeps_buckets_in_order_until_they_are_acknowledged) {
  const auto ledger = Ledger::anonymous(small());
  for (std::uint64_t i = 1; i <= 5; ++i) EXPECT_TRUE((*ledger)->append(i, std::string(i, 'x')));
  EXPECT_THAT(sequences((*ledger)->oldest(3, 1000)), ElementsAre(1, 2, 3));
  EXPECT_TRUE((*ledger)->acknowledge(2));
  EXPECT_FALSE((*ledger)->acknowledge(2));
  EXPECT_THAT(sequences((*ledger)->oldest(3, 1000)), ElementsAre(1, 3, 4));
  EXPECT_TRUE((*ledger)->acknowledge(1));
  EXPECT_FALSE((*ledger)->acknowledge(77));
  const auto records = (*ledger)->oldest(9, 1000);
  EXPECT_THAT(sequences(records), ElementsAre(3, 4, 5));
  EXPECT_EQ(records[0].bucket, "xxx");
}

TEST(Ledger, gives_at_most_so_many_bytes_but_one_bucket_at_least) {
  const auto ledger = Ledger::anonymous(small());
  for (std::uint64_t i = 1; i <= 3; ++i) ASSERT_TRUE((*ledger)->append(i, std::string(100, 'x')));
  EXPECT_THAT(sequences((*ledger)->oldest(9, 250)), ElementsAre(1, 2));
  EXPECT_THAT(sequences((*ledger)->oldest(9, 10)), ElementsAre(1));
}

TEST(Ledger, a_full_ring_refuses_and_takes_again_what_was_given_back) {
  const auto ledger = Ledger::anonymous(small());
  std::uint64_t sequence = 0;
  const std::string bucket(700, 'b');
  while ((*ledger)->append(sequence + 1, bucket)) ++sequence;
  ASSERT_GT(sequence, 3);
  // Round and round, so that records wrap at every place.
  for (int i = 0; i < 1000; ++i) {
    const auto oldest = (*ledger)->oldest(1, 1);
    ASSERT_EQ(oldest.size(), 1);
    ASSERT_TRUE((*ledger)->acknowledge(oldest[0].sequence));
    ASSERT_TRUE((*ledger)->append(++sequence, bucket));
    ASSERT_FALSE((*ledger)->append(sequence + 1, bucket));
  }
  while (!(*ledger)->oldest(1, 1).empty()) {
    const auto oldest = (*ledger)->oldest(1, 1);
    EXPECT_EQ(oldest[0].bucket, bucket);
    (*ledger)->acknowledge(oldest[0].sequence);
  }
  EXPECT_TRUE((*ledger)->append(++sequence, std::string((*ledger)->max_record(), 'm')));
}

TEST(Ledger, a_file_is_private_allocated_and_never_an_older_one) {
  const TemporaryFolder folder = TemporaryFolder::make("ledger").value();
  const std::string path = folder.path() + "/ledger.x";
  auto ledger = Ledger::create(path, small());
  ASSERT_TRUE(ledger.has_value()) << ledger.error().to_string();
  struct stat info{};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600);
  EXPECT_GE(info.st_blocks * 512, info.st_size);
  const auto again = Ledger::create(path, small());
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().cause_code, EEXIST);
  EXPECT_THAT(std::filesystem::directory_iterator(folder.path())->path().string(), path);
  (*ledger)->remove();
  EXPECT_NE(access(path.c_str(), F_OK), 0);
}

TEST(Ledger, a_folder_that_is_not_there_is_named) {
  const auto ledger = Ledger::create("/nonexistent/ledger.x", small());
  ASSERT_FALSE(ledger.has_value());
  EXPECT_EQ(ledger.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(ledger.error().to_string(), HasSubstr("/nonexistent/ledger.x"));
  EXPECT_THAT(ledger.error().to_string(), HasSubstr("ENOENT"));
}

TEST(Ledger, a_full_disk_is_told_at_once_and_leaves_nothing_behind) {
  const TemporaryFolder folder = TemporaryFolder::make("ledger").value();
  rlimit old{};
  getrlimit(RLIMIT_FSIZE, &old);
  const rlimit low{.rlim_cur = 4096, .rlim_max = old.rlim_max};
  setrlimit(RLIMIT_FSIZE, &low);
  signal(SIGXFSZ, SIG_IGN);
  const auto ledger = Ledger::create(folder.path() + "/ledger.x", small());
  setrlimit(RLIMIT_FSIZE, &old);
  ASSERT_FALSE(ledger.has_value());
  EXPECT_EQ(ledger.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(ledger.error().cause_code, EFBIG);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Ledger, sizes_that_make_no_sense_are_refused) {
  const auto refuses = [](auto change) {
    LedgerOptions options = small();
    change(options);
    return !Ledger::anonymous(options).has_value();
  };
  EXPECT_TRUE(refuses([](LedgerOptions& o) { o.lanes = 0; }));
  EXPECT_TRUE(refuses([](LedgerOptions& o) { o.rows = 0; }));
  EXPECT_TRUE(refuses([](LedgerOptions& o) { o.rows = 1 << 20; }));
  EXPECT_TRUE(refuses([](LedgerOptions& o) { o.ring = std::size_t{1} << 40; }));
  EXPECT_TRUE(refuses([](LedgerOptions& o) { o.reporter.assign(5000, 'r'); }));
}

TEST(Ledger, the_default_takes_less_than_8_mebibytes) {
  const auto ledger = Ledger::anonymous({});
  EXPECT_LT((*ledger)->bytes().size(), std::size_t{8} << 20);
}

}  // namespace
}  // namespace seine::telemetry
