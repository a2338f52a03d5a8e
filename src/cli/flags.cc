// SPDX-License-Identifier: Apache-2.0
#include "cli/flags.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>

#include "cli/extensions.h"
#include "cli/nearest.h"

namespace seine::cli {
namespace {

constexpr std::string_view kSummary =
    "Seine, a service mesh: mutual TLS, load balancing and golden metrics for programs you have.";

// CLI11's own conversions are templates that cost seconds to compile; ours take the words as they
// are.
CLI::callback_t store(const Target& target) {
  return [target](const std::vector<std::string>& words) {
    if (bool* const* found = std::get_if<bool*>(&target)) {
      **found = true;
    } else if (std::string* const* text = std::get_if<std::string*>(&target)) {
      **text = words.back();
    } else {
      *std::get<std::vector<std::string>*>(target) = words;
    }
    return true;
  };
}

void declare(CLI::App& app, const Flag& flag) {
  CLI::Option* option = app.add_option(flag.names, store(flag.target), flag.help);
  if (std::holds_alternative<bool*>(flag.target)) {
    option->expected(0)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  } else if (std::holds_alternative<std::string*>(flag.target)) {
    option->expected(1);
  } else {
    // One value each time the flag stands there; "--port 80 web" leaves the word alone.
    option->type_size(1)->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }
  if (!flag.placeholder.empty()) option->type_name(flag.placeholder);
  if (flag.choices.empty()) return;
  // CLI::IsMember would put the choices into the column of names.
  option->check(
      [choices = flag.choices](const std::string& value) {
        std::string listed;
        for (const std::string& choice : choices) {
          if (choice == value) return std::string();
          listed += (listed.empty() ? "" : ", ") + choice;
        }
        return "\"" + value + "\" is not one of " + listed;
      },
      "");
}

void declare(CLI::App& app, const Positional& positional, bool may_be_required) {
  CLI::Option* option = app.add_option(positional.name, store(positional.target), positional.help);
  if (std::holds_alternative<std::vector<std::string>*>(positional.target)) {
    // CLI11 gives a list that may be missing one word only, unless it is told that more may come.
    option->expected(1, CLI::detail::expected_max_vector_size)->allow_extra_args();
  }
  option->type_name("");
  if (positional.required && may_be_required) option->required();
}

void declare(CLI::App& app, const Declaration& takes, bool may_require_words) {
  for (const Flag& flag : takes.flags) declare(app, flag);
  for (const Positional& word : takes.positionals) declare(app, word, may_require_words);
  app.footer(takes.notes);
}

// The list that takes the words behind "--"; null if the verb has none.
std::vector<std::string>* list_of(const VerbDeclaration& verb) {
  for (const Positional& positional : verb.takes.positionals) {
    auto* const* list = std::get_if<std::vector<std::string>*>(&positional.target);
    if (list != nullptr) return *list;
  }
  return nullptr;
}

std::string one_line(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  while (!text.empty() && (text.back() == ' ' || text.back() == '.')) text.pop_back();
  return text;
}

std::unexpected<Error> unknown_verb(const std::string& word,
                                    std::span<const VerbDeclaration> verbs) {
  std::vector<std::string> names;
  for (const VerbDeclaration& verb : verbs) {
    if (!verb.hidden) names.push_back(verb.name);
  }
  const std::string near = nearest(word, names);
  return fail(ErrorCode::kInvalidConfig, "there is no command \"" + word + "\" and no seine-" +
                                             word + " on PATH" +
                                             (near.empty() ? "; seine --help lists the commands"
                                                           : "; did you mean seine " + near + "?"));
}

// Where the verb stands: the first word that is neither a global flag nor the value of one, or
// "--", behind which none can follow.
std::size_t find_verb(std::span<const std::string> arguments, const Declaration& globals) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (!arguments[i].starts_with("-") || arguments[i] == "-" || arguments[i] == "--") return i;
    for (const Flag& flag : globals.flags) {
      const auto names = split_names(flag.names);
      const bool takes_next =
          !flag.placeholder.empty() && std::ranges::find(names, arguments[i]) != names.end();
      if (takes_next) ++i;
    }
  }
  return arguments.size();
}

// What stands in a command's place and can be no command's name.
std::optional<Error> refuse_no_name(std::span<const std::string> arguments, std::size_t at) {
  if (at == arguments.size()) return std::nullopt;
  if (arguments[at].empty()) {
    return make_error(ErrorCode::kInvalidConfig,
                      "the command is empty; seine --help lists the commands");
  }
  if (arguments[at] != "--") return std::nullopt;
  return make_error(
      ErrorCode::kInvalidConfig,
      "a command comes before \"--\", not behind it; seine --help lists the commands");
}

const VerbDeclaration* find(std::span<const VerbDeclaration> verbs, std::string_view name) {
  const auto found = std::ranges::find(verbs, name, &VerbDeclaration::name);
  return found == verbs.end() ? nullptr : &*found;
}

Result<Parsed> parse_with(CLI::App& app, std::span<const std::string> arguments,
                          std::string_view version) {
  // CLI11 takes the words from the back.
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  const auto chosen = [&app] {
    const auto subcommands = app.get_subcommands();
    return subcommands.empty() ? &app : subcommands.front();
  };
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    return PrintText{app.help()};
  } catch (const CLI::CallForVersion&) {
    return PrintText{std::string(version) + "\n"};
  } catch (const CLI::ParseError& error) {
    const std::string verb = chosen() == &app ? "" : chosen()->get_name() + ": ";
    const std::string help = chosen() == &app ? "" : " " + chosen()->get_name();
    return fail(ErrorCode::kInvalidConfig,
                verb + one_line(error.what()) + "; see seine" + help + " --help");
  }
  if (chosen() == &app) return PrintText{app.help()};
  return RunVerb{chosen()->get_name()};
}

}  // namespace

Result<Parsed> parse_flags(std::span<const std::string> arguments, const Declaration& globals,
                           std::span<const VerbDeclaration> verbs, std::string_view version) {
  const std::size_t at = find_verb(arguments, globals);
  if (auto refused = refuse_no_name(arguments, at)) return fail(*std::move(refused));
  if (at < arguments.size() && find(verbs, arguments[at]) == nullptr) {
    if (find_extension(arguments[at]).empty()) return unknown_verb(arguments[at], verbs);
    if (at > 0) {
      return fail(ErrorCode::kInvalidConfig, "flags go after the name of an extension: seine " +
                                                 arguments[at] + " " + arguments[0]);
    }
    return RunExtension{arguments[at], {arguments.begin() + 1, arguments.end()}};
  }
  // Words behind "--" are nobody's flags. CLI11 reads them as such where commands fall through.
  const VerbDeclaration* chosen = at < arguments.size() ? find(verbs, arguments[at]) : nullptr;
  std::vector<std::string>* list = chosen == nullptr ? nullptr : list_of(*chosen);
  const auto dashes = list == nullptr ? arguments.end() : std::ranges::find(arguments, "--");
  const std::span<const std::string> ours(arguments.begin(), dashes);
  const std::span<const std::string> behind =
      dashes == arguments.end() ? std::span<const std::string>()
                                : std::span<const std::string>(dashes + 1, arguments.end());
  CLI::App app{std::string(kSummary), "seine"};
  app.set_help_flag("-h,--help", "print this help");
  app.set_version_flag("--version", std::string(version), "print the version of this program");
  app.fallthrough();
  app.require_subcommand(0, 1);
  declare(app, globals, true);
  for (const VerbDeclaration& verb : verbs) {
    CLI::App* subcommand = app.add_subcommand(verb.name, verb.summary);
    if (verb.hidden) subcommand->group("");
    subcommand->fallthrough();
    declare(*subcommand, verb.takes, behind.empty());
  }
  const auto parsed = parse_with(app, ours, version);
  if (parsed && !behind.empty()) list->insert(list->end(), behind.begin(), behind.end());
  return parsed;
}

std::vector<std::string> split_names(std::string_view names) {
  std::vector<std::string> out;
  while (!names.empty()) {
    const auto comma = names.find(',');
    out.emplace_back(names.substr(0, comma));
    names.remove_prefix(comma == std::string_view::npos ? names.size() : comma + 1);
  }
  return out;
}

}  // namespace seine::cli
