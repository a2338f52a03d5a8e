// SPDX-License-Identifier: Apache-2.0
// seine event list
#include <string>
#include <utility>

#include "cli/dive/answer.h"
#include "cli/dive/dive_client.h"
#include "cli/dive/event_output.h"
#include "cli/dive/event_verbs.h"

namespace seine::cli {
namespace {

// Pages of Dive's that are read for one list.
constexpr int kMaxPages = 20;

constexpr char kNotes[] =
    "The newest first.\n"
    "\n"
    "  seine event list --last 7d --kind rollout\n"
    "  seine event list --about svc/payments --state ongoing";

class EventList final : public Verb {
 public:
  VerbDeclaration declare() override {
    return {.name = "event list",
            .summary = "what there was, is and will be",
            .takes = {.flags = {{"--last", "TIME", "how far back (default: 24h)", &last_, {}},
                                {"--about", "svc/NAME", "only of this service", &about_, {}},
                                {"--kind",
                                 "KIND",
                                 "rollout, process or agent",
                                 &kind_,
                                 {"rollout", "process", "agent"}},
                                {"--state",
                                 "STATE",
                                 "scheduled, ongoing, concluded or undone",
                                 &state_,
                                 {"scheduled", "ongoing", "concluded", "undone"}},
                                {"-o,--output",
                                 "FORMAT",
                                 "table, wide or json",
                                 &output_,
                                 {"table", "wide", "json"}}},
                      .notes = kNotes}};
  }

  int run(const Invocation& invocation) override {
    const auto path = query();
    if (!path) return complain(path.error());
    json::Array events;
    std::string next;
    for (int page = 0; page < kMaxPages; ++page) {
      auto answer = ask_dive(invocation,
                             {.path = *path + (next.empty() ? "" : "&after=") + url_encoded(next)});
      if (!answer) return complain(answer.error());
      const auto whole = check_answer(*answer, {"events"});
      if (!whole) return complain(whole.error());
      for (const json::Value& event : list_at(*answer, "events")) events.push_back(event);
      next = text_at(*answer, "next");
      if (next.empty()) break;
    }
    if (!next.empty()) say("There are more; these are the newest. Ask for a shorter --last.");
    return show(std::move(events), invocation);
  }

 private:
  Result<std::string> query() const {
    const auto last = parse_duration(last_);
    if (!last || *last <= Duration::zero()) {
      return fail(ErrorCode::kInvalidConfig,
                  "event list: --last: \"" + last_ + "\" is no time back; write 30m, 24h or 7d");
    }
    std::string out = "/events?last=" + url_encoded(last_);
    if (!kind_.empty()) out += "&kind=" + kind_;
    if (!state_.empty()) out += "&state=" + state_;
    if (about_.empty()) return out;
    const auto slash = about_.find('/');
    const std::string kind = about_.substr(0, slash);
    const bool is_service = slash == std::string::npos || kind == "svc" || kind == "service";
    const std::string name = slash == std::string::npos ? about_ : about_.substr(slash + 1);
    if (!is_service || name.empty() || name.contains('/')) {
      return fail(ErrorCode::kInvalidConfig,
                  "event list: --about: \"" + about_ + "\" is no service; write svc/NAME");
    }
    return out + "&service=" + url_encoded(name);
  }

  int show(json::Array events, const Invocation& invocation) const {
    if (output_ == "json") return print_document(json::Value(std::move(events)));
    if (events.empty()) {
      say("There are no such events. `seine event add` tells of one.");
      return kExitOk;
    }
    const std::string text =
        event_table(events, output_ == "wide", invocation.clock.wall_now(), invocation.terminal);
    return print(text) ? kExitOk : kExitFailure;
  }

  std::string last_ = "24h";
  std::string about_;
  std::string kind_;
  std::string state_;
  std::string output_ = "table";
};

}  // namespace

std::unique_ptr<Verb> make_event_list() {
  return std::make_unique<EventList>();
}

}  // namespace seine::cli
