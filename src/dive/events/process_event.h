// SPDX-License-Identifier: Apache-2.0
// What people do and tell others of: "Deploy payments from staging to QA". It is scheduled, then
// started, then concluded, by somebody each time; or started as it is told, or before. A value:
// each step makes the next one of it, or says why it cannot.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "dive/events/event_target.h"

namespace seine::dive {

// Who did it, and when. Who is told by a session or a token, never by the request.
struct Deed {
  std::string person;
  WallTime at;
  friend bool operator==(const Deed&, const Deed&) = default;
};

struct EventDraft {
  std::string title;
  std::string description;  // Markdown, shown by who cleans it
  std::vector<EventTarget> targets;
};

struct Comment {
  std::string id;
  Deed written;
  std::string text;  // Markdown
  friend bool operator==(const Comment&, const Comment&) = default;
};

struct ProcessEvent {
  std::string id;
  std::string title;
  std::string description;
  std::vector<EventTarget> targets;  // in order, each once; at least one
  Deed created;
  std::optional<WallTime> scheduled_for;
  std::optional<Deed> started;  // absent of one that was concluded before it began
  std::optional<Deed> concluded;
  std::vector<Comment> comments;  // in the order they came
  friend bool operator==(const ProcessEvent&, const ProcessEvent&) = default;
};

enum class ProcessState : std::uint8_t {
  kScheduled,
  kOverdue,  // its time has come, and nobody started it: what people do begins by itself never
  kOngoing,
  kConcluded,
  kCalledOff,  // concluded before it began
};
// "scheduled", "overdue", "ongoing", "concluded", "called off".
std::string_view state_name(ProcessState state);
ProcessState state_at(const ProcessEvent& event, WallTime now);

// `id` is unique and made by who keeps events. Errors of all: kInvalidArgument, a sentence.
// One that begins now, or of which is told afterwards when it began: not later than now.
Result<ProcessEvent> start_event(std::string id, EventDraft draft, const Deed& deed,
                                 std::optional<WallTime> began = std::nullopt);
// One that is to begin at `when`, later than now.
Result<ProcessEvent> schedule_event(std::string id, EventDraft draft, const Deed& deed,
                                    WallTime when);
Result<ProcessEvent> start(ProcessEvent event, const Deed& deed);
Result<ProcessEvent> conclude(ProcessEvent event, const Deed& deed);
// New title, description and targets; what happened stays.
Result<ProcessEvent> edit(ProcessEvent event, EventDraft draft);
// At any time, also after it was concluded.
Result<ProcessEvent> comment(ProcessEvent event, Comment comment);

}  // namespace seine::dive
