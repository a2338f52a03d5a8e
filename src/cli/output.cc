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
#include <cstdint>

#include "base/utf8.h"

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

// What may not reach a terminal as it is, see printable().
bool is_dangerous(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF ||
         (code & ~char32_t{0x7F}) == 0xE0000;
}

// Characters of `allowed` stay.
std::string escaped(std::string_view text, std::string_view allowed) {
  std::string out;
  while (!text.empty()) {
    const auto character = utf8_front(text);
    const std::size_t length = character ? character->length : 1;
    if (character && (!is_dangerous(character->code) || allowed.contains(text.front()))) {
      out += text.substr(0, length);
    } else {
      for (const char byte : text.substr(0, length)) {
        out += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
      }
    }
    text.remove_prefix(length);
  }
  return out;
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
  return escaped(text, "");
}

std::string printable_lines(std::string_view text) {
  return escaped(text, "\n\t");
}

std::string printable_json(std::string_view document) {
  std::string out;
  while (!document.empty()) {
    const auto character = utf8_front(document);
    const std::size_t length = character ? character->length : 1;
    const char32_t code = character ? character->code : 0xFFFD;
    if (character && !is_dangerous(code)) {
      out += document.substr(0, length);
    } else if (code < 0x10000) {
      out += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(code));
    } else {
      const auto offset = static_cast<std::uint32_t>(code) - 0x10000;
      out += fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (offset >> 10), 0xDC00 + (offset & 0x3FF));
    }
    document.remove_prefix(length);
  }
  return out;
}

}  // namespace seine::cli
