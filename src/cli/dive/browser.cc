// SPDX-License-Identifier: Apache-2.0
#include "cli/dive/browser.h"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <array>

namespace seine::cli {

bool has_display(const Environment& environment) {
  for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY"}) {
    const auto found = environment.find(name);
    if (found != environment.end() && !found->second.empty()) return true;
  }
  return false;
}

bool open_browser(const std::string& url) {
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  for (const int fd : {0, 1, 2}) {
    ::posix_spawn_file_actions_addopen(&files, fd, "/dev/null", O_RDWR, 0);
  }
  // A session of its own: Ctrl-C is not for the browser.
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  std::string program = "xdg-open";
  std::string address = url;
  std::array<char*, 3> argv{program.data(), address.data(), nullptr};
  pid_t pid = 0;
  const int failed =
      ::posix_spawnp(&pid, program.c_str(), &files, &attributes, argv.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&files);
  return failed == 0;
}

}  // namespace seine::cli
