// SPDX-License-Identifier: Apache-2.0
// The program as it is called, where it ends by itself.
#include "dive/app.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/temporary_folder.h"
#include "dive/store/backup.h"
#include "dive/store/store.h"
#include "sql/testing/real_loop.h"

namespace seine::dive {
namespace {

using ::testing::HasSubstr;

class DiveAppTest : public ::testing::Test {
 protected:
  int run(std::initializer_list<std::string> words) {
    std::vector<const char*> argv{"seine-dive"};
    for (const std::string& word : words) argv.push_back(word.c_str());
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    const int code = run_dive(static_cast<int>(argv.size()), argv.data(), "edge-1.2.3");
    out_ = ::testing::internal::GetCapturedStdout();
    err_ = ::testing::internal::GetCapturedStderr();
    return code;
  }
  bool is_there(const std::string& path) const {
    struct stat found{};
    return ::stat(path.c_str(), &found) == 0;
  }
  void make_store(const std::string& folder) {
    ASSERT_EQ(::mkdir(folder.c_str(), 0700), 0);
    auto database = real_.run(open_store_database(real_.loop, folder + "/dive.db"));
    ASSERT_TRUE(database.has_value()) << database.error().to_string();
    auto store = real_.run(Store::open(real_.loop, *std::move(database), {}));
    ASSERT_TRUE(store.has_value()) << store.error().to_string();
    ASSERT_TRUE(real_.run((*store)->cluster("local")).has_value());
  }

  const TemporaryFolder folder_ = TemporaryFolder::make("dive-app").value();
  const std::string old_ = folder_.path() + "/old";
  const std::string new_ = folder_.path() + "/new/dive";
  const std::string backup_ = folder_.path() + "/backup";
  sql::testing::RealLoop real_;
  std::string out_;
  std::string err_;
};

TEST_F(DiveAppTest, a_backup_is_restored_where_there_is_nothing_yet) {
  make_store(old_);
  ASSERT_EQ(run({"backup", "--state-dir", old_, backup_}), 0) << err_;
  ASSERT_EQ(run({"restore", "--state-dir", new_, backup_}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("restored "));
  struct stat found{};
  ASSERT_EQ(::stat(new_.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0700U);
  EXPECT_EQ(run({"restore", "--state-dir", new_, backup_}), 64);
  EXPECT_THAT(err_, HasSubstr("there is something in the database already"));
}

TEST_F(DiveAppTest, what_is_no_backup_makes_nothing) {
  EXPECT_EQ(run({"restore", "--state-dir", new_, folder_.path() + "/nope"}), 64);
  EXPECT_EQ(err_, "seine-dive: there is no file " + folder_.path() + "/nope\n");
  ASSERT_TRUE(create_file(backup_, "something else", 0600));
  EXPECT_EQ(run({"restore", "--state-dir", new_, backup_}), 64);
  EXPECT_EQ(err_, "seine-dive: " + backup_ + " is no backup of Dive's store\n");
  EXPECT_FALSE(is_there(folder_.path() + "/new"));
}

}  // namespace
}  // namespace seine::dive
