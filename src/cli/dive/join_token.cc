// SPDX-License-Identifier: Apache-2.0
// seine dive join-token
#include <string>
#include <utility>

#include "cli/dive/answer.h"
#include "cli/dive/dive_client.h"
#include "cli/dive/dive_verbs.h"
#include "cli/dive/shown_time.h"
#include "json/writer.h"

namespace seine::cli {
namespace {

class JoinToken final : public Verb {
 public:
  VerbDeclaration declare() override {
    return {.name = "dive join-token",
            .summary = "let another cluster's agent join",
            .takes = {
                .flags = {{"--cluster", "NAME", "that the agent is to speak for", &cluster_, {}},
                          {"-o,--output", "FORMAT", "table or json", &output_, {"table", "json"}}},
                .notes = "Prints a token that is good for one agent, once. Keep it as a "
                         "password: hand it\n"
                         "to the agent in a file, not on a command line.\n"
                         "\n"
                         "  seine dive join-token --cluster east > token"}};
  }

  int run(const Invocation& invocation) override {
    json::Writer body;
    body.begin_object();
    if (!cluster_.empty()) body.key("cluster").string(cluster_);
    body.end_object();
    const auto answer = ask_dive(
        invocation, {.method = "POST", .path = "/join-tokens", .body = std::move(body).take()});
    if (!answer) return complain(answer.error());
    if (output_ == "json") return print_document(*answer);
    const auto whole = check_answer(*answer, {"token"});
    if (!whole) return complain(whole.error());
    if (const auto until = time_at(*answer, "expires_ms")) {
      say("Good once, until " + local_time(*until) + ".");
    }
    return print(printable(text_at(*answer, "token")) + "\n") ? kExitOk : kExitFailure;
  }

 private:
  std::string cluster_;
  std::string output_ = "table";
};

}  // namespace

std::unique_ptr<Verb> make_dive_join_token() {
  return std::make_unique<JoinToken>();
}

}  // namespace seine::cli
