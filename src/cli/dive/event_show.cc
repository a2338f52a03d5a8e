// SPDX-License-Identifier: Apache-2.0
// seine event show
#include <string>

#include "cli/dive/answer.h"
#include "cli/dive/dive_client.h"
#include "cli/dive/event_output.h"
#include "cli/dive/event_verbs.h"

namespace seine::cli {
namespace {

class EventShow final : public Verb {
 public:
  VerbDeclaration declare() override {
    return {.name = "event show",
            .summary = "one, with its description and comments",
            .takes = {
                .flags = {{"-o,--output", "FORMAT", "table or json", &output_, {"table", "json"}}},
                .positionals = {{.name = "ID",
                                 .help = "as `seine event list` has it",
                                 .target = &id_,
                                 .choices = {},
                                 .known = Known::kEvents}},
                .notes = "  seine event show process.17"}};
  }

  int run(const Invocation& invocation) override {
    const auto event = ask_dive(invocation, {.path = "/events/" + url_encoded(id_)});
    if (!event) return complain(event.error());
    if (output_ == "json") return print_document(*event);
    const auto whole = check_answer(*event, {"id", "title"});
    if (!whole) return complain(whole.error());
    const std::string card = event_card(*event, invocation.clock.wall_now(), invocation.terminal);
    return print(card) ? kExitOk : kExitFailure;
  }

 private:
  std::string id_;
  std::string output_ = "table";
};

}  // namespace

std::unique_ptr<Verb> make_event_show() {
  return std::make_unique<EventShow>();
}

}  // namespace seine::cli
