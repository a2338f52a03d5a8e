// SPDX-License-Identifier: Apache-2.0
#include "cli/check/program_output.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <span>
#include <utility>

#include "base/descriptor.h"
#include "runtime/socket.h"

namespace seine::cli {
namespace {

using IoStatus = runtime::IoResult::Status;

// Ends with its owner.
class Child final : private runtime::FdWatcher {
 public:
  // By the system call: glibc 2.36 declares pidfd_open for C alone.
  Child(runtime::EventLoop& loop, pid_t pid)
      : loop_(loop), pid_(pid), fd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {
    if (!fd_ || !loop_.watch(fd_.get(), *this)) ended_ = true;
  }
  ~Child() {
    if (!is_reaped_) ::kill(pid_, SIGKILL);
    (void)reap();
    if (fd_) loop_.unwatch(fd_.get());
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Its wait status, once it has ended: many close their output some time before.
  runtime::Task<int> wait() {
    runtime::Waker waker(loop_);
    while (!ended_) {
      slot_.arm(waker);
      co_await waker.wait();
    }
    co_return reap();
  }

 private:
  void on_events(std::uint32_t) override {
    ended_ = true;
    slot_.wake();
  }
  int reap() {
    int status = 0;
    if (std::exchange(is_reaped_, true)) return status;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
  }

  runtime::EventLoop& loop_;
  const pid_t pid_;
  const Descriptor fd_;
  bool ended_ = false;
  bool is_reaped_ = false;
  runtime::WakeSlot slot_;
};

Result<pid_t> spawn(const std::vector<std::string>& argv, const std::vector<std::string>& variables,
                    int output) {
  const auto pointers = [](const std::vector<std::string>& words) {
    std::vector<char*> out;
    out.reserve(words.size() + 1);
    for (const std::string& word : words) out.push_back(const_cast<char*>(word.c_str()));
    out.push_back(nullptr);
    return out;
  };
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&files, output, 1);
  ::posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
  pid_t pid = 0;
  const int failed = ::posix_spawn(&pid, argv[0].c_str(), &files, nullptr, pointers(argv).data(),
                                   pointers(variables).data());
  ::posix_spawn_file_actions_destroy(&files);
  if (failed != 0) return fail_errno(ErrorCode::kUnavailable, failed, argv[0] + " does not start");
  return pid;
}

}  // namespace

runtime::Task<Result<std::string>> program_output(runtime::EventLoop& loop,
                                                  std::vector<std::string> argv,
                                                  std::vector<std::string> environment) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    co_return fail_errno(ErrorCode::kUnavailable, errno, "no socket for " + argv[0]);
  }
  Descriptor theirs(ends[1]);
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  runtime::Socket ours(loop, ends[0]);
  const Result<pid_t> pid = spawn(argv, environment, theirs.get());
  if (!pid) co_return fail(pid.error());
  Child child(loop, *pid);
  theirs.reset();
  runtime::Waker readable(loop);
  std::string text;
  std::array<std::byte, 4096> block{};
  for (;;) {
    const runtime::IoResult read = ours.try_read(block);
    if (read.status == IoStatus::kWouldBlock) {
      co_await runtime::read_ready(ours, readable);
      continue;
    }
    if (read.status != IoStatus::kOk) break;
    text.append(reinterpret_cast<const char*>(block.data()), read.bytes);
    if (text.size() > kMaxProgramOutput) {
      co_return fail(ErrorCode::kUnavailable, argv[0] + " says more than it should");
    }
  }
  const int status = co_await child.wait();
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    co_return fail(ErrorCode::kUnavailable, argv[0] + " failed");
  }
  while (text.ends_with('\n') || text.ends_with(' ')) text.pop_back();
  co_return text;
}

}  // namespace seine::cli
