// SPDX-License-Identifier: Apache-2.0
#include "base/complain.h"

#include <unistd.h>

#include <string>

#include "base/log.h"

namespace seine {

void print(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

int complain(std::string_view program, const Error& error) {
  std::string line(program);
  line += ": ";
  // Quotes and backslashes stay as they are, since nothing encloses the sentence; what could forge
  // a line or drive a terminal does not.
  for (const char c : error.message) {
    line += c == '"' || c == '\\' ? std::string(1, c) : escape_text(std::string_view(&c, 1));
  }
  if (error.cause == Error::Cause::kErrno) line.append(": ").append(errno_name(error.cause_code));
  print(STDERR_FILENO, line + "\n");
  const bool is_config = error.code == ErrorCode::kInvalidConfig || error.code == ErrorCode::kLimit;
  return is_config ? kExitConfig : kExitFailure;
}

}  // namespace seine
