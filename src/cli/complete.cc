// SPDX-License-Identifier: Apache-2.0
// seine __complete -- WORD...: a candidate a line, "WORD<tab>HELP". The shells' scripts call it.
#include "cli/candidates.h"
#include "cli/dive/complete_dive.h"
#include "cli/extensions.h"
#include "cli/stat/complete_resource.h"
#include "cli/verb.h"

namespace seine::cli {
namespace {

class Complete final : public Verb {
 public:
  VerbDeclaration declare() override {
    return {.name = "__complete",
            .summary = "candidates for the last word",
            .hidden = true,
            .takes = {.positionals = {{.name = "WORD",
                                       .help = "the command line so far",
                                       .required = false,
                                       .target = &words_,
                                       .choices = {}}}}};
  }

  int run(const Invocation& invocation) override {
    std::string out;
    const auto add = [&out](const Candidate& candidate) {
      out += candidate.word;
      if (!candidate.help.empty()) out += "\t" + candidate.help;
      out += "\n";
    };
    const auto known = candidates(words_, invocation.globals, invocation.verbs, list_extensions());
    for (const Candidate& candidate : known) add(candidate);
    const Known kind = known_at_end(words_, invocation.globals, invocation.verbs);
    // What is being written has its own --dir.
    Invocation written = invocation;
    if (const auto dir = given_value(words_, "--dir"); !dir.empty()) written.dir_flag = dir;
    if (kind != Known::kNothing) {
      for (const auto& candidate : complete_dive(written, kind, words_.back())) add(candidate);
    } else if (known.empty() && !words_.empty()) {
      // No word we know has a slash: it may be the name of something that runs.
      for (const std::string& word : complete_resource(written, words_.back())) add({word, ""});
    }
    return print(out) ? kExitOk : kExitFailure;
  }

 private:
  std::vector<std::string> words_;
};

}  // namespace

std::unique_ptr<Verb> make_complete() {
  return std::make_unique<Complete>();
}

}  // namespace seine::cli
