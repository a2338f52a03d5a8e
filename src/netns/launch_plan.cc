// SPDX-License-Identifier: Apache-2.0
#include "netns/launch_plan.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/file.h"
#include "netns/mount_points.h"

namespace seine::netns {

namespace {

constexpr std::size_t kMaxMountinfo = 4 << 20;
constexpr const char* kResolvConf = "/etc/resolv.conf";

// Name services that answer over a socket, past /etc/resolv.conf: the machine's answers, for names
// that only the mesh knows.
constexpr const char* kNameServices[] = {"/run/nscd", "/run/systemd/resolve"};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  all.reserve(texts.size() + 1);
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

bool is_within(const std::string& path, const std::string& folder) {
  return path.starts_with(folder + "/");
}

Result<void> plan_hidden(LaunchPlan& plan, const FileView& view) {
  const Result<std::string> mountinfo = read_file("/proc/self/mountinfo", kMaxMountinfo);
  if (!mountinfo) return fail(mountinfo.error());
  const auto hide = [&](const std::string& folder) -> Result<void> {
    Result<std::vector<std::string>> paths = paths_of_folder(folder, *mountinfo);
    if (!paths) return fail(paths.error());
    for (std::string& path : *paths) {
      if (std::ranges::find(plan.hidden, path) != plan.hidden.end()) continue;
      plan.hidden.push_back(std::move(path));
    }
    return {};
  };
  for (const std::string& folder : view.hidden) {
    if (Result<void> hidden = hide(folder); !hidden) return hidden;
  }
  for (const char* folder : kNameServices) {
    std::error_code error;
    if (!std::filesystem::is_directory(folder, error)) continue;
    if (Result<void> hidden = hide(folder); !hidden) return hidden;
  }
  return {};
}

// The folders between `folder` and a path below it.
std::vector<std::string> folders_between(const std::string& folder, const std::string& path) {
  std::vector<std::string> between;
  for (std::size_t at = path.find('/', folder.size() + 1); at != std::string::npos;
       at = path.find('/', at + 1)) {
    between.push_back(path.substr(0, at));
  }
  return between;
}

Result<void> plan_kept(LaunchPlan& plan, const FileView& view) {
  if (view.kept.size() > kMaxKept) {
    return fail(ErrorCode::kInvalidArgument,
                "of hidden folders at most " + std::to_string(kMaxKept) + " paths can be kept");
  }
  for (const std::string& given : view.kept) {
    std::error_code error;
    KeptPath kept{.path = std::filesystem::canonical(given, error).string()};
    const auto folder = std::ranges::find_if(
        plan.hidden, [&](const std::string& hidden) { return is_within(kept.path, hidden); });
    if (error || folder == plan.hidden.end()) {
      return fail(ErrorCode::kInvalidArgument,
                  "'" + given + "' is not there or not below a hidden folder");
    }
    kept.is_folder = std::filesystem::is_directory(kept.path, error);
    kept.parents = folders_between(*folder, kept.path);
    plan.kept.push_back(std::move(kept));
  }
  return {};
}

Result<void> plan_resolv_conf(LaunchPlan& plan, const FileView& view) {
  if (view.resolv_conf.empty()) return {};
  plan.resolv_conf = view.resolv_conf;
  std::error_code error;
  plan.resolv_target = std::filesystem::weakly_canonical(kResolvConf, error).string();
  if (error) plan.resolv_target = kResolvConf;
  for (const std::string& folder : plan.hidden) {
    if (!is_within(plan.resolv_target, folder)) continue;
    plan.resolv_is_hidden = true;
    plan.resolv_parents = folders_between(folder, plan.resolv_target);
    return {};
  }
  if (!std::filesystem::exists(plan.resolv_target, error)) {
    return fail(ErrorCode::kUnavailable, std::string(kResolvConf) +
                                             " is missing, and without it no program can be given "
                                             "one of its own; make an empty one");
  }
  return {};
}

std::string_view step_name(LaunchStep step) {
  switch (step) {
    case LaunchStep::kNamespaces: return "make its namespaces";
    case LaunchStep::kPrivateMounts: return "give it a view of the files of its own";
    case LaunchStep::kHideFolder: return "hide the state folder from it";
    case LaunchStep::kResolvConf: return "give it a resolv.conf";
    case LaunchStep::kMountProc:
      return "mount a /proc of its own (a container that masks /proc forbids it)";
    case LaunchStep::kIdentity: return "become its user";
    case LaunchStep::kUserNamespace: return "make its user namespace";
    case LaunchStep::kCapabilities: return "drop its capabilities";
    case LaunchStep::kWorkingDirectory: return "enter its working directory";
    case LaunchStep::kFork: return "fork it";
    case LaunchStep::kExecute: return "execute it";
  }
  return "start it";
}

}  // namespace

Exit explain_failure(LaunchStep step, int err, const std::string& program) {
  if (step == LaunchStep::kExecute && err == ENOENT) {
    return {127, "'" + program + "' is not there; give a path, or a name that is in PATH"};
  }
  if (step == LaunchStep::kExecute) {
    return {126, "'" + program + "' cannot be executed: " + std::string(errno_name(err))};
  }
  return {125, "cannot start '" + program + "': cannot " + std::string(step_name(step)) + ": " +
                   std::string(errno_name(err))};
}

int exit_code_of(int wait_status) {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

Result<LaunchPlan> LaunchPlan::make(const Launch& launch) {
  if (launch.argv.empty() || launch.argv.front().empty()) {
    return fail(ErrorCode::kInvalidArgument, "there is no program to start");
  }
  LaunchPlan plan;
  plan.argv_text = launch.argv;
  plan.environment_text = launch.environment;
  plan.argv = pointers(plan.argv_text);
  plan.environment = pointers(plan.environment_text);
  plan.working_directory = launch.working_directory;
  plan.opens_program = (!launch.view || launch.is_ours) && launch.argv.front().front() == '/';
  if (launch.view) {
    plan.has_view = true;
    if (Result<void> hidden = plan_hidden(plan, *launch.view); !hidden) {
      return fail(hidden.error());
    }
    if (Result<void> kept = plan_kept(plan, *launch.view); !kept) return fail(kept.error());
    if (Result<void> file = plan_resolv_conf(plan, *launch.view); !file) return fail(file.error());
  }
  plan.identity = launch.identity;
  plan.changes_identity = launch.identity != current_identity();
  plan.own_user_namespace = launch.own_user_namespace;
  const auto map_of = [](std::uint32_t id) {
    return std::to_string(id) + " " + std::to_string(id) + " 1\n";
  };
  plan.uid_map = map_of(launch.identity.uid);
  plan.gid_map = map_of(launch.identity.gid);
  plan.kept_capabilities = launch.kept_capabilities;
  // Only from ourselves: in the background, or with a pager behind a pipe, it is somebody else's.
  plan.takes_terminal = launch.takes_terminal && isatty(launch.input) == 1 &&
                        isatty(launch.output) == 1 && tcgetpgrp(launch.input) == getpgrp();
  plan.standard = {launch.input, launch.output, launch.errors};
  return plan;
}

Identity current_identity() {
  Identity identity{.uid = getuid(), .gid = getgid(), .groups = {}};
  const int count = getgroups(0, nullptr);
  if (count > 0) {
    identity.groups.resize(static_cast<std::size_t>(count));
    getgroups(count, identity.groups.data());
  }
  return identity;
}

std::string render_resolv_conf(const IpAddress& dns, std::string_view mesh_namespace,
                               std::string_view cluster_domain) {
  const std::string domain(cluster_domain);
  return "nameserver " + dns.to_string() + "\nsearch " + std::string(mesh_namespace) + ".svc." +
         domain + " svc." + domain + " " + domain + "\noptions ndots:5\n";
}

}  // namespace seine::netns
