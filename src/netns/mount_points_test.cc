// SPDX-License-Identifier: Apache-2.0
#include "netns/mount_points.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>

#include <filesystem>

#include "base/file.h"
#include "netns/testing/kernel_test.h"

namespace seine::netns {
namespace {

constexpr std::string_view kMountinfo =
    "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    "30 22 0:5 / /proc rw - proc proc rw\n"
    "41 22 8:1 /home /mnt/my\\040home rw - ext4 /dev/sda1 rw\n"
    "42 22 8:1 /home/ann/seine/pods /srv/pods rw - ext4 /dev/sda1 rw\n"
    "not a line\n"
    "43 22 8:2 / /other rw - ext4 /dev/sda2 rw";

std::vector<std::string> paths(const std::vector<FolderView>& views) {
  std::vector<std::string> all;
  all.reserve(views.size());
  for (const FolderView& view : views) all.push_back(view.path);
  return all;
}

TEST(MountPoints, lines_are_read_with_their_escapes) {
  const auto mounts = parse_mountinfo(kMountinfo);
  ASSERT_EQ(mounts.size(), 5u);
  EXPECT_EQ(mounts[2].path, "/mnt/my home");
  EXPECT_EQ(mounts[2].root, "/home");
  EXPECT_EQ(mounts[2].device, "8:1");
  EXPECT_EQ(mounts[4].id, 43);
  EXPECT_TRUE(parse_mountinfo("").empty());
}

TEST(MountPoints, a_folder_is_seen_through_every_mount_of_its_file_system) {
  const auto mounts = parse_mountinfo(kMountinfo);
  EXPECT_EQ(paths(views_of("/home/ann/seine", "8:1", mounts)),
            (std::vector<std::string>{"/home/ann/seine", "/mnt/my home/ann/seine", "/srv/pods"}));
  EXPECT_EQ(paths(views_of("/homestead", "8:1", mounts)), std::vector<std::string>{"/homestead"});
  EXPECT_TRUE(views_of("/home", "9:9", mounts).empty());
}

TEST(MountPoints, what_is_no_folder_is_refused) {
  EXPECT_EQ(paths_of_folder("/etc/passwd", kMountinfo).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(paths_of_folder("/no/such/folder", kMountinfo).error().code,
            ErrorCode::kInvalidArgument);
}

class MountPointsKernel : public testing::KernelTest {};
SEINE_RUN_AS_ROOT_AND_USER(MountPointsKernel);

TEST_P(MountPointsKernel, a_folder_that_is_mounted_again_is_found_there) {
  run([] {
    std::string name = "/tmp/seine-mounts-XXXXXX";
    const std::string top = mkdtemp(name.data());
    std::filesystem::create_directories(top + "/dir/state");
    std::filesystem::create_directories(top + "/again");
    ASSERT_EQ(unshare(CLONE_NEWNS), 0);
    ASSERT_EQ(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
    ASSERT_EQ(mount((top + "/dir").c_str(), (top + "/again").c_str(), nullptr, MS_BIND, nullptr),
              0);
    const auto found =
        paths_of_folder(top + "/dir/state", *read_file("/proc/self/mountinfo", 1 << 20));
    ASSERT_TRUE(found);
    EXPECT_EQ(*found, (std::vector<std::string>{top + "/dir/state", top + "/again/state"}));
    // What lies under another mount cannot be reached there.
    ASSERT_EQ(mount("tmpfs", (top + "/again").c_str(), "tmpfs", 0, nullptr), 0);
    EXPECT_EQ(
        paths_of_folder(top + "/dir/state", *read_file("/proc/self/mountinfo", 1 << 20))->size(),
        1u);
    ASSERT_EQ(umount2((top + "/again").c_str(), MNT_DETACH), 0);
    ASSERT_EQ(umount2((top + "/again").c_str(), MNT_DETACH), 0);
    std::filesystem::remove_all(top);
  });
}

}  // namespace
}  // namespace seine::netns
