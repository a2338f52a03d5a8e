// SPDX-License-Identifier: Apache-2.0
// A program under test, its standard error in a file.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace seine::integration {

struct Finished {
  int exit_code = -1;  // -1: ended by a signal
  std::string out;
  std::string err;
};

// Runs to its end. CHECKs that it starts.
Finished run(const std::string& program, std::vector<std::string> arguments);

// Lives until it is told to end; killed at the latest with this object.
class Child {
 public:
  Child(const std::string& program, std::vector<std::string> arguments, std::string log_path);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void signal(int number) const;
  bool running();
  // The exit code; waits. -1: ended by a signal.
  int wait();
  std::string log() const;

 private:
  pid_t pid_;
  std::string log_path_;
  bool reaped_ = false;
  int status_ = 0;
};

}  // namespace seine::integration
