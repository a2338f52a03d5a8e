// SPDX-License-Identifier: Apache-2.0
// Sentences in lines that fit a terminal. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "cli/output.h"

namespace seine::cli {

// The width that text for people is broken at: a terminal's, but no more than lines that are easy
// to read; 80 of a pipe.
std::size_t text_columns(const Terminal& terminal);

// The words of `text`, made printable, in lines of at most `columns` that begin with `indent`, each
// ended by "\n". Line feeds in it stay, blanks between words become one. A word that is longer than
// a line is not cut. Empty for empty text.
std::string wrapped(std::string_view text, std::size_t columns, std::string_view indent = "");

// The same for one of our sentences, which come without a full stop: it gets one.
std::string sentence(std::string_view text, std::size_t columns);

}  // namespace seine::cli
