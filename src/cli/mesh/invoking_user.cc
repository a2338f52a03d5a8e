// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/invoking_user.h"

#include <cstdlib>
#include <optional>
#include <string_view>

namespace seine::cli {

netns::Identity invoking_user(const Environment& environment) {
  netns::Identity identity = netns::current_identity();
  if (identity.uid != 0) return identity;
  const auto id_of = [&](std::string_view name) -> std::optional<unsigned> {
    const auto found = environment.find(name);
    if (found == environment.end() || found->second.empty()) return std::nullopt;
    char* end = nullptr;
    const unsigned long id = std::strtoul(found->second.c_str(), &end, 10);
    return *end == '\0' && id < 0xffff'ffff ? std::optional(static_cast<unsigned>(id))
                                            : std::nullopt;
  };
  const auto uid = id_of("SUDO_UID"), gid = id_of("SUDO_GID");
  if (!uid || !gid) return identity;
  return {.uid = *uid, .gid = *gid, .groups = {*gid}};
}

}  // namespace seine::cli
