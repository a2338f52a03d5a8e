// SPDX-License-Identifier: Apache-2.0
#include "cli/output.h"

#include <errno.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace seine::cli {
namespace {

constexpr std::size_t kNarrowest = 40;
constexpr std::size_t kWidest = 1000;

std::string_view variable(const char* name) {
  const char* value = ::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

// errno, or 0 when all was written.
int write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

bool locale_is_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    std::string value(variable(name));
    if (value.empty()) continue;
    std::ranges::transform(value, value.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return value.find("utf-8") != std::string::npos || value.find("utf8") != std::string::npos;
  }
  // Nothing said: containers and unit files leave it so, and what reads them knows UTF-8.
  return true;
}

std::size_t width_of(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return std::clamp<std::size_t>(size.ws_col, kNarrowest, kWidest);
}

// The length of the UTF-8 sequence at the start; 0 if there is none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t length = byte(0) < 0x80    ? 1
                             : byte(0) < 0xC2  ? 0
                             : byte(0) < 0xE0  ? 2
                             : byte(0) < 0xF0  ? 3
                             : byte(0) <= 0xF4 ? 4
                                               : 0;
  if (length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  return length;
}

}  // namespace

void say(std::string_view sentence) {
  write_all(STDERR_FILENO, printable(sentence) + "\n");
}

void complain(std::string_view sentence) {
  write_all(STDERR_FILENO, "seine: " + printable(sentence) + "\n");
}

int complain(const Error& error) {
  const bool is_usage = error.code == ErrorCode::kInvalidConfig;
  complain(is_usage ? error.message : error.to_string());
  return is_usage ? kExitUsage : kExitFailure;
}

bool print(std::string_view text) {
  const int err = write_all(STDOUT_FILENO, text);
  if (err != 0 && err != EPIPE) {
    complain("cannot write to stdout: " + std::string(errno_name(err)));
  }
  return err == 0;
}

Terminal Terminal::of_stdout() {
  Terminal terminal;
  terminal.is_tty = ::isatty(STDOUT_FILENO) == 1;
  terminal.has_colours =
      terminal.is_tty && variable("NO_COLOR").empty() && variable("TERM") != "dumb";
  terminal.columns = width_of(STDOUT_FILENO);
  terminal.is_utf8 = locale_is_utf8();
  return terminal;
}

std::string Terminal::paint(Colour colour, std::string_view text) const {
  static constexpr std::array<std::string_view, 6> kCodes{"", "31", "32", "33", "1", "2"};
  if (!has_colours || colour == Colour::kNone) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", kCodes[static_cast<std::size_t>(colour)], text);
}

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    const auto first = static_cast<unsigned char>(text[0]);
    const bool is_c1 = length == 2 && first == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0;
    if (length == 0 || first < 0x20 || first == 0x7F || is_c1) {
      for (std::size_t i = 0; i < std::max<std::size_t>(1, length); ++i) {
        out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[i]));
      }
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(1, length));
  }
  return out;
}

}  // namespace seine::cli
