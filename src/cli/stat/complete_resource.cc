// SPDX-License-Identifier: Apache-2.0
#include "cli/stat/complete_resource.h"

#include <chrono>

#include "cli/mesh/running_meshes.h"
#include "cli/stat/read_mesh.h"
#include "telemetry/figures/stat_rows.h"

namespace seine::cli {

using telemetry::parse_kind;
using telemetry::resource_names;

std::vector<std::string> complete_resource(const Invocation& invocation, std::string_view word) {
  constexpr std::chrono::milliseconds kPatience{500};
  const auto slash = word.find('/');
  if (slash == std::string_view::npos) return {};
  const auto kind = parse_kind(word.substr(0, slash));
  if (!kind) return {};
  const auto folder = choose_mesh(invocation.dir_flag, invocation.environment);
  if (!folder) return {};
  const auto list = list_mesh(invocation.clock, *folder, kPatience);
  if (!list) return {};
  std::vector<std::string> out;
  for (const std::string& name : resource_names(*list, *kind, "")) {
    std::string whole = std::string(word.substr(0, slash + 1)) + name;
    if (whole.starts_with(word)) out.push_back(std::move(whole));
  }
  return out;
}

}  // namespace seine::cli
