// SPDX-License-Identifier: Apache-2.0
// What the command says: results on stdout, complaints on stderr, colours only on a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"

namespace seine::cli {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailure = 1;
inline constexpr int kExitUsage = 64;  // bad flags or configuration

// A sentence on stderr that is no complaint.
void say(std::string_view sentence);

// "seine: SENTENCE" on stderr; bytes that could drive a terminal are escaped.
void complain(std::string_view sentence);
// The same, and the exit code that belongs to the error.
int complain(const Error& error);

// All of it to stdout. False when nobody reads any more (a closed pipe) or the disk is full; the
// latter has been complained about.
[[nodiscard]] bool print(std::string_view text);

enum class Colour : unsigned char { kNone, kRed, kGreen, kYellow, kBold, kDim };

// What stdout is, found out once at the start.
struct Terminal {
  bool is_tty = false;
  bool has_colours = false;  // a tty, TERM is not dumb, NO_COLOR is not set
  std::size_t columns = 80;
  bool is_utf8 = true;  // by LC_ALL, LC_CTYPE, LANG; marks fall back to ASCII otherwise

  static Terminal of_stdout();
  // The text in that colour where there are colours.
  std::string paint(Colour colour, std::string_view text) const;
};

// Characters that could drive a terminal (C0, DEL, C1), turn what stands around them (U+202A to
// U+202E, U+2066 to U+2069), end a line (U+2028, U+2029), or cannot be seen (tags, U+FEFF) become
// \xNN, so that a request's path or a workload's label cannot.
std::string printable(std::string_view text);
// The same, but line feeds and tabs stay.
std::string printable_lines(std::string_view text);
// A JSON document in which these characters are escapes of JSON: it says the same.
std::string printable_json(std::string_view document);

}  // namespace seine::cli
