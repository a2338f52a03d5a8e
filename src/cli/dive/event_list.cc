// SPDX-License-Identifier: Apache-2.0
// seine event list
#include <string>
#include <utility>

#include "base/shown_text.h"
#include "cli/dive/answer.h"
#include "cli/dive/dive_client.h"
#include "cli/dive/event_output.h"
#include "cli/dive/event_verbs.h"

namespace seine::cli {
namespace {

// Pages of Dive's that are read for one list.
constexpr int kMaxPages = 20;

constexpr char kNotes[] =
    "The newest first. TARGET is svc/NAME, deploy/NAME, ns/NAME or cluster, with what\n"
    "it is in and what is in it; NAMESPACE/svc/NAME where it is not in that of -n.\n"
    "\n"
    "  seine event list --last 7d --kind rollout\n"
    "  seine event list --about svc/payments -n shop --state ongoing\n"
    "  seine event list --about ns/shop";

class EventList final : public Verb {
 public:
  VerbDeclaration declare() override {
    return {
        .name = "event list",
        .summary = "what there was, is and will be",
        .takes = {
            .flags = {{"--last", "TIME", "how far back (default: 24h)", &last_, {}},
                      {"--about", "TARGET", "only what is about it", &about_, {}},
                      {"-n,--namespace",
                       "NS",
                       "of the target (default: default); alone: of all in it",
                       &ns_,
                       {}},
                      {"--cluster", "NAME", "of the target, if there are several", &cluster_, {}},
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
      return fail(ErrorCode::kInvalidConfig, "event list: --last: \"" + brief(last_) +
                                                 "\" is no time back; write 30m, 24h or 7d");
    }
    std::string out = "/events?last=" + url_encoded(last_);
    if (!kind_.empty()) out += "&kind=" + kind_;
    if (!state_.empty()) out += "&state=" + state_;
    const std::string about = target();
    if (about.empty()) return out;
    out += "&about=" + url_encoded(about);
    if (!ns_.empty()) out += "&namespace=" + url_encoded(ns_);
    if (!cluster_.empty()) out += "&cluster=" + url_encoded(cluster_);
    return out;
  }

  // A name alone is that of a service; a namespace or a cluster alone is what is asked about.
  std::string target() const {
    if (about_.empty() && !ns_.empty()) return "ns/" + ns_;
    if (about_.empty() && !cluster_.empty()) return "cluster";
    return about_.empty() || about_ == "cluster" || about_.contains('/') ? about_ : "svc/" + about_;
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
  std::string ns_;
  std::string cluster_;
  std::string kind_;
  std::string state_;
  std::string output_ = "table";
};

}  // namespace

std::unique_ptr<Verb> make_event_list() {
  return std::make_unique<EventList>();
}

}  // namespace seine::cli
