// SPDX-License-Identifier: Apache-2.0
// A program that the demo starts, with its output in a file.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"

namespace seine::cli {

// One loop. Ended by SIGTERM when we die, however we die; by SIGKILL when this is destroyed.
class Child {
 public:
  // The environment is ours, with `more` ("NAME=value") added. Output is appended to `log_path`,
  // which is made with mode 0600. Error kUnavailable: it cannot be started.
  static Result<Child> start(std::string name, const std::vector<std::string>& argv,
                             const std::vector<std::string>& more, std::string log_path);
  ~Child();
  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;

  const std::string& name() const { return name_; }
  // As a shell says it: 128 + n for signal n. Nothing while it runs.
  std::optional<int> exit_code();
  void signal(int number);
  // Its exit code; nothing if it still runs after `patience`.
  runtime::Task<std::optional<int>> wait(runtime::EventLoop& loop, Duration patience);
  // What it has said so far, or the last lines of it.
  std::string output() const;
  std::string last_lines(std::size_t lines) const;

 private:
  Child(std::string name, pid_t pid, std::string log_path)
      : name_(std::move(name)), pid_(pid), log_path_(std::move(log_path)) {}

  std::string name_;
  pid_t pid_;  // 0: reaped
  std::string log_path_;
  std::optional<int> exit_code_;
};

}  // namespace seine::cli
