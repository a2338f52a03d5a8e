// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/machine_users.h"

#include <grp.h>
#include <pwd.h>

#include <vector>

namespace seine::cli {
namespace {

// Members of a group are listed in it.
constexpr std::size_t kMaxEntry = 1 << 20;

}  // namespace

bool is_somebody(uid_t id) {
  std::vector<char> text(kMaxEntry);
  passwd user{};
  passwd* found_user = nullptr;
  getpwuid_r(id, &user, text.data(), text.size(), &found_user);
  if (found_user != nullptr) return true;
  group group{};
  struct group* found_group = nullptr;
  getgrgid_r(id, &group, text.data(), text.size(), &found_group);
  return found_group != nullptr;
}

std::optional<uid_t> choose_proxy_uid(const std::function<bool(uid_t)>& is_taken) {
  for (uid_t uid = kProxyUid; uid <= kLastProxyUid; ++uid) {
    if (!is_taken(uid)) return uid;
  }
  return std::nullopt;
}

std::string user_name(uid_t uid) {
  std::vector<char> text(kMaxEntry);
  passwd user{};
  passwd* found = nullptr;
  getpwuid_r(uid, &user, text.data(), text.size(), &found);
  return found != nullptr ? found->pw_name : "user " + std::to_string(uid);
}

}  // namespace seine::cli
