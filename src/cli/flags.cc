// SPDX-License-Identifier: Apache-2.0
#include "cli/flags.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>

#include "base/nearest.h"
#include "cli/extensions.h"

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

// Whose verb it is: "objective" of "objective set"; empty of those that stand alone.
std::string_view group_of(std::string_view name) {
  const auto space = name.find(' ');
  return space == std::string_view::npos ? std::string_view() : name.substr(0, space);
}

std::unexpected<Error> unknown_verb(const std::string& word,
                                    std::span<const VerbDeclaration> verbs) {
  std::vector<std::string> names;
  for (const VerbDeclaration& verb : verbs) {
    if (!verb.hidden && group_of(verb.name).empty()) names.push_back(verb.name);
  }
  const std::string near = nearest(word, names);
  return fail(ErrorCode::kInvalidConfig, "there is no command \"" + word + "\" and no seine-" +
                                             word + " on PATH" +
                                             (near.empty() ? "; seine --help lists the commands"
                                                           : "; did you mean seine " + near + "?"));
}

std::unexpected<Error> unknown_in_group(const std::string& group, const std::string& word,
                                        std::span<const VerbDeclaration> verbs) {
  std::vector<std::string> names;
  std::string listed;
  for (const VerbDeclaration& verb : verbs) {
    if (group_of(verb.name) != group) continue;
    names.push_back(verb.name.substr(group.size() + 1));
    listed += (listed.empty() ? "" : ", ") + names.back();
  }
  const std::string near = nearest(word, names);
  return fail(ErrorCode::kInvalidConfig,
              group + ": there is no \"" + word + "\"" +
                  (near.empty() ? "; there are " + listed
                                : "; did you mean seine " + group + " " + near + "?"));
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

// The verb that the words at `at` name; a group where none of its verbs follows; null if no verb
// stands there. Error kInvalidConfig: the group has no such verb.
Result<const VerbDeclaration*> choose(std::span<const std::string> arguments, std::size_t at,
                                      const Declaration& globals,
                                      std::span<const VerbDeclaration> verbs) {
  if (at >= arguments.size()) return nullptr;
  const VerbDeclaration* first = find(verbs, arguments[at]);
  if (first == nullptr || !first->is_group) return first;
  const auto rest = arguments.subspan(at + 1);
  const std::size_t next = find_verb(rest, globals);
  if (next == rest.size()) return first;
  const VerbDeclaration* second = find(verbs, first->name + " " + rest[next]);
  if (second == nullptr) return unknown_in_group(first->name, rest[next], verbs);
  return second;
}

void add_verbs(CLI::App& app, std::span<const VerbDeclaration> verbs, bool may_require_words) {
  for (const VerbDeclaration& verb : verbs) {
    const std::string_view group = group_of(verb.name);
    CLI::App* parent = group.empty() ? &app : app.get_subcommand(std::string(group));
    const std::string own = group.empty() ? verb.name : verb.name.substr(group.size() + 1);
    CLI::App* subcommand = parent->add_subcommand(own, verb.summary);
    if (verb.hidden) subcommand->group("");
    if (verb.is_group) subcommand->require_subcommand(0, 1);
    subcommand->fallthrough();
    declare(*subcommand, verb.takes, may_require_words);
  }
}

// "objective set": what was asked for; empty if nothing was.
std::string chosen_name(const CLI::App& app) {
  std::string out;
  for (const CLI::App* at = &app; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    out += (out.empty() ? "" : " ") + at->get_name();
  }
  return out;
}

Result<Parsed> parse_with(CLI::App& app, std::span<const std::string> arguments,
                          std::string_view version, std::span<const VerbDeclaration> verbs) {
  // CLI11 takes the words from the back.
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    return PrintText{app.help()};
  } catch (const CLI::CallForVersion&) {
    return PrintText{std::string(version) + "\n"};
  } catch (const CLI::ParseError& error) {
    const std::string name = chosen_name(app);
    const std::string verb = name.empty() ? "" : name + ": ";
    const std::string help = name.empty() ? "" : " " + name;
    return fail(ErrorCode::kInvalidConfig,
                verb + one_line(error.what()) + "; see seine" + help + " --help");
  }
  const VerbDeclaration* chosen = find(verbs, chosen_name(app));
  if (chosen == nullptr || chosen->is_group) return PrintText{app.help()};
  return RunVerb{chosen->name};
}

}  // namespace

Result<Parsed> parse_flags(std::span<const std::string> arguments, const Declaration& globals,
                           std::span<const VerbDeclaration> verbs, std::string_view version) {
  const std::size_t at = find_verb(arguments, globals);
  if (auto refused = refuse_no_name(arguments, at)) return fail(*std::move(refused));
  const bool is_verb = at < arguments.size() && group_of(arguments[at]).empty() &&
                       find(verbs, arguments[at]) != nullptr;
  if (at < arguments.size() && !is_verb) {
    if (find_extension(arguments[at]).empty()) return unknown_verb(arguments[at], verbs);
    if (at > 0) {
      return fail(ErrorCode::kInvalidConfig, "flags go after the name of an extension: seine " +
                                                 arguments[at] + " " + arguments[0]);
    }
    return RunExtension{arguments[at], {arguments.begin() + 1, arguments.end()}};
  }
  // Words behind "--" are nobody's flags. CLI11 reads them as such where commands fall through.
  const auto chosen = choose(arguments, at, globals, verbs);
  if (!chosen) return fail(chosen.error());
  std::vector<std::string>* list = *chosen == nullptr ? nullptr : list_of(**chosen);
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
  add_verbs(app, verbs, behind.empty());
  const auto parsed = parse_with(app, ours, version, verbs);
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
