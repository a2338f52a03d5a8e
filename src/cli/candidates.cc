// SPDX-License-Identifier: Apache-2.0
#include "cli/candidates.h"

#include <algorithm>
#include <string_view>

namespace seine::cli {
namespace {

bool is_switch(const Flag& flag) {
  return std::holds_alternative<bool*>(flag.target);
}

bool repeats(const Flag& flag) {
  return std::holds_alternative<std::vector<std::string>*>(flag.target);
}

const Flag* find_flag(std::string_view word, const Declaration& takes) {
  for (const Flag& flag : takes.flags) {
    const auto names = split_names(flag.names);
    if (std::ranges::find(names, word) != names.end()) return &flag;
  }
  return nullptr;
}

// Where the line stands before its last word.
struct Position {
  const VerbDeclaration* verb = nullptr;
  bool is_foreign = false;             // an extension's, or behind "--"
  const Flag* awaits_value = nullptr;  // of this flag
  std::size_t positionals = 0;
  std::vector<const Flag*> given;
};

const Flag* find_flag(std::string_view word, const Position& at, const Declaration& globals) {
  const Flag* flag = at.verb == nullptr ? nullptr : find_flag(word, at.verb->takes);
  return flag != nullptr ? flag : find_flag(word, globals);
}

void step(Position& at, const std::string& word, const Declaration& globals,
          std::span<const VerbDeclaration> verbs) {
  if (at.awaits_value != nullptr) {
    at.awaits_value = nullptr;
  } else if (word == "--") {
    at.is_foreign = true;
  } else if (word.starts_with("-")) {
    const Flag* flag = find_flag(word.substr(0, word.find('=')), at, globals);
    if (flag == nullptr) return;
    at.given.push_back(flag);
    if (!is_switch(*flag) && word.find('=') == std::string::npos) at.awaits_value = flag;
  } else if (at.verb == nullptr || at.verb->is_group) {
    const std::string name = at.verb == nullptr ? word : at.verb->name + " " + word;
    const auto found = std::ranges::find(verbs, name, &VerbDeclaration::name);
    if (found == verbs.end()) at.is_foreign = true;
    if (found != verbs.end()) at.verb = &*found;
  } else {
    ++at.positionals;
  }
}

// Bash ends a word at "=", and hands "--output=ta" over as "--output", "=", "ta", where "=" can be
// the last. The "=" says no more than that a value follows, which the flag before it has said.
std::vector<std::string> without_equals(std::span<const std::string> words) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool splits_flag = words[i] == "=" && i > 0 && words[i - 1].starts_with("--") &&
                             words[i - 1].size() > 2 && !words[i - 1].contains('=');
    if (!splits_flag) out.push_back(words[i]);
    if (splits_flag && i + 1 == words.size()) out.emplace_back();
  }
  return out;
}

void add(std::vector<Candidate>& out, std::string_view prefix, std::string word,
         std::string_view help) {
  if (word.starts_with(prefix)) out.push_back({std::move(word), std::string(help)});
}

void add_flags(std::vector<Candidate>& out, std::string_view prefix, const Declaration& takes,
               const Position& at) {
  for (const Flag& flag : takes.flags) {
    const bool is_there = std::ranges::find(at.given, &flag) != at.given.end();
    if (is_there && !repeats(flag)) continue;
    // The long name says more.
    add(out, prefix, split_names(flag.names).back(), flag.help);
  }
}

void add_verbs(std::vector<Candidate>& out, std::string_view prefix,
               std::span<const VerbDeclaration> verbs, std::span<const std::string> extensions) {
  for (const VerbDeclaration& verb : verbs) {
    const bool is_in_group = verb.name.contains(' ');
    if (!verb.hidden && !is_in_group) add(out, prefix, verb.name, verb.summary);
  }
  for (const std::string& name : extensions) add(out, prefix, name, "seine-" + name);
}

void add_verbs_of(std::vector<Candidate>& out, std::string_view prefix, const std::string& group,
                  std::span<const VerbDeclaration> verbs) {
  for (const VerbDeclaration& verb : verbs) {
    if (!verb.name.starts_with(group + " ")) continue;
    add(out, prefix, verb.name.substr(group.size() + 1), verb.summary);
  }
}

Position position_of_last(std::span<const std::string> words, const Declaration& globals,
                          std::span<const VerbDeclaration> verbs) {
  Position at;
  for (const std::string& word : words.first(words.size() - 1)) step(at, word, globals, verbs);
  return at;
}

}  // namespace

std::vector<Candidate> candidates(std::span<const std::string> line, const Declaration& globals,
                                  std::span<const VerbDeclaration> verbs,
                                  std::span<const std::string> extensions) {
  if (line.empty()) return {};
  const std::vector<std::string> words = without_equals(line);
  const Position at = position_of_last(words, globals, verbs);
  const std::string& last = words.back();
  std::vector<Candidate> out;
  if (at.is_foreign) return out;
  if (at.awaits_value != nullptr) {
    for (const std::string& choice : at.awaits_value->choices) add(out, last, choice, "");
  } else if (last.starts_with("-")) {
    if (at.verb != nullptr) add_flags(out, last, at.verb->takes, at);
    add_flags(out, last, globals, at);
    add(out, last, "--help", "print help");
  } else if (at.verb == nullptr) {
    add_verbs(out, last, verbs, extensions);
  } else if (at.verb->is_group) {
    add_verbs_of(out, last, at.verb->name, verbs);
  } else if (at.positionals < at.verb->takes.positionals.size()) {
    for (const auto& choice : at.verb->takes.positionals[at.positionals].choices) {
      add(out, last, choice, "");
    }
  }
  return out;
}

Known known_at_end(std::span<const std::string> line, const Declaration& globals,
                   std::span<const VerbDeclaration> verbs) {
  const std::vector<std::string> words = without_equals(line);
  if (words.empty()) return Known::kNothing;
  const Position at = position_of_last(words, globals, verbs);
  const bool is_word = !at.is_foreign && at.awaits_value == nullptr && at.verb != nullptr &&
                       !words.back().starts_with("-");
  if (!is_word || at.positionals >= at.verb->takes.positionals.size()) return Known::kNothing;
  return at.verb->takes.positionals[at.positionals].known;
}

std::string given_value(std::span<const std::string> line, std::string_view flag) {
  const std::vector<std::string> words = without_equals(line);
  std::string out;
  for (std::size_t i = 0; i + 1 < words.size() && words[i] != "--"; ++i) {
    const std::string_view word = words[i];
    if (word == flag && i + 2 < words.size()) {
      out = words[++i];
    } else if (word.starts_with(flag) && word.substr(flag.size()).starts_with('=')) {
      out = word.substr(flag.size() + 1);
    }
  }
  return out;
}

}  // namespace seine::cli
