// SPDX-License-Identifier: Apache-2.0
// Calls the kernel, and nothing that allocates: see launch_plan.h.
#include "netns/launch_init.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace seine::netns {

namespace {

// Each step returns 0 or an errno.
int result_of(long rc) {
  return rc < 0 ? errno : 0;
}

int write_file(const char* path, const char* text, std::size_t size, int flags) {
  const int file = open(path, flags | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0444);
  if (file < 0) return errno;
  const int err = write(file, text, size) == static_cast<ssize_t>(size) ? 0 : EIO;
  close(file);
  return err;
}

int make_mounts_private() {
  if (unshare(CLONE_NEWNS) != 0) return errno;
  return result_of(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr));
}

constexpr unsigned long kBare = MS_NOSUID | MS_NODEV | MS_NOEXEC;

using KeptTrees = std::array<int, kMaxKept>;

// Held by descriptors while what they lie in is being covered.
int hold_kept(const LaunchPlan& plan, KeptTrees& trees) {
  for (std::size_t i = 0; i < plan.kept.size(); ++i) {
    trees[i] = open_tree(AT_FDCWD, plan.kept[i].path.c_str(),
                         OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
    if (trees[i] < 0) return errno;
  }
  return 0;
}

int make_folders(const std::vector<std::string>& folders) {
  for (const std::string& folder : folders) {
    if (mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST) return errno;
  }
  return 0;
}

int show_kept(const LaunchPlan& plan, const KeptTrees& trees) {
  for (std::size_t i = 0; i < plan.kept.size(); ++i) {
    const KeptPath& kept = plan.kept[i];
    if (const int err = make_folders(kept.parents)) return err;
    const int err = kept.is_folder ? result_of(mkdir(kept.path.c_str(), 0755))
                                   : write_file(kept.path.c_str(), "", 0, O_CREAT);
    if (err != 0) return err;
    if (move_mount(trees[i], "", AT_FDCWD, kept.path.c_str(), MOVE_MOUNT_F_EMPTY_PATH) != 0) {
      return errno;
    }
    close(trees[i]);
    if (mount(nullptr, kept.path.c_str(), nullptr, MS_REMOUNT | MS_BIND | kBare, nullptr) != 0) {
      return errno;
    }
  }
  return 0;
}

int hide_folders(const LaunchPlan& plan) {
  for (const std::string& folder : plan.hidden) {
    if (mount("tmpfs", folder.c_str(), "tmpfs", kBare, "size=64k,mode=0755") != 0) return errno;
  }
  return 0;
}

int seal_folders(const LaunchPlan& plan) {
  for (const std::string& folder : plan.hidden) {
    if (mount(nullptr, folder.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | kBare,
              nullptr) != 0) {
      return errno;
    }
  }
  return 0;
}

// A file that is to be covered needs another to cover it with: it is made on a file system in
// memory that lies where /proc will be, and is out of sight once that is mounted.
int give_resolv_conf(const LaunchPlan& plan) {
  const std::string& text = plan.resolv_conf;
  if (text.empty()) return 0;
  if (plan.resolv_is_hidden) {
    if (const int err = make_folders(plan.resolv_parents)) return err;
    return write_file(plan.resolv_target.c_str(), text.data(), text.size(), O_CREAT);
  }
  if (mount("tmpfs", "/proc", "tmpfs", kBare, "size=64k,mode=0755") != 0) return errno;
  constexpr const char* kSource = "/proc/resolv.conf";
  if (const int err = write_file(kSource, text.data(), text.size(), O_CREAT)) return err;
  const char* target = plan.resolv_target.c_str();
  if (mount(kSource, target, nullptr, MS_BIND, nullptr) != 0) return errno;
  return result_of(
      mount(nullptr, target, nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | kBare, nullptr));
}

// Read-only /proc/sys: root without capabilities may still write most of it.
int mount_proc() {
  if (mount("proc", "/proc", "proc", kBare, nullptr) != 0) return errno;
  if (mount("/proc/sys", "/proc/sys", nullptr, MS_BIND, nullptr) != 0) return errno;
  return result_of(
      mount(nullptr, "/proc/sys", nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | kBare, nullptr));
}

int limit_bounding_set(std::uint64_t kept) {
  for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; ++capability) {
    if ((kept >> capability & 1) != 0) continue;
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) return errno;
  }
  return 0;
}

// The raw calls: glibc's would look for threads that are not there any more.
int become(const Identity& identity) {
  if (syscall(SYS_setgroups, identity.groups.size(), identity.groups.data()) != 0) return errno;
  if (syscall(SYS_setresgid, identity.gid, identity.gid, identity.gid) != 0) return errno;
  if (syscall(SYS_setresuid, identity.uid, identity.uid, identity.uid) != 0) return errno;
  return 0;
}

int enter_user_namespace(const LaunchPlan& plan) {
  // What we are forked from may have changed its uid, and then /proc/self is not ours.
  prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  if (unshare(CLONE_NEWUSER) != 0) return errno;
  if (const int err = write_file("/proc/self/setgroups", "deny", 4, 0)) return err;
  const std::string &uids = plan.uid_map, &gids = plan.gid_map;
  if (const int err = write_file("/proc/self/uid_map", uids.data(), uids.size(), 0)) return err;
  return write_file("/proc/self/gid_map", gids.data(), gids.size(), 0);
}

int keep_capabilities(std::uint64_t kept) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const auto low = static_cast<std::uint32_t>(kept), high = static_cast<std::uint32_t>(kept >> 32);
  const __user_cap_data_struct data[2] = {{low, low, low}, {high, high, high}};
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  if (syscall(SYS_capset, &header, data) != 0) return errno;
  for (int capability = 0; capability < 64; ++capability) {
    if ((kept >> capability & 1) == 0) continue;
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) != 0) return errno;
  }
  return 0;
}

class Init {
 public:
  Init(const LaunchPlan& plan, int channel) : plan_(plan), channel_(channel) {}

  [[noreturn]] void run() {
    block_signals();
    set_up();
    start();
    for (;;) serve();
  }

 private:
  [[noreturn]] void fail(LaunchStep step, int err) {
    tell({.kind = LaunchNews::Kind::kFailed, .step = step, .value = err});
    _exit(125);
  }
  void require(LaunchStep step, int err) {
    if (err != 0) fail(step, err);
  }
  void tell(const LaunchNews& news) { send(channel_, &news, sizeof news, MSG_NOSIGNAL); }

  void block_signals() {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, nullptr);
  }

  void set_up() {
    // What is wrong with it is told when it is executed.
    if (plan_.opens_program) file_ = open(plan_.argv[0], O_PATH | O_CLOEXEC);
    if (plan_.has_view) {
      require(LaunchStep::kPrivateMounts, make_mounts_private());
      KeptTrees kept{};
      require(LaunchStep::kHideFolder, hold_kept(plan_, kept));
      require(LaunchStep::kHideFolder, hide_folders(plan_));
      require(LaunchStep::kHideFolder, show_kept(plan_, kept));
      require(LaunchStep::kResolvConf, give_resolv_conf(plan_));
      require(LaunchStep::kHideFolder, seal_folders(plan_));
      require(LaunchStep::kMountProc, mount_proc());
    } else {
      enter_working_directory();
    }
    if (plan_.own_user_namespace) {
      require(LaunchStep::kUserNamespace, enter_user_namespace(plan_));
    }
    require(LaunchStep::kCapabilities, limit_bounding_set(plan_.kept_capabilities));
    if (plan_.changes_identity && !plan_.own_user_namespace && plan_.kept_capabilities == 0) {
      require(LaunchStep::kIdentity, become(plan_.identity));
    }
    require(LaunchStep::kCapabilities, keep_capabilities(plan_.kept_capabilities));
    require(LaunchStep::kCapabilities, result_of(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)));
    if (plan_.has_view) enter_working_directory();
    // This process has the memory of the one that forked it. The program, which has the same uid,
    // may not look into it.
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    keep_descriptors();
  }

  void enter_working_directory() {
    require(LaunchStep::kWorkingDirectory, result_of(chdir(plan_.working_directory.c_str())));
  }

  // Standard ones as the plan has them, the channel, and nothing else.
  void keep_descriptors() {
    const int channel = fcntl(channel_, F_DUPFD_CLOEXEC, 64);
    int held[3];
    for (int i = 0; i < 3; ++i) held[i] = fcntl(plan_.standard[i], F_DUPFD_CLOEXEC, 65);
    require(LaunchStep::kFork, channel < 0 ? EMFILE : 0);
    channel_ = channel;
    for (int i = 0; i < 3; ++i) {
      if (held[i] < 0)
        close(i);
      else
        dup2(held[i], i);
    }
    // Above the channel, so that what is between them can be closed.
    const int file = file_ < 0 ? channel_ : fcntl(file_, F_DUPFD_CLOEXEC, channel_ + 1);
    require(LaunchStep::kFork, file < 0 ? EMFILE : 0);
    syscall(SYS_close_range, 3, channel_ - 1, 0);
    if (file > channel_ + 1) syscall(SYS_close_range, channel_ + 1, file - 1, 0);
    syscall(SYS_close_range, file + 1, ~0U, 0);
    file_ = file > channel_ ? file : -1;
  }

  void start() {
    int ends[2];
    require(LaunchStep::kFork, result_of(pipe2(ends, O_CLOEXEC)));
    program_ = _Fork();
    if (program_ < 0) fail(LaunchStep::kFork, errno);
    if (program_ == 0) execute(ends[1]);
    close(ends[1]);
    int err = 0;
    // The pipe closes with the exec.
    if (read(ends[0], &err, sizeof err) == sizeof err) fail(LaunchStep::kExecute, err);
    close(ends[0]);
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    children_ = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    require(LaunchStep::kFork, children_ < 0 ? errno : 0);
  }

  [[noreturn]] void execute(int trouble) {
    setpgid(0, 0);
    if (plan_.takes_terminal) tcsetpgrp(0, getpid());  // SIGTTOU is blocked still
    for (int number = 1; number < NSIG; ++number) signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    environ = const_cast<char**>(plan_.environment.data());
    execvp(plan_.argv[0], plan_.argv.data());
    int err = errno;
    // By its path first: older kernels would name the process after the descriptor.
    if ((err == EACCES || err == ENOENT) && file_ >= 0) {
      syscall(SYS_execveat, file_, "", plan_.argv.data(), environ, AT_EMPTY_PATH);
      err = errno;
    }
    if (write(trouble, &err, sizeof err) != sizeof err) _exit(125);
    _exit(127);
  }

  void serve() {
    pollfd both[2] = {{.fd = channel_, .events = POLLIN, .revents = 0},
                      {.fd = children_, .events = POLLIN, .revents = 0}};
    if (poll(both, 2, -1) < 0) return;
    if (both[1].revents != 0) reap();
    if (both[0].revents != 0) obey();
  }

  void reap() {
    signalfd_siginfo info;
    while (read(children_, &info, sizeof info) == sizeof info) {
    }
    int status = 0;
    for (pid_t child; (child = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0;) {
      if (child != program_) continue;
      if (WIFSTOPPED(status)) {
        // Ctrl-Z: no shell is there that could bring it back.
        if (WSTOPSIG(status) == SIGTSTP) kill(-program_, SIGCONT);
        continue;
      }
      tell({.kind = LaunchNews::Kind::kEnded, .value = status});
      _exit(0);  // the kernel ends what the program left behind
    }
  }

  void obey() {
    unsigned char number = 0;
    const ssize_t got = recv(channel_, &number, 1, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) _exit(125);
    if (got == 1) kill(-program_, number);
  }

  const LaunchPlan& plan_;
  int channel_;
  int file_ = -1;  // the program, where it was opened with our rights
  int children_ = -1;
  pid_t program_ = 0;
};

}  // namespace

void run_init(const LaunchPlan& plan, int channel) {
  Init(plan, channel).run();
}

}  // namespace seine::netns
