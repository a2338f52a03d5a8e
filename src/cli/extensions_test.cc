// SPDX-License-Identifier: Apache-2.0
#include "cli/extensions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "base/temporary_folder.h"

namespace seine::cli {
namespace {

using testing::ElementsAre;

class Extensions : public testing::Test {
 protected:
  Extensions() {
    path_ = ::getenv("PATH");
    ::setenv("PATH", (folder_ + ":relative:/does/not/exist").c_str(), 1);
  }
  ~Extensions() override { ::setenv("PATH", path_.c_str(), 1); }
  void put(const std::string& name, bool is_executable) {
    std::ofstream(folder_ + "/" + name) << "#!/bin/sh\n";
    std::filesystem::permissions(folder_ + "/" + name, is_executable
                                                           ? std::filesystem::perms::owner_all
                                                           : std::filesystem::perms::owner_read);
  }
  const TemporaryFolder temporary_ = TemporaryFolder::make("extensions").value();
  const std::string& folder_ = temporary_.path();
  std::string path_;
};

TEST_F(Extensions, ProgramsOnPathAreFound) {
  put("seine-viz", true);
  put("seine-notes", false);
  put("seine-proxy", true);
  put("other", true);
  EXPECT_EQ(find_extension("viz"), folder_ + "/seine-viz");
  EXPECT_EQ(find_extension("proxy"), "");
  EXPECT_EQ(find_extension("other"), "");
  EXPECT_THAT(list_extensions(), ElementsAre("viz"));
}

TEST_F(Extensions, ANameThatIsAPathIsNone) {
  put("seine-viz", true);
  EXPECT_EQ(find_extension("../seine-viz"), "");
  EXPECT_EQ(find_extension("-viz"), "");
  EXPECT_EQ(find_extension(""), "");
}

}  // namespace
}  // namespace seine::cli
