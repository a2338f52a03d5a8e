// SPDX-License-Identifier: Apache-2.0
// What may stand at the end of a half-written command line.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/flags.h"

namespace seine::cli {

struct Candidate {
  std::string word;
  std::string help;  // may be empty
  bool operator==(const Candidate&) const = default;
};

// The words of `line` follow the program's name, whole or, as bash has them, with each "=" of a
// flag as a word of its own; the last one is being written and may be empty. Verbs and
// `extensions` where a verb stands, else flags of the verb and the globals that are not there yet,
// the choices of a flag's value or of a positional. Empty after "--": files are the shell's.
std::vector<Candidate> candidates(std::span<const std::string> line, const Declaration& globals,
                                  std::span<const VerbDeclaration> verbs,
                                  std::span<const std::string> extensions);

// What kind of name the last word is, where only a running program can tell the candidates.
Known known_at_end(std::span<const std::string> line, const Declaration& globals,
                   std::span<const VerbDeclaration> verbs);

// What a global flag that takes a value was given on the line, the last word aside; empty: nothing.
std::string given_value(std::span<const std::string> line, std::string_view flag);

}  // namespace seine::cli
