// SPDX-License-Identifier: Apache-2.0
// One command of `seine`. A verb owns the values of its flags, so it is made for one invocation.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "cli/flags.h"
#include "cli/output.h"
#include "cli/state_dir.h"

namespace seine::cli {

// What every verb may use; outlives it.
struct Invocation {
  const Clock& clock;
  std::string version;
  Environment environment;
  Terminal terminal;
  std::string dir_flag;  // --dir as given; choose_state_dir() makes it a folder
  // All there is to say on a command line: for completion.
  const Declaration& globals;
  const std::vector<VerbDeclaration>& verbs;
};

class Verb {
 public:
  virtual ~Verb() = default;
  // Called once; the targets of the flags are members of this.
  virtual VerbDeclaration declare() = 0;
  // The exit code; whatever went wrong has been complained about.
  virtual int run(const Invocation& invocation) = 0;
};

// The word before the verbs of a group; the summary and the notes are its help.
std::unique_ptr<Verb> make_group(std::string name, std::string summary, std::string notes = {});

std::unique_ptr<Verb> make_check();
std::unique_ptr<Verb> make_dashboard();
std::unique_ptr<Verb> make_demo();
std::unique_ptr<Verb> make_edges_verb();
std::unique_ptr<Verb> make_run();
std::unique_ptr<Verb> make_stat();
std::unique_ptr<Verb> make_tap();
std::unique_ptr<Verb> make_up();
std::unique_ptr<Verb> make_version();
std::unique_ptr<Verb> make_completion();
std::unique_ptr<Verb> make_complete();  // hidden: what the shells ask

// Groups with what is in them.
using Verbs = std::vector<std::unique_ptr<Verb>>;
Verbs make_objective_verbs();
Verbs make_event_verbs();
Verbs make_dive_verbs();

}  // namespace seine::cli
