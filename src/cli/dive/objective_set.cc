// SPDX-License-Identifier: Apache-2.0
// seine objective set
#include <string>

#include "cli/dive/answer.h"
#include "cli/dive/dive_client.h"
#include "cli/dive/objective_draft.h"
#include "cli/dive/objective_output.h"
#include "cli/dive/objective_verbs.h"
#include "cli/dive/wrapped_text.h"

namespace seine::cli {
namespace {

constexpr char kNotes[] =
    "A success objective is of all requests, a latency objective of those that\n"
    "succeed. What its callers saw counts, where they are in the mesh. The name says\n"
    "whose it is; an objective of the same name and target is changed.\n"
    "\n"
    "  seine objective set svc/payments -n shop --success 99% --window 7d\n"
    "  seine objective set svc/payments -n shop --latency 50ms --quantile-share 99%\n"
    "  seine objective set deploy/web --success 99.9% --window month --dry-run";

class ObjectiveSet final : public Verb {
 public:
  VerbDeclaration declare() override {
    std::vector<Flag> flags = draft_.goal_flags();
    flags.push_back(
        {"--name", "NAME", "of the objective (default: made of these)", &draft_.name, {}});
    flags.push_back({"--description", "TEXT", "what it is for", &draft_.description, {}});
    flags.push_back(
        {"--dry-run", "", "say what would be, and change nothing", &draft_.is_dry_run, {}});
    flags.push_back(
        {"--allow-unknown", "", "also for what nobody has seen yet", &draft_.allows_unknown, {}});
    flags.push_back({"-o,--output", "FORMAT", "table or json", &output_, {"table", "json"}});
    return {.name = "objective set",
            .summary = "make or change one",
            .takes = {
                .flags = std::move(flags), .positionals = {draft_.target_word()}, .notes = kNotes}};
  }

  int run(const Invocation& invocation) override {
    const auto body = draft_.to_json(true);
    if (!body) return complain(body.error());
    const auto saved =
        ask_dive(invocation, {.method = "POST", .path = "/objectives", .body = *body});
    if (!saved) return complain(saved.error());
    const json::Array& warnings = list_at(*saved, "warnings");
    for (const json::Value& each : warnings) {
      if (const std::string* warning = each.string()) say("warning: " + *warning);
    }
    if (!warnings.empty()) {
      say("hint: " + propose() + " says which goals history would have kept");
    }
    if (output_ == "json") return print_document(*saved);
    if (const auto whole = check_answer(*saved, {"name", "action"}); !whole) {
      return complain(whole.error());
    }
    return print(text(*saved, invocation.terminal)) ? kExitOk : kExitFailure;
  }

 private:
  std::string propose() const {
    std::string out = "`seine objective propose " + draft_.target;
    if (!draft_.ns.empty()) out += " -n " + draft_.ns;
    if (!draft_.window.empty()) out += " --window " + draft_.window;
    if (!draft_.time_zone.empty()) out += " --time-zone " + draft_.time_zone;
    if (!draft_.latency.empty()) out += " --latency " + draft_.latency;
    return out + "`";
  }

  static std::string text(const json::Value& saved, const Terminal& terminal) {
    const json::Value& figures = object_at(object_at(saved, "objective"), "text");
    const std::size_t columns = text_columns(terminal);
    std::string out = saved_text(saved, terminal);
    if (text_at(saved, "was").empty()) out += sentence(text_at(figures, "goal"), columns);
    return out + sentence(text_at(figures, "allowance"), columns);
  }

  ObjectiveDraft draft_;
  std::string output_ = "table";
};

}  // namespace

std::unique_ptr<Verb> make_objective_set() {
  return std::make_unique<ObjectiveSet>();
}

}  // namespace seine::cli
