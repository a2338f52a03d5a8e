// SPDX-License-Identifier: Apache-2.0
// seine event start, conclude and comment
#include <string>
#include <utility>

#include "cli/dive/answer.h"
#include "cli/dive/dive_client.h"
#include "cli/dive/event_output.h"
#include "cli/dive/event_verbs.h"
#include "json/writer.h"

namespace seine::cli {
namespace {

struct Change {
  std::string_view name;  // "start", a verb and the end of a path
  std::string_view path;  // below the event's
  std::string_view summary;
  std::string_view example;
  bool has_text = false;
};

constexpr Change kStart{.name = "start",
                        .path = "/start",
                        .summary = "begin one that is scheduled, now",
                        .example = "  seine event start process.17"};
constexpr Change kConclude{.name = "conclude",
                           .path = "/conclude",
                           .summary = "say that one is over",
                           .example = "  seine event conclude process.17"};
constexpr Change kComment{.name = "comment",
                          .path = "/comments",
                          .summary = "say something about one",
                          .example = "  seine event comment process.17 \"halfway through\"",
                          .has_text = true};

class EventChange final : public Verb {
 public:
  explicit EventChange(const Change& change) : change_(change) {}

  VerbDeclaration declare() override {
    VerbDeclaration out{
        .name = "event " + std::string(change_.name),
        .summary = std::string(change_.summary),
        .takes = {
            .flags = {{"-o,--output", "FORMAT", "table or json", &output_, {"table", "json"}}},
            .positionals = {{.name = "ID",
                             .help = "as `seine event list` has it",
                             .target = &id_,
                             .choices = {},
                             .known = Known::kEvents}},
            .notes = std::string(change_.example)}};
    if (change_.has_text) {
      out.takes.positionals.push_back(
          {.name = "TEXT", .help = "in quotes", .target = &text_, .choices = {}});
    }
    return out;
  }

  int run(const Invocation& invocation) override {
    json::Writer body;
    body.begin_object();
    if (change_.has_text) body.key("text").string(text_);
    body.end_object();
    const auto event =
        ask_dive(invocation, {.method = "POST",
                              .path = "/events/" + url_encoded(id_) + std::string(change_.path),
                              .body = std::move(body).take()});
    if (!event) return complain(event.error());
    if (output_ == "json") return print_document(*event);
    const auto whole = check_answer(*event, {"id", "state"});
    if (!whole) return complain(whole.error());
    const std::string line = change_.has_text ? "commented " + printable(id_) + "\n"
                                              : event_line(*event, invocation.terminal);
    return print(line) ? kExitOk : kExitFailure;
  }

 private:
  const Change& change_;
  std::string id_;
  std::string text_;
  std::string output_ = "table";
};

}  // namespace

std::unique_ptr<Verb> make_event_start() {
  return std::make_unique<EventChange>(kStart);
}
std::unique_ptr<Verb> make_event_conclude() {
  return std::make_unique<EventChange>(kConclude);
}
std::unique_ptr<Verb> make_event_comment() {
  return std::make_unique<EventChange>(kComment);
}

}  // namespace seine::cli
