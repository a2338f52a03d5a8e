// SPDX-License-Identifier: Apache-2.0
// seine objective apply
#include <string>
#include <utility>

#include "cli/dive/answer.h"
#include "cli/dive/dive_client.h"
#include "cli/dive/input_file.h"
#include "cli/dive/objective_output.h"
#include "cli/dive/objective_verbs.h"
#include "json/writer.h"

namespace seine::cli {
namespace {

// What Dive reads.
constexpr std::size_t kMaxFile = 1 << 20;

constexpr char kNotes[] =
    "Takes what `seine objective export` writes: our YAML, or OpenSLO v1. All of the\n"
    "file is taken, or nothing. Objectives that are not in it stay as they are.\n"
    "\n"
    "  seine objective apply -f objectives.yaml --dry-run\n"
    "  seine objective export --format openslo | seine objective apply -f -";

class ObjectiveApply final : public Verb {
 public:
  VerbDeclaration declare() override {
    return {
        .name = "objective apply",
        .summary = "make them as a file says",
        .takes = {
            .flags = {{"-f,--filename", "FILE", "to read; - is stdin", &file_, {}},
                      {"--dry-run", "", "say what would be, and change nothing", &is_dry_run_, {}},
                      {"-o,--output", "FORMAT", "table or json", &output_, {"table", "json"}}},
            .notes = kNotes}};
  }

  int run(const Invocation& invocation) override {
    if (file_.empty()) {
      return complain(make_error(ErrorCode::kInvalidConfig,
                                 "objective apply: which file? give -f FILE, or -f - for stdin"));
    }
    const auto text = read_input(file_, kMaxFile);
    if (!text) return complain(text.error());
    json::Writer body;
    body.begin_object().key("file").string(file_ == "-" ? "stdin" : file_);
    body.key("text").string(*text).key("dry_run").boolean(is_dry_run_).end_object();
    const auto answer =
        ask_dive(invocation,
                 {.method = "POST", .path = "/objectives/apply", .body = std::move(body).take()});
    if (!answer) return complain(answer.error());
    if (output_ == "json") return print_document(*answer);
    const auto whole = check_answer(*answer, {"results"});
    if (!whole) return complain(whole.error());
    return show(*answer, invocation.terminal);
  }

 private:
  static int show(const json::Value& answer, const Terminal& terminal) {
    std::string out;
    for (const json::Value& saved : list_at(answer, "results")) {
      out += saved_text(saved, terminal);
      for (const json::Value& each : list_at(saved, "warnings")) {
        const std::string* warning = each.string();
        if (warning == nullptr) continue;
        say("warning: " + std::string(text_at(saved, "name")) + ": " + *warning);
      }
    }
    for (const json::Value& each : list_at(answer, "notes")) {
      if (const std::string* note = each.string()) say("note: " + *note);
    }
    if (out.empty()) say("There are no objectives in it.");
    return print(out) ? kExitOk : kExitFailure;
  }

  std::string file_;
  bool is_dry_run_ = false;
  std::string output_ = "table";
};

}  // namespace

std::unique_ptr<Verb> make_objective_apply() {
  return std::make_unique<ObjectiveApply>();
}

}  // namespace seine::cli
