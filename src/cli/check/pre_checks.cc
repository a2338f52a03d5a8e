// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "cli/check/mesh_checks.h"
#include "cli/check/program_output.h"
#include "cli/mesh/programs.h"
#include "cli/mesh/running_meshes.h"
#include "netns/address_range.h"
#include "netns/links.h"
#include "netns/namespace.h"
#include "netns/nft.h"
#include "netns/privileges.h"
#include "netns/user_namespace.h"

namespace seine::cli {

using namespace std::chrono_literals;
using runtime::Task;

namespace {

constexpr uid_t kAnyProxyUid = 2102;
constexpr std::chrono::hours kClockAllowance{24};

CheckVerdict range_is_free(Premises&) {
  auto netlink = netns::Netlink::open();
  if (!netlink) return fail(std::move(netlink.error()));
  const auto routes = netns::list_routes(*netlink);
  if (!routes) return fail(routes.error());
  auto plan = netns::choose_plan(*routes);
  if (!plan) return fail(std::move(plan.error()));
  return CheckAnswer::kHolds;
}

// Nothing of ours is older than the program itself.
CheckVerdict clock_is_plausible(Premises& premises) {
  struct stat self{};
  if (::stat("/proc/self/exe", &self) != 0) return CheckAnswer::kSkipped;
  const WallTime installed{std::chrono::seconds(self.st_mtim.tv_sec)};
  const WallTime now = premises.loop.clock().wall_now();
  if (now + kClockAllowance >= installed) return CheckAnswer::kHolds;
  return fail(ErrorCode::kUnavailable, "it is " + format_rfc3339(now) +
                                           " by it, which is before this program was installed");
}

// By making one. Where a user namespace of our own is needed this process moves in, as `seine up`
// does; nothing after it minds.
CheckVerdict namespaces_can_be_made(Premises& premises) {
  if (premises.has_namespace) return CheckAnswer::kHolds;
  if (!netns::may_make_namespaces()) {
    const auto entered = netns::enter_new_user_namespace(kAnyProxyUid);
    if (!entered) return fail(entered.error());
  }
  const auto made = netns::NetworkNamespace::create();
  if (!made) return fail(made.error());
  premises.has_namespace = true;
  return CheckAnswer::kHolds;
}

CheckVerdict rules_can_be_set(Premises& premises) {
  if (!premises.has_namespace) return CheckAnswer::kSkipped;
  const auto inside = netns::NetworkNamespace::create();
  if (!inside) return fail(inside.error());
  const auto ran = netns::run_nft(*inside,
                                  "table inet seine_check {\n"
                                  "  chain in {\n"
                                  "    type nat hook prerouting priority -100; policy accept;\n"
                                  "    meta l4proto 6 redirect to :4143\n"
                                  "  }\n"
                                  "}\n");
  if (!ran) return fail(ran.error());
  return CheckAnswer::kHolds;
}

Task<CheckVerdict> program_is_current(Premises& premises, std::string name) {
  const auto path = find_program(name, premises.environment);
  if (!path) co_return fail(path.error());
  const auto version = co_await program_output(premises.loop, {*path, "--version"},
                                               bare_environment(premises.environment, {}));
  if (!version) co_return fail(version.error());
  if (*version == premises.version) co_return CheckAnswer::kHolds;
  co_return fail(ErrorCode::kUnavailable,
                 *path + " is " + *version + ", this seine is " + premises.version);
}
[[clang::coro_wrapper]] Task<CheckVerdict> controller_is_current(Premises& premises) {
  return program_is_current(premises, "seine-controller");
}
[[clang::coro_wrapper]] Task<CheckVerdict> proxy_is_current(Premises& premises) {
  return program_is_current(premises, "seine-proxy");
}

// A mesh is whole without Dive, so one that is not installed is not looked for.
Task<CheckVerdict> program_is_current_if_there(Premises& premises, std::string name) {
  if (!find_program(name, premises.environment)) co_return CheckAnswer::kSkipped;
  co_return co_await program_is_current(premises, std::move(name));
}
[[clang::coro_wrapper]] Task<CheckVerdict> dive_is_current(Premises& premises) {
  return program_is_current_if_there(premises, "seine-dive");
}
[[clang::coro_wrapper]] Task<CheckVerdict> agent_is_current(Premises& premises) {
  return program_is_current_if_there(premises, "seine-dive-agent");
}

CheckVerdict no_mesh_runs(Premises& premises) {
  if (!mesh_runs(premises.folder)) return CheckAnswer::kHolds;
  return fail(ErrorCode::kUnavailable, "a mesh runs in " + premises.folder.path + " already");
}

// The folder, or that above it which is there.
std::filesystem::path existing(const std::string& folder) {
  std::filesystem::path path(folder);
  std::error_code failed;
  while (!std::filesystem::exists(path, failed) && path.has_relative_path()) {
    path = path.parent_path();
  }
  return path;
}

CheckVerdict folder_is_usable(Premises& premises) {
  const std::string& folder = premises.folder.path;
  const std::string found = existing(folder);
  if (found == folder) {
    auto usable = check_state_folder(folder);
    if (!usable) return fail(std::move(usable.error()));
    return CheckAnswer::kHolds;
  }
  if (::access(found.c_str(), W_OK | X_OK) == 0) return CheckAnswer::kHolds;
  return fail_errno(ErrorCode::kUnavailable, errno, folder + " cannot be made in " + found);
}

CheckVerdict folder_has_room(Premises& premises) {
  return check_room(existing(premises.folder.path));
}

CheckCategory machine_category(Premises& premises) {
  CheckCategory out{.name = "pre-machine", .checks = {}};
  out.checks.push_back({.description = "a range of addresses is free of the machine's routes",
                        .hint = "name a free one: seine up --network CIDR",
                        .look = look_by(premises, &range_is_free)});
  out.checks.push_back({.description = "the clock is plausible",
                        .hint = "set the clock: certificates are valid by it",
                        .look = look_by(premises, &clock_is_plausible)});
  out.checks.push_back({.description = "network namespaces can be made",
                        .hint = "be root, or let the kernel: sysctl user.max_user_namespaces=10000",
                        .look = look_by(premises, &namespaces_can_be_made)});
  out.checks.push_back({.description = "nft sets rules in them",
                        .hint = "install nftables; without user namespaces, be root",
                        .look = look_by(premises, &rules_can_be_set)});
  return out;
}

CheckCategory programs_category(Premises& premises) {
  CheckCategory out{.name = "pre-programs", .checks = {}};
  const std::string hint = "put the programs of one version into one folder";
  out.checks.push_back({.description = "seine-controller is there, of this version",
                        .hint = hint,
                        .look = look_by(premises, &controller_is_current)});
  out.checks.push_back({.description = "seine-proxy is there, of this version",
                        .hint = hint,
                        .look = look_by(premises, &proxy_is_current)});
  out.checks.push_back({.description = "seine-dive is of this version",
                        .hint = hint,
                        .look = look_by(premises, &dive_is_current)});
  out.checks.push_back({.description = "seine-dive-agent is of this version",
                        .hint = hint,
                        .look = look_by(premises, &agent_is_current)});
  return out;
}

CheckCategory folder_category(Premises& premises) {
  CheckCategory out{.name = "pre-state", .checks = {}};
  const std::string& path = premises.folder.path;
  out.checks.push_back({.description = "no mesh runs in " + path + " yet",
                        .hint = "use it with `seine run`, or choose another folder with --dir",
                        .look = look_by(premises, &no_mesh_runs)});
  out.checks.push_back({.description = "the state folder can be used",
                        .hint = "make it yours with mode 0700, or choose another with --dir",
                        .look = look_by(premises, &folder_is_usable)});
  out.checks.push_back({.description = "the state folder has room",
                        .hint = "free some space, or choose another folder with --dir",
                        .look = look_by(premises, &folder_has_room),
                        .is_warning = true});
  return out;
}

}  // namespace

std::vector<CheckCategory> pre_checks(Premises& premises) {
  std::vector<CheckCategory> out;
  // The last: a process that has moved into a user namespace still is who it was.
  out.push_back(folder_category(premises));
  out.push_back(programs_category(premises));
  out.push_back(machine_category(premises));
  return out;
}

}  // namespace seine::cli
