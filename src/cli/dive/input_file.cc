// SPDX-License-Identifier: Apache-2.0
#include "cli/dive/input_file.h"

#include <errno.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>

#include "base/file.h"
#include "base/utf8.h"

namespace seine::cli {
namespace {

std::unexpected<Error> too_long(const std::string& path, std::size_t limit) {
  return fail(ErrorCode::kInvalidConfig,
              fmt::format("{} has more than {} KiB", path == "-" ? "stdin" : path, limit >> 10));
}

Result<std::string> read_stdin(std::size_t limit) {
  std::string out;
  std::array<char, 16384> some{};
  for (;;) {
    const ssize_t size = ::read(STDIN_FILENO, some.data(), some.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return fail_errno(ErrorCode::kInvalidConfig, errno, "stdin cannot be read");
    if (size == 0) return out;
    out.append(some.data(), static_cast<std::size_t>(size));
    if (out.size() > limit) return too_long("-", limit);
  }
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto character = utf8_front(text);
    if (!character) return false;
    text.remove_prefix(character->length);
  }
  return true;
}

}  // namespace

Result<std::string> read_input(const std::string& path, std::size_t limit) {
  auto text = path == "-" ? read_stdin(limit) : read_file(path, limit);
  if (!text && text.error().code == ErrorCode::kLimit) return too_long(path, limit);
  if (text && !is_utf8(*text)) {
    return fail(ErrorCode::kInvalidConfig, (path == "-" ? "stdin" : path) + " is not UTF-8");
  }
  return text;
}

}  // namespace seine::cli
