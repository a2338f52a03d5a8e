// SPDX-License-Identifier: Apache-2.0
// seine event add
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "cli/dive/answer.h"
#include "cli/dive/dive_client.h"
#include "cli/dive/event_output.h"
#include "cli/dive/event_verbs.h"
#include "cli/dive/input_file.h"
#include "cli/dive/shown_time.h"
#include "json/writer.h"

namespace seine::cli {
namespace {

// What Dive takes.
constexpr std::size_t kMaxDescription = 64 << 10;

constexpr char kNotes[] =
    "TARGET is svc/NAME, deploy/NAME, ns/NAME or cluster; NAMESPACE/svc/NAME where it\n"
    "is not in that of -n. An event of a time to come is scheduled, and begins when\n"
    "somebody says `seine event start`; one of a time that is past began then.\n"
    "\n"
    "  seine event add \"Deploy payments to QA\" --about svc/payments -n shop\n"
    "  seine event add \"Load test\" --about ns/shop --at +30m --description-file plan.md\n"
    "  seine event add \"Disks are exchanged\" --about cluster --at 2026-12-01T06:00:00Z";

class EventAdd final : public Verb {
 public:
  VerbDeclaration declare() override {
    return {
        .name = "event add",
        .summary = "tell of something",
        .takes = {
            .flags = {{"--about", "TARGET", "what it is done to; may repeat", &about_, {}},
                      {"-n,--namespace", "NS", "of the targets (default: default)", &ns_, {}},
                      {"--cluster", "NAME", "of the targets, if there are several", &cluster_, {}},
                      {"--description", "TEXT", "more, in Markdown", &description_, {}},
                      {"--description-file", "FILE", "the same; - is stdin", &file_, {}},
                      {"--at", "TIME", "when it begins: RFC 3339 or +30m (default: now)", &at_, {}},
                      {"--allow-unknown",
                       "",
                       "also about what nobody has seen yet",
                       &allows_unknown_,
                       {}},
                      {"-o,--output", "FORMAT", "table or json", &output_, {"table", "json"}}},
            .positionals = {{.name = "TITLE",
                             .help = "one line; in quotes",
                             .target = &title_,
                             .choices = {}}},
            .notes = kNotes}};
  }

  int run(const Invocation& invocation) override {
    const auto body = to_json(invocation.clock.wall_now());
    if (!body) return complain(body.error());
    const auto event = ask_dive(invocation, {.method = "POST", .path = "/events", .body = *body});
    if (!event) return complain(event.error());
    if (output_ == "json") return print_document(*event);
    const auto whole = check_answer(*event, {"id", "state"});
    if (!whole) return complain(whole.error());
    return print(event_line(*event, invocation.terminal)) ? kExitOk : kExitFailure;
  }

 private:
  Result<std::string> to_json(WallTime now) const {
    if (about_.empty()) {
      return fail(ErrorCode::kInvalidConfig,
                  "event add: what is it about? give --about svc/NAME, ns/NAME or cluster");
    }
    if (!description_.empty() && !file_.empty()) {
      return fail(ErrorCode::kInvalidConfig,
                  "event add: --description or --description-file, not both");
    }
    auto description =
        file_.empty() ? Result<std::string>(description_) : read_input(file_, kMaxDescription);
    if (!description) return fail(std::move(description.error()).with_context("event add"));
    json::Writer out;
    out.begin_object().key("title").string(title_).key("about").begin_array();
    for (const std::string& target : about_) out.string(target);
    out.end_array();
    if (!description->empty()) out.key("description").string(*description);
    if (!cluster_.empty()) out.key("cluster").string(cluster_);
    if (!ns_.empty()) out.key("namespace").string(ns_);
    if (!at_.empty()) {
      const auto at = parse_time(at_, now);
      if (!at) return fail(Error(at.error()).with_context("event add: --at"));
      out.key("starts_ms")
          .integer(std::chrono::floor<std::chrono::milliseconds>(at->time_since_epoch()).count());
    }
    if (allows_unknown_) out.key("allow_unknown").boolean(true);
    return std::move(out.end_object()).take();
  }

  std::string title_;
  std::vector<std::string> about_;
  std::string ns_;
  std::string cluster_;
  std::string description_;
  std::string file_;
  std::string at_;
  bool allows_unknown_ = false;
  std::string output_ = "table";
};

}  // namespace

std::unique_ptr<Verb> make_event_add() {
  return std::make_unique<EventAdd>();
}

}  // namespace seine::cli
