// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/programs.h"

#include <unistd.h>

#include <filesystem>
#include <ranges>
#include <system_error>

namespace seine::cli {

Result<std::string> find_program(std::string_view name, const Environment& environment) {
  std::error_code failed;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", failed);
  if (!failed) {
    const std::string beside = self.parent_path() / name;
    if (::access(beside.c_str(), X_OK) == 0) return beside;
  }
  const auto path = environment.find("PATH");
  const std::string_view folders = path == environment.end() ? "" : std::string_view(path->second);
  for (const auto part : std::views::split(folders, ':')) {
    const std::string_view folder(part.begin(), part.end());
    if (!folder.starts_with('/')) continue;
    const std::string candidate = std::string(folder) + "/" + std::string(name);
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return fail(ErrorCode::kUnavailable, std::string(name) +
                                           " is neither beside seine nor on PATH; install it "
                                           "there");
}

std::vector<std::string> bare_environment(const Environment& environment,
                                          std::vector<std::string> more) {
  std::vector<std::string> out;
  for (const std::string_view name : {"PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ"}) {
    const auto found = environment.find(name);
    if (found != environment.end()) out.push_back(found->first + "=" + found->second);
  }
  for (std::string& entry : more) out.push_back(std::move(entry));
  return out;
}

}  // namespace seine::cli
