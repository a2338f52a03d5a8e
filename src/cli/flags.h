// SPDX-License-Identifier: Apache-2.0
// What a verb takes on its command line, as values: parsing, help and shell completion all read the
// same declaration. flags.cc is the only file that sees CLI11.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace seine::cli {

// A bool is set, a string takes one value, a vector several.
using Target = std::variant<bool*, std::string*, std::vector<std::string>*>;

// "-n,--namespace NS   help". A bool is a switch, a string takes one value, a vector repeats.
struct Flag {
  std::string names;        // "-n,--namespace"
  std::string placeholder;  // "NS"; empty for a switch
  std::string help;         // without a trailing stop
  Target target;
  std::vector<std::string> choices;  // if not empty, the value is one of these
};

// Where the shells find candidates that only a running program knows.
enum class Known : unsigned char { kNothing, kObjectives, kEvents };

// A word without a dash, in the order of declaration. A vector takes all that are left.
struct Positional {
  std::string name;  // "RESOURCE"
  std::string help;
  bool required = true;
  Target target;                     // no bool
  std::vector<std::string> choices;  // for completion only
  Known known = Known::kNothing;     // for completion only
};

// The targets belong to the verb and outlive this.
struct Declaration {
  std::vector<Flag> flags;
  std::vector<Positional> positionals;
  std::string notes;  // below the flags in the help; examples
};

// "stat"; or a group, as "objective", and what is in it: "objective set", with one space. A group
// stands before its verbs, takes nothing and is never run.
struct VerbDeclaration {
  std::string name;
  std::string summary;
  bool hidden = false;
  bool is_group = false;
  Declaration takes;
};

// What to do: run a verb, print a text and end well, or hand over to a program on PATH.
struct RunVerb {
  std::string name;
};
struct PrintText {
  std::string text;
};
struct RunExtension {
  std::string name;                    // "viz": the program is seine-viz
  std::vector<std::string> arguments;  // untouched
};
using Parsed = std::variant<RunVerb, PrintText, RunExtension>;

// `arguments` without the program's name. `globals` are understood before and after the verb.
// Errors are kInvalidConfig: one sentence that names the verb.
Result<Parsed> parse_flags(std::span<const std::string> arguments, const Declaration& globals,
                           std::span<const VerbDeclaration> verbs, std::string_view version);

// "-n,--namespace" is {"-n", "--namespace"}.
std::vector<std::string> split_names(std::string_view names);

}  // namespace seine::cli
