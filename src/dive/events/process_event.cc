// SPDX-License-Identifier: Apache-2.0
#include "dive/events/process_event.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"

#include "base/check.h"
#include "base/shown_text.h"
#include "dive/events/event_limits.h"

namespace seine::dive {
namespace {

std::unexpected<Error> refuse(std::string sentence) {
  return fail(ErrorCode::kInvalidArgument, std::move(sentence));
}

Result<void> check_person(const Deed& deed) {
  return check_shown_text("the person's name", deed.person, {kMaxEventPerson});
}

Result<EventDraft> check_draft(EventDraft draft) {
  auto checked = check_shown_text("the title", draft.title, {kMaxEventTitle});
  if (checked) {
    checked = check_shown_text("the description", draft.description,
                               {kMaxEventDescription, /*has_lines=*/true, /*may_be_empty=*/true});
  }
  if (!checked) return fail(std::move(checked.error()));
  if (draft.targets.empty()) {
    return refuse("the event has no target: say what it is about, such as svc/payments");
  }
  std::ranges::sort(draft.targets);
  const auto twice = std::ranges::unique(draft.targets);
  draft.targets.erase(twice.begin(), twice.end());
  if (draft.targets.size() > kMaxEventTargets) {
    return refuse(
        fmt::format("the event has {} targets and may have {}: write the namespace or "
                    "the cluster",
                    draft.targets.size(), kMaxEventTargets));
  }
  for (const EventTarget& target : draft.targets) {
    if (auto good = check_target(target); !good) return fail(std::move(good.error()));
  }
  return draft;
}

Result<ProcessEvent> make(std::string id, EventDraft draft, const Deed& deed) {
  auto checked = check_draft(std::move(draft));
  if (!checked) return fail(std::move(checked.error()));
  if (auto person = check_person(deed); !person) return fail(std::move(person.error()));
  return ProcessEvent{.id = std::move(id),
                      .title = std::move(checked->title),
                      .description = std::move(checked->description),
                      .targets = std::move(checked->targets),
                      .created = deed,
                      .scheduled_for = std::nullopt,
                      .started = std::nullopt,
                      .concluded = std::nullopt,
                      .comments = {}};
}

std::string when_and_who(const Deed& deed) {
  return fmt::format("by {} at {}", deed.person, format_rfc3339(deed.at));
}

}  // namespace

std::string_view state_name(ProcessState state) {
  switch (state) {
    case ProcessState::kScheduled: return "scheduled";
    case ProcessState::kOverdue: return "overdue";
    case ProcessState::kOngoing: return "ongoing";
    case ProcessState::kConcluded: return "concluded";
    case ProcessState::kCalledOff: return "called off";
  }
  SEINE_CHECK(false, "every state has a name");
}

ProcessState state_at(const ProcessEvent& event, WallTime now) {
  if (event.concluded) return event.started ? ProcessState::kConcluded : ProcessState::kCalledOff;
  if (event.started) return ProcessState::kOngoing;
  return event.scheduled_for && *event.scheduled_for <= now ? ProcessState::kOverdue
                                                            : ProcessState::kScheduled;
}

Result<ProcessEvent> start_event(std::string id, EventDraft draft, const Deed& deed,
                                 std::optional<WallTime> began) {
  if (began && *began > deed.at) {
    return refuse(
        fmt::format("{} is to come: an event begins then at the earliest", format_rfc3339(*began)));
  }
  auto event = make(std::move(id), std::move(draft), deed);
  if (event) event->started = Deed{.person = deed.person, .at = began.value_or(deed.at)};
  return event;
}

Result<ProcessEvent> schedule_event(std::string id, EventDraft draft, const Deed& deed,
                                    WallTime when) {
  if (when <= deed.at) {
    return refuse(fmt::format("{} is past: leave the time out for an event that begins now",
                              format_rfc3339(when)));
  }
  auto event = make(std::move(id), std::move(draft), deed);
  if (event) event->scheduled_for = when;
  return event;
}

Result<ProcessEvent> start(ProcessEvent event, const Deed& deed) {
  if (auto person = check_person(deed); !person) return fail(std::move(person.error()));
  if (event.concluded) {
    return refuse("the event was concluded " + when_and_who(*event.concluded) + ": add another");
  }
  if (event.started) return refuse("the event was started " + when_and_who(*event.started));
  event.started = deed;
  return event;
}

Result<ProcessEvent> conclude(ProcessEvent event, const Deed& deed) {
  if (auto person = check_person(deed); !person) return fail(std::move(person.error()));
  if (event.concluded) {
    return refuse("the event was concluded " + when_and_who(*event.concluded));
  }
  event.concluded = deed;
  // Clocks of those who serve may differ; what ends has begun before.
  if (event.started) event.concluded->at = std::max(deed.at, event.started->at);
  return event;
}

Result<ProcessEvent> edit(ProcessEvent event, EventDraft draft) {
  auto checked = check_draft(std::move(draft));
  if (!checked) return fail(std::move(checked.error()));
  event.title = std::move(checked->title);
  event.description = std::move(checked->description);
  event.targets = std::move(checked->targets);
  return event;
}

Result<ProcessEvent> comment(ProcessEvent event, Comment comment) {
  if (auto person = check_person(comment.written); !person) return fail(std::move(person.error()));
  const TextForm form{.max_bytes = kMaxCommentText, .has_lines = true};
  if (auto text = check_shown_text("the comment", comment.text, form); !text) {
    return fail(std::move(text.error()));
  }
  if (event.comments.size() == kMaxEventComments) {
    return refuse(fmt::format("the event has {} comments and takes no more", kMaxEventComments));
  }
  event.comments.push_back(std::move(comment));
  return event;
}

}  // namespace seine::dive
