// SPDX-License-Identifier: Apache-2.0
// seine objective propose
#include <string>

#include "cli/dive/answer.h"
#include "cli/dive/dive_client.h"
#include "cli/dive/objective_draft.h"
#include "cli/dive/objective_output.h"
#include "cli/dive/objective_verbs.h"

namespace seine::cli {
namespace {

constexpr char kNotes[] =
    "Tries usual goals on the counts there are: the share of the last window in which\n"
    "each would have been met, and what would be left of its budget now. A goal of\n"
    "your own is tried with them.\n"
    "\n"
    "  seine objective propose svc/payments -n shop --window 7d\n"
    "  seine objective propose svc/payments -n shop --success 99.5%\n"
    "  seine objective propose svc/payments -n shop --latency 50ms";

class ObjectivePropose final : public Verb {
 public:
  VerbDeclaration declare() override {
    std::vector<Flag> flags = draft_.goal_flags();
    flags.push_back({"-o,--output", "FORMAT", "table or json", &output_, {"table", "json"}});
    return {.name = "objective propose",
            .summary = "goals that history would have kept",
            .takes = {
                .flags = std::move(flags), .positionals = {draft_.target_word()}, .notes = kNotes}};
  }

  int run(const Invocation& invocation) override {
    const auto body = draft_.to_json(false);
    if (!body) return complain(body.error());
    const auto proposals =
        ask_dive(invocation, {.method = "POST", .path = "/objectives/propose", .body = *body});
    if (!proposals) return complain(proposals.error());
    if (output_ == "json") return print_document(*proposals);
    if (const auto whole = check_answer(*proposals, {"goals"}); !whole) {
      return complain(whole.error());
    }
    const std::string text = proposal_text(*proposals, draft_.how_to_set(), invocation.terminal);
    return print(text) ? kExitOk : kExitFailure;
  }

 private:
  ObjectiveDraft draft_;
  std::string output_ = "table";
};

}  // namespace

std::unique_ptr<Verb> make_objective_propose() {
  return std::make_unique<ObjectivePropose>();
}

}  // namespace seine::cli
