// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

#include "base/temporary_folder.h"

namespace seine {
namespace {

class FileTest : public testing::Test {
 protected:
  const TemporaryFolder temporary_ = TemporaryFolder::make("file").value();
  const std::string& folder_ = temporary_.path();
};

TEST_F(FileTest, reads_what_was_created) {
  const std::string path = folder_ + "/a";
  ASSERT_TRUE(create_file(path, "hello\n", 0600));
  EXPECT_EQ(read_file(path, 6).value(), "hello\n");
  struct stat info{};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(FileTest, never_replaces_a_file) {
  const std::string path = folder_ + "/a";
  ASSERT_TRUE(create_file(path, "first", 0600));
  const auto second = create_file(path, "second", 0600);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().cause_code, EEXIST);
  EXPECT_EQ(read_file(path, 100).value(), "first");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(FileTest, refuses_files_over_the_limit) {
  const std::string path = folder_ + "/a";
  ASSERT_TRUE(create_file(path, "12345", 0600));
  ASSERT_FALSE(read_file(path, 4));
  EXPECT_EQ(read_file(path, 4).error().code, ErrorCode::kLimit);
}

TEST_F(FileTest, names_the_path_of_what_is_missing_or_no_file) {
  EXPECT_NE(read_file(folder_ + "/none", 1).error().message.find("/none"), std::string::npos);
  EXPECT_NE(read_file(folder_, 1).error().message.find("regular"), std::string::npos);
  EXPECT_FALSE(create_file(folder_ + "/none/a", "", 0600));
}

TEST_F(FileTest, replaces_content_and_mode_whole) {
  const std::string path = folder_ + "/a";
  ASSERT_TRUE(replace_file(path, "first and longer", 0644));
  ASSERT_TRUE(replace_file(path, "second", 0600));
  EXPECT_EQ(read_file(path, 100).value(), "second");
  EXPECT_EQ(std::filesystem::status(path).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(FileTest, overwrites_what_a_crash_left_of_a_replacement) {
  const std::string path = folder_ + "/a";
  ASSERT_TRUE(create_file(path + ".tmp", "half of something", 0600));
  ASSERT_TRUE(replace_file(path, "whole", 0600));
  EXPECT_EQ(read_file(path, 100).value(), "whole");
  EXPECT_FALSE(std::filesystem::exists(path + ".tmp"));
}

TEST_F(FileTest, keeps_the_old_content_when_the_new_cannot_be_written) {
  const std::string path = folder_ + "/a";
  ASSERT_TRUE(create_file(path, "old", 0600));
  std::filesystem::create_directory(path + ".tmp");
  const auto replaced = replace_file(path, "new", 0600);
  ASSERT_FALSE(replaced);
  EXPECT_EQ(replaced.error().cause_code, EISDIR);
  EXPECT_EQ(read_file(path, 100).value(), "old");
}

}  // namespace
}  // namespace seine
