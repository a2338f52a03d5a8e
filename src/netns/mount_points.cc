// SPDX-License-Identifier: Apache-2.0
#include "netns/mount_points.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <optional>

namespace seine::netns {

namespace {

// The kernel writes spaces, tabs, newlines and backslashes as \ooo.
std::string unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    if (text[i] == '\\' && i + 3 < text.size() &&
        std::from_chars(&text[i + 1], &text[i + 4], value, 8).ptr == &text[i + 4]) {
      plain += static_cast<char>(value);
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

std::vector<std::string_view> words(std::string_view line) {
  std::vector<std::string_view> all;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(' '), line.size());
    if (end > 0) all.push_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return all;
}

// The path of `whole` below `part`; "/" holds everything.
std::optional<std::string> below(std::string_view whole, std::string_view part) {
  if (part == "/") return whole == "/" ? "" : std::string(whole);
  if (whole == part) return "";
  if (whole.starts_with(part) && whole[part.size()] == '/') {
    return std::string(whole.substr(part.size()));
  }
  return std::nullopt;
}

std::string join(const std::string& folder, const std::string& rest) {
  if (rest.empty()) return folder;
  return folder == "/" ? rest : folder + rest;
}

// The mount on which a path lies; -1 if there is no such folder.
int mount_of(const std::string& path) {
  struct statx found{};
  if (statx(AT_FDCWD, path.c_str(), 0, STATX_TYPE | STATX_MNT_ID, &found) != 0) return -1;
  return S_ISDIR(found.stx_mode) ? static_cast<int>(found.stx_mnt_id) : -1;
}

}  // namespace

std::vector<MountPoint> parse_mountinfo(std::string_view text) {
  std::vector<MountPoint> mounts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::vector<std::string_view> fields = words(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    MountPoint mount;
    if (fields.size() < 5) continue;
    const auto [rest, error] =
        std::from_chars(fields[0].data(), fields[0].data() + fields[0].size(), mount.id);
    if (error != std::errc()) continue;
    mount.device = fields[2];
    mount.root = unescape(fields[3]);
    mount.path = unescape(fields[4]);
    mounts.push_back(std::move(mount));
  }
  return mounts;
}

std::vector<FolderView> views_of(std::string_view inside, std::string_view device,
                                 const std::vector<MountPoint>& mounts) {
  std::vector<FolderView> views;
  for (const MountPoint& mount : mounts) {
    if (mount.device != device) continue;
    if (const auto rest = below(inside, mount.root)) {
      views.push_back({join(mount.path, *rest), mount.id});
    } else if (below(mount.root, inside)) {
      views.push_back({mount.path, mount.id});  // a folder within, mounted by itself
    }
  }
  return views;
}

Result<std::vector<std::string>> paths_of_folder(const std::string& folder,
                                                 std::string_view mountinfo) {
  std::error_code error;
  const std::string path = std::filesystem::canonical(folder, error).string();
  const int id = error ? -1 : mount_of(path);
  if (id < 0) {
    return fail(ErrorCode::kInvalidArgument, "'" + folder + "' is no folder that could be hidden");
  }
  std::vector<std::string> paths = {path};
  const std::vector<MountPoint> mounts = parse_mountinfo(mountinfo);
  const auto own = std::ranges::find(mounts, id, &MountPoint::id);
  if (own == mounts.end()) return paths;
  const auto rest = below(path, own->path);
  if (!rest) return paths;
  for (FolderView& view : views_of(join(own->root, *rest), own->device, mounts)) {
    if (below(view.path, path) || mount_of(view.path) != view.mount) continue;
    paths.push_back(std::move(view.path));
  }
  return paths;
}

}  // namespace seine::netns
