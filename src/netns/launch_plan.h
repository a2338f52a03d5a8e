// SPDX-License-Identifier: Apache-2.0
// A launch in the form that the new process uses: plain arrays, all made beforehand. The process is
// forked from one that has threads, so until it executes the program it may call the kernel but
// not allocate.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "netns/launch.h"

namespace seine::netns {

// Where the new process stopped, for the sentence.
enum class LaunchStep : std::uint8_t {
  kNamespaces,
  kPrivateMounts,
  kHideFolder,
  kResolvConf,
  kMountProc,
  kIdentity,
  kUserNamespace,
  kCapabilities,
  kWorkingDirectory,
  kFork,
  kExecute,
};

// What the init sends over the channel: one packet.
struct LaunchNews {
  enum class Kind : std::uint8_t { kFailed, kEnded };
  Kind kind = Kind::kFailed;
  LaunchStep step = LaunchStep::kNamespaces;
  int value = 0;  // kFailed: an errno; kEnded: a status as waitpid(2) gives it
};

// What the user is told of a step that failed, and the exit code that goes with it.
Exit explain_failure(LaunchStep step, int err, const std::string& program);
// 128 + n for a signal, the code otherwise.
int exit_code_of(int wait_status);

// What stays of a hidden folder, and the folders down to it, from the outside in.
struct KeptPath {
  std::string path;
  bool is_folder = false;
  std::vector<std::string> parents;
};

class LaunchPlan {
 public:
  static Result<LaunchPlan> make(const Launch& launch);

  // The strings live in the plan; the arrays end with a null.
  std::vector<std::string> argv_text, environment_text;
  std::vector<char*> argv, environment;
  std::string working_directory;
  bool opens_program = false;  // with our rights, in case its user may not

  bool has_view = false;
  std::vector<std::string> hidden;
  std::vector<KeptPath> kept;
  std::string resolv_conf;
  // Where /etc/resolv.conf really is. Within a hidden folder it is made anew, with the folders
  // between, which are listed from the outside in; elsewhere it is covered.
  std::string resolv_target;
  std::vector<std::string> resolv_parents;
  bool resolv_is_hidden = false;

  Identity identity;
  // To set even one's own groups is refused in a user namespace that does not know them all.
  bool changes_identity = false;
  bool own_user_namespace = false;
  std::string uid_map, gid_map;
  std::uint64_t kept_capabilities = 0;
  bool takes_terminal = false;
  std::array<int, 3> standard{0, 1, 2};
};

}  // namespace seine::netns
