// SPDX-License-Identifier: Apache-2.0
#include "cli/extensions.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

#include "base/error.h"
#include "cli/output.h"

namespace seine::cli {
namespace {

constexpr std::string_view kPrefix = "seine-";
constexpr std::array<std::string_view, 4> kOwnPrograms{"proxy", "controller", "dive", "dive-agent"};

bool is_plain_word(std::string_view name) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  };
  return !name.empty() && name.front() != '-' && std::ranges::all_of(name, plain);
}

bool is_own(std::string_view name) {
  return std::ranges::find(kOwnPrograms, name) != kOwnPrograms.end();
}

bool is_program(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         ::access(path.c_str(), X_OK) == 0;
}

// The absolute folders of PATH: what lies in the current directory is not a command.
std::vector<std::string> path_folders() {
  const char* path = ::getenv("PATH");
  std::string_view left = path == nullptr ? "" : path;
  std::vector<std::string> folders;
  while (!left.empty()) {
    const auto colon = left.find(':');
    const std::string_view folder = left.substr(0, colon);
    if (folder.starts_with('/')) folders.emplace_back(folder);
    left.remove_prefix(colon == std::string_view::npos ? left.size() : colon + 1);
  }
  return folders;
}

}  // namespace

std::string find_extension(std::string_view name) {
  if (!is_plain_word(name) || is_own(name)) return {};
  for (const std::string& folder : path_folders()) {
    std::string path = folder + "/" + std::string(kPrefix) + std::string(name);
    if (is_program(path)) return path;
  }
  return {};
}

std::vector<std::string> list_extensions() {
  std::vector<std::string> names;
  for (const std::string& folder : path_folders()) {
    std::error_code failed;  // a folder that cannot be read has no commands
    std::filesystem::directory_iterator entry(folder, failed);
    for (; !failed && entry != std::filesystem::directory_iterator(); entry.increment(failed)) {
      const std::string file = entry->path().filename();
      if (!file.starts_with(kPrefix)) continue;
      const std::string name = file.substr(kPrefix.size());
      if (is_plain_word(name) && !is_own(name) && is_program(entry->path())) names.push_back(name);
    }
  }
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  return names;
}

int exec_extension(const std::string& program, const std::string& name,
                   const std::vector<std::string>& arguments) {
  std::string own_name = std::string(kPrefix) + name;
  std::vector<char*> argv{own_name.data()};
  std::vector<std::string> copies = arguments;
  for (std::string& argument : copies) argv.push_back(argument.data());
  argv.push_back(nullptr);
  ::execv(program.c_str(), argv.data());
  complain("cannot run " + program + ": " + std::string(errno_name(errno)));
  return kExitFailure;
}

}  // namespace seine::cli
