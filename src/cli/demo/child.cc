// SPDX-License-Identifier: Apache-2.0
#include "cli/demo/child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/descriptor.h"
#include "base/file.h"
#include "runtime/combine.h"

namespace seine::cli {

using namespace std::chrono_literals;

namespace {

constexpr Duration kLook = 20ms;
constexpr std::size_t kMaxOutput = 16 << 20;
constexpr int kCannotExecute = 126;

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (const std::string& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

// In the child: nothing but calls that are safe after a fork.
[[noreturn]] void become(char* const* argv, char* const* environment, int log, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(kCannotExecute);
  // Ctrl-C is ours to handle: a program of a demo ends when its turn comes.
  ::setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int empty = ::open("/dev/null", O_RDONLY);
  ::dup2(empty, STDIN_FILENO);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::execve(argv[0], argv, environment);
  ::_exit(kCannotExecute);
}

}  // namespace

Result<Child> Child::start(std::string name, const std::vector<std::string>& argv,
                           const std::vector<std::string>& more, std::string log_path) {
  const Descriptor log(
      ::open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!log) return fail_errno(ErrorCode::kUnavailable, errno, log_path + " cannot be written");
  std::vector<std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) environment.emplace_back(*entry);
  environment.insert(environment.end(), more.begin(), more.end());
  const auto arguments = pointers(argv), variables = pointers(environment);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return fail_errno(ErrorCode::kUnavailable, errno, name + " cannot be started");
  if (pid == 0) become(arguments.data(), variables.data(), log.get(), parent);
  return Child(std::move(name), pid, std::move(log_path));
}

Child::Child(Child&& other) noexcept
    : name_(std::move(other.name_)),
      pid_(std::exchange(other.pid_, 0)),
      log_path_(std::move(other.log_path_)),
      exit_code_(other.exit_code_) {}

Child::~Child() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

std::optional<int> Child::exit_code() {
  if (pid_ <= 0) return exit_code_;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) == pid_) {
    pid_ = 0;
    exit_code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }
  return exit_code_;
}

void Child::signal(int number) {
  if (!exit_code()) ::kill(pid_, number);
}

runtime::Task<std::optional<int>> Child::wait(runtime::EventLoop& loop, Duration patience) {
  const TimePoint given_up = loop.now() + patience;
  for (;;) {
    if (const auto code = exit_code()) co_return code;
    if (loop.now() > given_up) co_return std::nullopt;
    co_await runtime::sleep_for(loop, kLook);
  }
}

std::string Child::output() const {
  auto text = read_file(log_path_, kMaxOutput);
  return text ? *std::move(text) : std::string();
}

std::string Child::last_lines(std::size_t lines) const {
  std::string text = output();
  while (text.ends_with('\n')) text.pop_back();
  std::size_t at = text.size();
  while (lines-- > 0 && at != std::string::npos && at > 0) at = text.rfind('\n', at - 1);
  return at == std::string::npos || at == 0 ? text : text.substr(at + 1);
}

}  // namespace seine::cli
