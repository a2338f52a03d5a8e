// SPDX-License-Identifier: Apache-2.0
// seine objective export
#include <string>

#include "cli/dive/answer.h"
#include "cli/dive/dive_client.h"
#include "cli/dive/objective_verbs.h"

namespace seine::cli {
namespace {

class ObjectiveExport final : public Verb {
 public:
  VerbDeclaration declare() override {
    return {.name = "objective export",
            .summary = "all of them as a file",
            .takes = {.flags = {{"--format",
                                 "FORMAT",
                                 "yaml, which is ours, or openslo (default: yaml)",
                                 &format_,
                                 {"yaml", "openslo"}}},
                      .notes = "`seine objective apply -f` reads both.\n"
                               "\n"
                               "  seine objective export > objectives.yaml"}};
  }

  int run(const Invocation& invocation) override {
    const auto answer = ask_dive(invocation, {.path = "/objectives/export?format=" + format_});
    if (!answer) return complain(answer.error());
    const auto whole = check_answer(*answer, {"text"});
    if (!whole) return complain(whole.error());
    const std::string_view text = text_at(*answer, "text");
    // A file gets the bytes; a terminal must not be driven by a description.
    const bool printed =
        print(invocation.terminal.is_tty ? printable_lines(text) : std::string(text));
    return printed ? kExitOk : kExitFailure;
  }

 private:
  std::string format_ = "yaml";
};

}  // namespace

std::unique_ptr<Verb> make_objective_export() {
  return std::make_unique<ObjectiveExport>();
}

}  // namespace seine::cli
