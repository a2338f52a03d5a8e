// SPDX-License-Identifier: Apache-2.0
// seine dive backup and restore: the work is done by seine-dive, which alone reads its store.
#include <signal.h>

#include <string>
#include <utility>
#include <vector>

#include "cli/dive/dive_client.h"
#include "cli/dive/dive_verbs.h"
#include "cli/extensions.h"
#include "cli/mesh/programs.h"
#include "cli/mesh/running_meshes.h"

namespace seine::cli {
namespace {

struct StoreAction {
  std::string name;  // of the verb here and of the command there
  std::string summary;
  std::string file_help;
  std::string notes;
};

class DiveStore final : public Verb {
 public:
  explicit DiveStore(StoreAction action) : action_(std::move(action)) {}

  VerbDeclaration declare() override {
    return {.name = "dive " + action_.name,
            .summary = action_.summary,
            .takes = {
                .flags = {{"--database",
                           "URL",
                           "of a Dive on PostgreSQL (default: the file in the state folder)",
                           &database_,
                           {}}},
                .positionals =
                    {{.name = "FILE", .help = action_.file_help, .target = &file_, .choices = {}}},
                .notes = action_.notes}};
  }

  int run(const Invocation& invocation) override {
    const auto folder = choose_mesh(invocation.dir_flag, invocation.environment);
    if (!folder) return complain(folder.error());
    const auto program = find_program("seine-dive", invocation.environment);
    if (!program) return complain(program.error());
    std::vector<std::string> arguments{action_.name, "--state-dir", dive_folder(folder->path)};
    if (!database_.empty()) arguments.insert(arguments.end(), {"--database", database_});
    // A file may be called as a flag is.
    arguments.push_back(file_.starts_with('-') ? "./" + file_ : file_);
    ::signal(SIGPIPE, SIG_DFL);
    return exec_extension(*program, "dive", arguments);
  }

 private:
  const StoreAction action_;
  std::string database_;
  std::string file_;
};

}  // namespace

std::unique_ptr<Verb> make_dive_backup() {
  return std::make_unique<DiveStore>(StoreAction{
      .name = "backup",
      .summary = "write all that Dive keeps to a file",
      .file_help = "to write",
      .notes = "The file is of one moment. One that is there is replaced once the new one\n"
               "is whole.\n"
               "\n"
               "  seine dive backup /safe/dive.backup"});
}

std::unique_ptr<Verb> make_dive_restore() {
  return std::make_unique<DiveStore>(StoreAction{
      .name = "restore",
      .summary = "make Dive's store of such a file",
      .file_help = "that `seine dive backup` has written",
      .notes = "All of it or nothing, into a store that has nothing yet. Stop the mesh\n"
               "before.\n"
               "\n"
               "  seine dive restore /safe/dive.backup"});
}

}  // namespace seine::cli
