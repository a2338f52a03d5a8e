// SPDX-License-Identifier: Apache-2.0
#include "cli/app.h"

#include <signal.h>

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/time.h"
#include "cli/extensions.h"
#include "cli/flags.h"
#include "cli/output.h"
#include "cli/state_dir.h"
#include "cli/verb.h"

namespace seine::cli {
namespace {

Environment read_environment(const char* const* entries) {
  Environment environment;
  for (; entries != nullptr && *entries != nullptr; ++entries) {
    const std::string_view text(*entries);
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) {
      environment.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  return environment;
}

void add(Verbs& verbs, Verbs more) {
  for (auto& verb : more) verbs.push_back(std::move(verb));
}

Verbs make_verbs() {
  Verbs verbs;
  verbs.push_back(make_up());
  verbs.push_back(make_run());
  verbs.push_back(make_demo());
  verbs.push_back(make_stat());
  verbs.push_back(make_edges_verb());
  verbs.push_back(make_tap());
  verbs.push_back(make_check());
  add(verbs, make_objective_verbs());
  add(verbs, make_event_verbs());
  verbs.push_back(make_dashboard());
  add(verbs, make_dive_verbs());
  verbs.push_back(make_version());
  verbs.push_back(make_completion());
  verbs.push_back(make_complete());
  return verbs;
}

}  // namespace

int run_cli(int argc, const char* const* argv, const char* const* environment,
            std::string_view version) {
  // `seine stat | head -1` ends with a failed write, not by a signal.
  ::signal(SIGPIPE, SIG_IGN);
  const SystemClock clock;
  std::string dir_flag;
  const Declaration globals{.flags = {{"--dir",
                                       "DIR",
                                       "the mesh's state folder (default: SEINE_DIR, else see up)",
                                       &dir_flag,
                                       {}}},
                            .positionals = {},
                            .notes = "Programs named seine-NAME on PATH are commands, too."};
  const auto verbs = make_verbs();
  std::vector<VerbDeclaration> declarations;
  declarations.reserve(verbs.size());
  for (const auto& verb : verbs) declarations.push_back(verb->declare());

  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const auto parsed = parse_flags(arguments, globals, declarations, version);
  if (!parsed) return complain(parsed.error());
  if (const auto* text = std::get_if<PrintText>(&*parsed)) {
    return print(text->text) ? kExitOk : kExitFailure;
  }
  if (const auto* extension = std::get_if<RunExtension>(&*parsed)) {
    ::signal(SIGPIPE, SIG_DFL);
    return exec_extension(find_extension(extension->name), extension->name, extension->arguments);
  }
  const Invocation invocation{.clock = clock,
                              .version = std::string(version),
                              .environment = read_environment(environment),
                              .terminal = Terminal::of_stdout(),
                              .dir_flag = dir_flag,
                              .globals = globals,
                              .verbs = declarations};
  const std::string& name = std::get<RunVerb>(*parsed).name;
  for (std::size_t i = 0; i < verbs.size(); ++i) {
    if (declarations[i].name == name) return verbs[i]->run(invocation);
  }
  return kExitFailure;
}

}  // namespace seine::cli
