// SPDX-License-Identifier: Apache-2.0
// seine objective remove
#include <string>

#include "cli/dive/dive_client.h"
#include "cli/dive/objective_verbs.h"

namespace seine::cli {
namespace {

class ObjectiveRemove final : public Verb {
 public:
  VerbDeclaration declare() override {
    return {.name = "objective remove",
            .summary = "take one away",
            .takes = {.positionals = {{.name = "NAME",
                                       .help = "of the objective",
                                       .target = &name_,
                                       .choices = {},
                                       .known = Known::kObjectives}},
                      .notes = "The counts stay: the same objective, set again, is as before.\n"
                               "\n"
                               "  seine objective remove shop-payments-success-7d"}};
  }

  int run(const Invocation& invocation) override {
    const auto removed =
        ask_dive(invocation, {.method = "DELETE", .path = "/objectives/" + url_encoded(name_)});
    if (!removed) return complain(removed.error());
    return print("removed " + printable(name_) + "\n") ? kExitOk : kExitFailure;
  }

 private:
  std::string name_;
};

}  // namespace

std::unique_ptr<Verb> make_objective_remove() {
  return std::make_unique<ObjectiveRemove>();
}

}  // namespace seine::cli
