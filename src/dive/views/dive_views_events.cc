// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <span>
#include <string_view>
#include <utility>

#include "dive/views/dive_views.h"

namespace seine::dive {

using runtime::Task;

namespace {

// Of the ids of events that people told.
constexpr std::string_view kProcessPrefix = "process.";
// That are read for one page of a service's events, where most are about what is beside it.
constexpr int kMaxPages = 10;

// What has all of them inside: their namespace, where it is one.
EventTarget around(std::span<const EventTarget> targets) {
  EventTarget out{
      .cluster = targets.front().cluster, .ns = targets.front().ns, .kind = {}, .name = {}};
  for (const EventTarget& each : targets) {
    if (each.ns != out.ns) out.ns.clear();
  }
  return out;
}

bool is_about_any(const Event& event, std::span<const EventTarget> things) {
  return std::ranges::any_of(event.targets, [things](const EventTarget& target) {
    return std::ranges::any_of(things, [&target](const EventTarget& thing) {
      return concerns(target, thing) || concerns(thing, target);
    });
  });
}

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
  out.reserve(found.size());
  for (auto& [id, event] : found) out.push_back(std::move(event));
  sort_events(out, now());
  if (out.size() > question.limit) out.resize(question.limit);
  co_return out;
}

Task<Result<EventListView>> DiveViews::events_of_service(ServiceRef ref, EventQuestion question) {
  auto found = find(ref);
  if (!found) co_return fail(std::move(found.error()));
  question.about = around(found->targets);
  EventListView out;
  for (int page = 0; page < kMaxPages && out.events.size() < question.limit; ++page) {
    auto answer = co_await records_.find_events(question, now());
    if (!answer) co_return fail(std::move(answer.error()));
    for (Event& each : answer->events) {
      if (!is_about_any(each, found->targets)) continue;
      out.events.push_back(make_event_view(std::move(each), records_.clusters()));
    }
    out.next = question.after = std::move(answer->next);
    if (out.next.empty()) break;
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
