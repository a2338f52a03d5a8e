// SPDX-License-Identifier: Apache-2.0
#include "cli/state_dir.h"

#include <filesystem>

namespace seine::cli {
namespace {

std::string_view value(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string_view() : found->second;
}

std::string absolute(std::string_view path, std::string_view current_folder) {
  const std::filesystem::path whole = std::filesystem::path(current_folder) / path;
  std::string out = whole.lexically_normal();
  if (out.size() > 1 && out.back() == '/') out.pop_back();
  return out;
}

}  // namespace

Result<std::string> choose_state_dir(std::string_view flag, const Environment& environment,
                                     unsigned uid, std::string_view current_folder) {
  if (!flag.empty()) return absolute(flag, current_folder);
  if (const auto set = value(environment, "SEINE_DIR"); !set.empty()) {
    return absolute(set, current_folder);
  }
  if (uid == 0) return "/var/lib/seine";
  // The XDG specification ignores relative paths.
  if (const auto state = value(environment, "XDG_STATE_HOME"); state.starts_with('/')) {
    return absolute(std::string(state) + "/seine", "/");
  }
  if (const auto home = value(environment, "HOME"); home.starts_with('/')) {
    return absolute(std::string(home) + "/.local/state/seine", "/");
  }
  return fail(ErrorCode::kInvalidConfig,
              "there is no place for the mesh's state, since HOME is not set; give --dir DIR or "
              "set SEINE_DIR");
}

}  // namespace seine::cli
