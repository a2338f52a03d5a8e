// SPDX-License-Identifier: Apache-2.0
// seine objective list
#include <string>

#include "cli/dive/answer.h"
#include "cli/dive/dive_client.h"
#include "cli/dive/objective_output.h"
#include "cli/dive/objective_verbs.h"

namespace seine::cli {
namespace {

class ObjectiveList final : public Verb {
 public:
  VerbDeclaration declare() override {
    return {.name = "objective list",
            .summary = "all of them",
            .takes = {.flags = {{"-o,--output",
                                 "FORMAT",
                                 "table, wide or json",
                                 &output_,
                                 {"table", "wide", "json"}}},
                      .notes = "  seine objective list -o wide"}};
  }

  int run(const Invocation& invocation) override {
    const auto answer = ask_dive(invocation, {.path = "/objectives"});
    if (!answer) return complain(answer.error());
    const auto whole = check_answer(*answer, {"objectives"});
    if (!whole) return complain(whole.error());
    if (output_ == "json") return print_document(*answer->find("objectives"));
    const json::Array& objectives = list_at(*answer, "objectives");
    if (objectives.empty()) {
      say("There are no objectives. `seine objective propose svc/NAME -n NS` finds one to begin "
          "with.");
      return kExitOk;
    }
    const std::string text = objective_table(objectives, output_ == "wide", invocation.terminal);
    return print(text) ? kExitOk : kExitFailure;
  }

 private:
  std::string output_ = "table";
};

}  // namespace

std::unique_ptr<Verb> make_objective_list() {
  return std::make_unique<ObjectiveList>();
}

}  // namespace seine::cli
