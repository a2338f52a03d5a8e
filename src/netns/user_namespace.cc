// SPDX-License-Identifier: Apache-2.0
#include "netns/user_namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <pwd.h>
#include <sched.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <string>
#include <vector>

#include "base/file.h"
#include "netns/privileges.h"

namespace seine::netns {

namespace {

constexpr std::size_t kMaxSubordinateFile = 1 << 20;

Result<void> write_proc(const char* path, const std::string& text) {
  const Descriptor file(::open(path, O_WRONLY | O_CLOEXEC));
  if (!file || ::write(file.get(), text.data(), text.size()) != std::ssize(text)) {
    return fail_errno(ErrorCode::kUnavailable, errno,
                      "cannot map ids into a user namespace: writing " + std::string(path));
  }
  return {};
}

std::optional<std::uint32_t> subordinate_id(const char* path, std::uint32_t id) {
  const Result<std::string> file = read_file(path, kMaxSubordinateFile);
  if (!file) return std::nullopt;
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> names{};
  getpwuid_r(getuid(), &entry, names.data(), names.size(), &found);
  return first_subordinate_id(*file, found != nullptr ? found->pw_name : "", id);
}

// "newuidmap PID own own 1 proxy subordinate 1"
bool run_mapper(const char* program, pid_t pid, std::uint32_t own, std::uint32_t proxy,
                std::uint32_t subordinate) {
  const std::string of = std::to_string(pid), mine = std::to_string(own),
                    inside = std::to_string(proxy), outside = std::to_string(subordinate);
  std::vector<char*> argv;
  for (const char* word : {program, of.c_str(), mine.c_str(), mine.c_str(), "1", inside.c_str(),
                           outside.c_str(), "1"}) {
    argv.push_back(const_cast<char*>(word));
  }
  argv.push_back(nullptr);
  // Its complaints are not ours: without it there is still the mark.
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t mapper = 0;
  const int failed = posix_spawnp(&mapper, program, &files, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  int status = 0;
  if (failed != 0 || waitpid(mapper, &status, 0) != mapper) return false;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// A child that stays in the outer namespace, where newuidmap has its power, and maps our second ids
// once we have left. Its exit code says which of the two worked.
class OuterMapper {
 public:
  static constexpr int kUids = 1;
  static constexpr int kGids = 2;

  OuterMapper(uid_t uid, gid_t gid, uid_t proxy) {
    const auto sub_uid = subordinate_id("/etc/subuid", uid);
    const auto sub_gid = subordinate_id("/etc/subgid", uid);
    std::array<int, 2> ends{};
    if (!sub_uid || !sub_gid || proxy == uid || pipe2(ends.data(), O_CLOEXEC) != 0) return;
    const Descriptor wait_end(ends[0]);
    go_.reset(ends[1]);
    const pid_t target = getpid();
    child_ = fork();
    if (child_ != 0) return;
    go_.reset();
    char byte = 0;
    if (read(wait_end.get(), &byte, 1) != 1) _exit(0);
    int done = 0;
    if (run_mapper("newuidmap", target, uid, proxy, *sub_uid)) done |= kUids;
    if (done != 0 && run_mapper("newgidmap", target, gid, proxy, *sub_gid)) done |= kGids;
    _exit(done);
  }
  ~OuterMapper() { finish(false); }

  // What it mapped.
  int finish(bool entered) {
    if (child_ <= 0) return 0;
    if (entered && write(go_.get(), "g", 1) != 1) entered = false;
    go_.reset();
    int status = 0;
    waitpid(child_, &status, 0);
    child_ = 0;
    return entered && WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  }

 private:
  Descriptor go_;
  pid_t child_ = 0;
};

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<std::uint32_t> first_subordinate_id(std::string_view file, std::string_view name,
                                                  std::uint32_t id) {
  while (!file.empty()) {
    std::string_view line = file.substr(0, file.find('\n'));
    file.remove_prefix(std::min(file.size(), line.size() + 1));
    const std::size_t first = line.find(':');
    const std::size_t second = line.rfind(':');
    if (first == std::string_view::npos || second == first) continue;
    const std::string_view who = line.substr(0, first);
    if ((name.empty() || who != name) && number(who) != id) continue;
    const auto start = number(line.substr(first + 1, second - first - 1));
    const auto count = number(line.substr(second + 1));
    if (start && *start != 0 && count && *count > 0) return start;
  }
  return std::nullopt;
}

Result<UserMapping> enter_new_user_namespace(uid_t wanted_proxy_uid) {
  UserMapping mapping{.uid = geteuid(), .gid = getegid()};
  OuterMapper mapper(mapping.uid, mapping.gid, wanted_proxy_uid);
  if (unshare(CLONE_NEWUSER) != 0) {
    return fail(explain_no_user_namespace(errno, read_sysctl));
  }
  const int mapped = mapper.finish(true);
  const auto own_line = [](std::uint32_t id) {
    return std::to_string(id) + " " + std::to_string(id) + " 1\n";
  };
  const bool both = mapped == (OuterMapper::kUids | OuterMapper::kGids);
  if (both) mapping.proxy_uid = wanted_proxy_uid;
  if ((mapped & OuterMapper::kUids) == 0) {
    if (Result<void> uids = write_proc("/proc/self/uid_map", own_line(mapping.uid)); !uids) {
      return fail(uids.error());
    }
  }
  if ((mapped & OuterMapper::kGids) == 0) {
    // The kernel's price for a gid map without a privilege: no setgroups(2) inside.
    if (Result<void> deny = write_proc("/proc/self/setgroups", "deny"); !deny) {
      return fail(deny.error());
    }
    if (Result<void> gids = write_proc("/proc/self/gid_map", own_line(mapping.gid)); !gids) {
      return fail(gids.error());
    }
  }
  return mapping;
}

Result<Descriptor> current_user_namespace() {
  Descriptor fd(::open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC));
  if (!fd) return fail_errno(ErrorCode::kUnavailable, errno, "cannot open our user namespace");
  return fd;
}

Result<void> join_user_namespace(const Descriptor& fd) {
  if (ioctl(fd.get(), NS_GET_NSTYPE) != CLONE_NEWUSER) {
    return fail(ErrorCode::kInvalidArgument, "the descriptor is no user namespace");
  }
  if (setns(fd.get(), CLONE_NEWUSER) == 0) return {};
  if (errno == EPERM) {
    return fail_errno(ErrorCode::kUnavailable, EPERM,
                      "the user namespace is not one of this user's: run as whoever runs "
                      "`seine up`");
  }
  return fail_errno(ErrorCode::kUnavailable, errno, "cannot join the user namespace");
}

}  // namespace seine::netns
