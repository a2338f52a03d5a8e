// SPDX-License-Identifier: Apache-2.0
// seine dive status
#include <string>
#include <utility>

#include "cli/dive/answer.h"
#include "cli/dive/dive_client.h"
#include "cli/dive/dive_verbs.h"
#include "cli/dive/status_output.h"

namespace seine::cli {
namespace {

class DiveStatus final : public Verb {
 public:
  VerbDeclaration declare() override {
    return {.name = "dive status",
            .summary = "whether its agents are heard, and how objectives do",
            .takes = {
                .flags = {{"-o,--output", "FORMAT", "table or json", &output_, {"table", "json"}}},
                .notes = "  seine dive status"}};
  }

  int run(const Invocation& invocation) override {
    const auto session = ask_dive(invocation, {.path = "/session"});
    if (!session) return complain(session.error());
    const auto clusters = ask_dive(invocation, {.path = "/clusters"});
    if (!clusters) return complain(clusters.error());
    const auto objectives = ask_dive(invocation, {.path = "/objectives"});
    if (!objectives) return complain(objectives.error());
    for (const auto& whole :
         {check_answer(*clusters, {"clusters"}), check_answer(*objectives, {"objectives"})}) {
      if (!whole) return complain(whole.error());
    }
    const DiveReading reading{.version = std::string(text_at(*session, "version")),
                              .clusters = list_at(*clusters, "clusters"),
                              .objectives = list_at(*objectives, "objectives")};
    if (output_ == "json") return print_document(status_document(reading));
    const std::string text = status_text(reading, invocation.clock.wall_now(), invocation.terminal);
    return print(text) ? kExitOk : kExitFailure;
  }

 private:
  std::string output_ = "table";
};

}  // namespace

std::unique_ptr<Verb> make_dive_status() {
  return std::make_unique<DiveStatus>();
}

}  // namespace seine::cli
