// SPDX-License-Identifier: Apache-2.0
#include "child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

#include "base/check.h"
#include "base/file.h"
#include "base/temporary_folder.h"

namespace seine::integration {
namespace {

constexpr std::size_t kMaxOutput = 16 << 20;

pid_t start(const std::string& program, std::vector<std::string>& arguments, const char* out,
            const char* err) {
  std::vector<char*> argv{const_cast<char*>(program.c_str())};
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const pid_t pid = ::fork();
  SEINE_CHECK(pid >= 0, "the test can fork");
  if (pid > 0) return pid;
  constexpr int kFlags = O_CREAT | O_WRONLY | O_APPEND;
  ::dup2(::open(out, kFlags, 0600), STDOUT_FILENO);
  ::dup2(::open(err, kFlags, 0600), STDERR_FILENO);
  ::execv(program.c_str(), argv.data());
  ::_exit(127);
}

int exit_code(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

Finished run(const std::string& program, std::vector<std::string> arguments) {
  const TemporaryFolder folder = TemporaryFolder::make("child").value();
  const std::string out = folder.path() + "/out";
  const std::string err = folder.path() + "/err";
  const pid_t pid = start(program, arguments, out.c_str(), err.c_str());
  int status = 0;
  SEINE_CHECK(::waitpid(pid, &status, 0) == pid, "the child is ours");
  return {exit_code(status), read_file(out, kMaxOutput).value_or(""),
          read_file(err, kMaxOutput).value_or("")};
}

Child::Child(const std::string& program, std::vector<std::string> arguments, std::string log_path)
    : pid_(start(program, arguments, log_path.c_str(), log_path.c_str())),
      log_path_(std::move(log_path)) {}

Child::~Child() {
  if (reaped_) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, &status_, 0);
}

void Child::signal(int number) const {
  ::kill(pid_, number);
}

bool Child::running() {
  if (!reaped_) reaped_ = ::waitpid(pid_, &status_, WNOHANG) == pid_;
  return !reaped_;
}

int Child::wait() {
  if (!reaped_) reaped_ = ::waitpid(pid_, &status_, 0) == pid_;
  return exit_code(status_);
}

std::string Child::log() const {
  return read_file(log_path_, kMaxOutput).value_or("");
}

}  // namespace seine::integration
