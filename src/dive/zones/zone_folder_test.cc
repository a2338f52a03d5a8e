// SPDX-License-Identifier: Apache-2.0
#include "dive/zones/zone_folder.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"
#include "base/temporary_folder.h"
#include "dive/zones/testing/zone_octets.h"

namespace seine::dive {
namespace {

using std::chrono::hours;

class ZoneFolderTest : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& octets) {
    const std::filesystem::path path = folder_.path() + "/" + name;
    std::filesystem::create_directories(path.parent_path());
    ASSERT_TRUE(create_file(path.string(), octets, 0644));
  }
  std::string refusal(const std::string& name) {
    const auto found = zones_.find(name);
    if (found) return "found";
    EXPECT_EQ(found.error().code, ErrorCode::kInvalidArgument);
    return found.error().message;
  }

  TemporaryFolder folder_ = TemporaryFolder::make("zones").value();
  ZoneFolder zones_{folder_.path()};
};

TEST_F(ZoneFolderTest, finds_zones_by_name_and_reads_each_once) {
  write("Europe/Berlin", ZoneOctets{.offsets = {3600}, .changes = {}, .rule = "CET-1"}.to_string());
  const auto found = zones_.find("Europe/Berlin");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ((*found)->offset_at(WallTime{}), hours(1));
  std::filesystem::remove_all(folder_.path() + "/Europe");
  EXPECT_EQ(zones_.find("Europe/Berlin").value(), *found);
}

TEST_F(ZoneFolderTest, knows_utc_without_a_file) {
  EXPECT_EQ(zones_.find("UTC").value()->offset_at(WallTime{}), Duration::zero());
}

TEST_F(ZoneFolderTest, says_what_to_do_where_there_is_no_such_zone) {
  EXPECT_EQ(refusal("Europe/Belrin"),
            "there is no time zone 'Europe/Belrin' on this machine: write one such as UTC or "
            "Europe/Berlin, or install tzdata");
  write("Europe/Berlin", "no zone");
  EXPECT_EQ(refusal("Europe/Berlin"),
            folder_.path() + "/Europe/Berlin: this is no file of a time zone: it has no header");
}

TEST_F(ZoneFolderTest, is_not_left_by_any_name) {
  write("secret", ZoneOctets{}.to_string());
  ZoneFolder below(folder_.path() + "/Europe");
  EXPECT_NE(below.find("../secret").error().message.find("is not the name"), std::string::npos);
  EXPECT_NE(refusal("/etc/passwd").find("is not the name"), std::string::npos);
}

}  // namespace
}  // namespace seine::dive
