// SPDX-License-Identifier: Apache-2.0
#include "netns/user_names.h"

#include <pwd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <system_error>
#include <vector>

#include "base/file.h"

namespace seine::netns {
namespace {

constexpr std::string_view kUid = "uid ";
constexpr std::size_t kMaxMap = 64 * 1024;
constexpr std::size_t kMaxEntry = 64 * 1024;
constexpr std::size_t kMaxUserName = 256;

// Takes a number and the blanks before it from the front; 0 where there is none.
std::uint64_t take_number(std::string_view& text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return error == std::errc() ? number : 0;
}

}  // namespace

uid_t outside_user(uid_t uid, std::string_view uid_map) {
  while (!uid_map.empty()) {
    const std::size_t end = std::min(uid_map.find('\n'), uid_map.size());
    std::string_view line = uid_map.substr(0, end);
    const std::uint64_t inside = take_number(line);
    const std::uint64_t outside = take_number(line);
    const std::uint64_t count = take_number(line);
    if (uid >= inside && uid - inside < count) return static_cast<uid_t>(outside + uid - inside);
    uid_map.remove_prefix(std::min(end + 1, uid_map.size()));
  }
  return uid;
}

std::string user_name(uid_t uid) {
  std::vector<char> buffer(kMaxEntry);
  passwd entry{};
  passwd* found = nullptr;
  const int failed = ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
  if (failed != 0 || found == nullptr || found->pw_name[0] == '\0') return std::to_string(uid);
  return std::string(found->pw_name).substr(0, kMaxUserName);
}

std::string name_of_caller(std::string_view caller) {
  if (!caller.starts_with(kUid)) return {};
  const std::string_view number = caller.substr(kUid.size());
  uid_t uid = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), uid);
  if (error != std::errc() || end != number.data() + number.size()) return {};
  const auto map = read_file("/proc/self/uid_map", kMaxMap);
  return user_name(outside_user(uid, map ? *map : std::string_view()));
}

}  // namespace seine::netns
