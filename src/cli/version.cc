// SPDX-License-Identifier: Apache-2.0
// seine version
#include "cli/verb.h"
#include "json/writer.h"

namespace seine::cli {
namespace {

class Version final : public Verb {
 public:
  VerbDeclaration declare() override {
    return {.name = "version",
            .summary = "print versions",
            .takes = {
                .flags = {{"--short", "", "the bare version, nothing else", &short_, {}},
                          {"--client", "", "only of this program", &client_, {}},
                          {"-o,--output", "FORMAT", "table or json", &output_, {"table", "json"}}},
            }};
  }

  int run(const Invocation& invocation) override {
    if (output_ == "json") {
      json::Writer out;
      out.begin_object().key("client").string(invocation.version).end_object();
      return print(std::move(out).take() + "\n") ? kExitOk : kExitFailure;
    }
    const std::string text =
        short_ ? invocation.version + "\n" : "Client version: " + invocation.version + "\n";
    return print(text) ? kExitOk : kExitFailure;
  }

 private:
  bool short_ = false;
  bool client_ = false;
  std::string output_ = "table";
};

}  // namespace

std::unique_ptr<Verb> make_version() {
  return std::make_unique<Version>();
}

}  // namespace seine::cli
