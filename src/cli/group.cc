// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "cli/verb.h"

namespace seine::cli {
namespace {

class Group final : public Verb {
 public:
  Group(std::string name, std::string summary, std::string notes)
      : name_(std::move(name)), summary_(std::move(summary)), notes_(std::move(notes)) {}

  VerbDeclaration declare() override {
    return {.name = name_, .summary = summary_, .is_group = true, .takes = {.notes = notes_}};
  }
  // Nobody does: without one of its verbs a group is a question for help.
  int run(const Invocation&) override { return kExitFailure; }

 private:
  std::string name_;
  std::string summary_;
  std::string notes_;
};

}  // namespace

std::unique_ptr<Verb> make_group(std::string name, std::string summary, std::string notes) {
  return std::make_unique<Group>(std::move(name), std::move(summary), std::move(notes));
}

}  // namespace seine::cli
