// SPDX-License-Identifier: Apache-2.0
// seine objective show
#include <string>
#include <utility>

#include "cli/dive/answer.h"
#include "cli/dive/dive_client.h"
#include "cli/dive/objective_output.h"
#include "cli/dive/objective_verbs.h"

namespace seine::cli {
namespace {

constexpr char kNotes[] =
    "The figures, what they mean in requests, what the callers and the servers saw,\n"
    "and whose the bad requests are. JSON is the objective, with \"evidence\" in it.\n"
    "\n"
    "  seine objective show shop-payments-success-7d\n"
    "  seine objective show shop-payments-success-7d -o wide    with an example of each";

class ObjectiveShow final : public Verb {
 public:
  VerbDeclaration declare() override {
    return {.name = "objective show",
            .summary = "how one does, and why",
            .takes = {.flags = {{"-o,--output",
                                 "FORMAT",
                                 "table, wide or json",
                                 &output_,
                                 {"table", "wide", "json"}}},
                      .positionals = {{.name = "NAME",
                                       .help = "of the objective",
                                       .target = &name_,
                                       .choices = {},
                                       .known = Known::kObjectives}},
                      .notes = kNotes}};
  }

  int run(const Invocation& invocation) override {
    const std::string path = "/objectives/" + url_encoded(name_);
    const auto objective = ask_dive(invocation, {.path = path});
    if (!objective) return complain(objective.error());
    const auto whole = check_answer(*objective, {"name", "state", "text"});
    if (!whole) return complain(whole.error());
    // It may have gone, or its counts may not be readable: the card is worth showing without.
    const auto evidence = ask_dive(invocation, {.path = path + "/evidence"});
    if (!evidence) complain(evidence.error());
    const json::Value known = evidence ? *evidence : json::Value();
    if (output_ == "json") {
      json::Object all = *objective->object();
      all.push_back({"evidence", known});
      const int code = print_document(json::Value(std::move(all)));
      return evidence ? code : kExitFailure;
    }
    const std::string card = objective_card(*objective, known, output_ == "wide",
                                            invocation.clock.wall_now(), invocation.terminal);
    return print(card) && evidence ? kExitOk : kExitFailure;
  }

 private:
  std::string name_;
  std::string output_ = "table";
};

}  // namespace

std::unique_ptr<Verb> make_objective_show() {
  return std::make_unique<ObjectiveShow>();
}

}  // namespace seine::cli
