// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/running_meshes.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/descriptor.h"
#include "base/file.h"
#include "cli/mesh/machine_users.h"

namespace seine::cli {
namespace {

constexpr std::size_t kMaxNote = 4096;

std::string notes_folder(const Environment& environment) {
  const auto runtime = environment.find("XDG_RUNTIME_DIR");
  std::string base = "/tmp/seine-" + std::to_string(::geteuid());
  if (::geteuid() == 0) {
    base = "/run/seine";
  } else if (runtime != environment.end() && runtime->second.starts_with('/')) {
    base = runtime->second + "/seine";
  }
  return base + "/meshes";
}

// In /tmp anyone may have made a folder of that name first.
bool is_ours(const std::string& path) {
  struct stat found{};
  return ::lstat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode) &&
         found.st_uid == ::geteuid() && (found.st_mode & 022) == 0;
}

bool make_ours(const std::string& path) {
  return (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) && is_ours(path);
}

}  // namespace

bool mesh_runs(const MeshFolder& folder) {
  const Descriptor lock(::open(folder.lock().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  return lock && ::flock(lock.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

MeshNote::MeshNote(const MeshFolder& folder, const Environment& environment) {
  const std::string notes = notes_folder(environment);
  if (!make_ours(std::filesystem::path(notes).parent_path()) || !make_ours(notes)) return;
  const std::string path = notes + "/" + std::to_string(::getpid());
  if (replace_file(path, folder.path + "\n", 0600)) path_ = path;
}

MeshNote::~MeshNote() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

std::vector<std::string> running_meshes(const Environment& environment) {
  const std::string notes = notes_folder(environment);
  std::vector<std::string> out;
  if (!is_ours(notes)) return out;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(notes, failed)) {
    auto text = read_file(entry.path(), kMaxNote);
    if (!text) continue;
    while (text->ends_with('\n')) text->pop_back();
    if (text->starts_with('/') && mesh_runs(MeshFolder{*text})) {
      out.push_back(*std::move(text));
    } else {
      std::filesystem::remove(entry.path(), failed);
    }
  }
  std::ranges::sort(out);
  const auto twice = std::ranges::unique(out);
  out.erase(twice.begin(), twice.end());
  return out;
}

Result<MeshFolder> choose_mesh(std::string_view flag, const Environment& environment) {
  const auto set = environment.find("SEINE_DIR");
  const bool is_told = !flag.empty() || (set != environment.end() && !set->second.empty());
  const std::vector<std::string> running =
      is_told ? std::vector<std::string>() : running_meshes(environment);
  if (running.size() == 1) return MeshFolder{running.front()};
  if (running.size() > 1) {
    std::string all;
    for (const std::string& one : running) all += (all.empty() ? "" : ", ") + one;
    return fail(ErrorCode::kInvalidConfig,
                "several meshes run, in " + all + "; say which with --dir");
  }
  std::error_code ignored;
  auto chosen = choose_state_dir(flag, environment, ::geteuid(),
                                 std::filesystem::current_path(ignored).string());
  if (!chosen) return fail(std::move(chosen.error()));
  if (auto owned = check_owner(*chosen, ::geteuid()); !owned) return fail(std::move(owned.error()));
  return MeshFolder{*std::move(chosen)};
}

Result<void> check_owner(const std::string& folder, uid_t user) {
  struct stat found{};
  // One that is not there, or may not be looked at, is for others to complain of.
  if (::stat(folder.c_str(), &found) != 0 || found.st_uid == user) return {};
  const std::string owner = user_name(found.st_uid);
  return fail(ErrorCode::kInvalidConfig, "the mesh in " + folder + " belongs to " + owner +
                                             "; run this as " + owner +
                                             ", or name a mesh of your own with --dir");
}

}  // namespace seine::cli
