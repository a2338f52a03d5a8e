// SPDX-License-Identifier: Apache-2.0
#include "base/temporary_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/file.h"

namespace seine {
namespace {

TEST(TemporaryFolder, is_its_owners_alone_and_goes_with_him) {
  std::string path;
  {
    const auto folder = TemporaryFolder::make("test");
    ASSERT_TRUE(folder) << folder.error().to_string();
    path = folder->path();
    struct stat info{};
    ASSERT_EQ(::stat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0700u);
    ASSERT_TRUE(create_file(path + "/file", "kept", 0600));
  }
  struct stat info{};
  EXPECT_NE(::stat(path.c_str(), &info), 0);
}

TEST(TemporaryFolder, moves_with_what_is_in_it) {
  auto first = TemporaryFolder::make("test").value();
  const std::string path = first.path();
  const TemporaryFolder second(std::move(first));
  EXPECT_EQ(second.path(), path);
  EXPECT_TRUE(create_file(path + "/file", "still there", 0600));
}

}  // namespace
}  // namespace seine
