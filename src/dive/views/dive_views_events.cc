// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <string_view>
#include <utility>

#include "dive/views/dive_views.h"

namespace seine::dive {

using runtime::Task;

namespace {

// Of the ids of events that people told.
constexpr std::string_view kProcessPrefix = "process.";

}  // namespace

Task<Result<std::vector<Event>>> DiveViews::events_of(std::vector<EventTarget> targets,
                                                      EventQuestion question) {
  std::map<std::string, Event> found;
  for (const EventTarget& target : targets) {
    question.about = target;
    auto answer = co_await records_.find_events(question, now());
    if (!answer) co_return fail(std::move(answer.error()));
    for (Event& event : answer->events) found.insert_or_assign(event.id, std::move(event));
  }
  std::vector<Event> out;
  for (auto& [id, event] : found) out.push_back(std::move(event));
  sort_events(out, now());
  if (out.size() > question.limit) out.resize(question.limit);
  co_return out;
}

Task<Result<EventListView>> DiveViews::events_of_service(ServiceRef ref, EventQuestion question) {
  auto found = find(ref);
  if (!found) co_return fail(std::move(found.error()));
  auto events = co_await events_of(std::move(found->targets), std::move(question));
  if (!events) co_return fail(std::move(events.error()));
  EventListView out;
  for (Event& each : *events) {
    out.events.push_back(make_event_view(std::move(each), records_.clusters()));
  }
  co_return out;
}

Task<Result<EventListView>> DiveViews::events(EventQuestion question) {
  auto answer = co_await records_.find_events(std::move(question), now());
  if (!answer) co_return fail(std::move(answer.error()));
  EventListView out{.events = {}, .next = std::move(answer->next)};
  for (Event& each : answer->events) {
    out.events.push_back(make_event_view(std::move(each), records_.clusters()));
  }
  co_return out;
}

Task<Result<EventView>> DiveViews::event(std::string id) {
  auto event = co_await records_.find_event(id, now());
  if (!event) co_return fail(std::move(event.error()));
  std::vector<Comment> comments;
  if (event->kind == EventKind::kProcess) {
    auto told = co_await records_.find_process_event(id.substr(kProcessPrefix.size()));
    if (!told) co_return fail(std::move(told.error()));
    comments = std::move(told->comments);
  }
  EventView view = make_event_view(*std::move(event), records_.clusters());
  view.comments = std::move(comments);
  co_return view;
}

}  // namespace seine::dive
