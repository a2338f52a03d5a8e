// SPDX-License-Identifier: Apache-2.0
#include "control/telemetry/kept_counts.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "control/telemetry/source_messages.h"
#include "control/telemetry/telemetry_limits.h"
#include "crypto/digest.h"

namespace seine::control {
namespace {

constexpr std::string_view kSuffix = ".counts";

bool write_whole(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

Result<KeptCounts> KeptCounts::open(std::string folder) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return fail_errno(ErrorCode::kInvalidConfig, errno, folder + " cannot be made");
  }
  struct stat info{};
  if (::lstat(folder.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
    return fail(ErrorCode::kInvalidConfig, folder + " is not a folder");
  }
  return KeptCounts(std::move(folder));
}

std::vector<std::unique_ptr<Source>> KeptCounts::load(TableBudgets& budgets, const Log& log) const {
  std::vector<std::unique_ptr<Source>> sources;
  std::error_code failed;
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, failed)) {
    std::string path = entry.path().string();
    if (path.ends_with(kSuffix)) paths.push_back(std::move(path));
    if (paths.size() == kMaxSources) break;
  }
  for (const std::string& path : paths) {
    const auto file = read_file(path, kMaxKeptBytes);
    auto source = file ? decode_kept(*file, budgets)
                       : Result<std::unique_ptr<Source>>(std::unexpected(file.error()));
    if (source) {
      sources.push_back(*std::move(source));
      continue;
    }
    const std::string aside = path + ".damaged";
    std::rename(path.c_str(), aside.c_str());
    log_error(log, "the counts of a proxy are damaged: the file was moved aside, and they are lost",
              {{"file", path}, {"now", aside}, {"reason", source.error().message}});
  }
  return sources;
}

Result<void> KeptCounts::store(const Source& source) const {
  const std::string path = path_of(id_of(source));
  const std::string temporary = path + ".tmp";
  const std::string content = encode_kept(source);
  constexpr int kFlags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC;
  const int fd = ::open(temporary.c_str(), kFlags, 0600);
  const bool written = fd >= 0 && write_whole(fd, content);
  int error = errno;
  if (fd >= 0) ::close(fd);
  if (written && std::rename(temporary.c_str(), path.c_str()) == 0) return {};
  if (written) error = errno;
  ::unlink(temporary.c_str());
  return fail_errno(ErrorCode::kUnavailable, error, path + " cannot be written");
}

void KeptCounts::remove(const SourceId& id) const {
  ::unlink(path_of(id).c_str());
}

std::string KeptCounts::path_of(const SourceId& id) const {
  constexpr std::string_view kDigits = "0123456789abcdef";
  constexpr std::size_t kOctets = 16;
  // Names have no octet of 0.
  const crypto::Sha256 digest = crypto::sha256(id.ns + '\0' + id.pod + '\0' + id.instance);
  std::string name;
  for (std::size_t i = 0; i < kOctets; ++i) {
    name.push_back(kDigits[digest[i] >> 4]);
    name.push_back(kDigits[digest[i] & 15]);
  }
  return folder_ + "/" + name + std::string(kSuffix);
}

}  // namespace seine::control
