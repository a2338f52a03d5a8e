// SPDX-License-Identifier: Apache-2.0
#include "dive/api/events_api.h"

#include <algorithm>
#include <string>
#include <utility>

#include "dive/api/asked_span.h"
#include "dive/api/event_draft.h"
#include "dive/api/known_subject.h"
#include "dive/views/view_json.h"

namespace seine::dive {

using runtime::Task;
using web::Call;
using web::Reply;

namespace {

// "process.ID" among all events.
constexpr std::string_view kPrefix = "process.";
constexpr std::size_t kPage = 100;
// The one line in which changes wait: each is made of what the one before left.
constexpr std::int64_t kChanges = 0;
// Where nothing else says which cluster, and there is none yet.
constexpr std::string_view kLocalCluster = "local";

std::unexpected<Error> refuse(std::string sentence) {
  return fail(ErrorCode::kInvalidArgument, std::move(sentence));
}

Result<std::optional<EventKind>> asked_kind(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (text == "rollout") return EventKind::kRollout;
  if (text == "process") return EventKind::kProcess;
  if (text == "agent") return EventKind::kCluster;
  return refuse("kind is rollout, process or agent");
}

// "scheduled", "ongoing", "concluded" or "undone", as pages and programs filter.
bool is_in_state(const Event& event, std::string_view state) {
  return state.empty() || plain_state(event) == state;
}

// Whether it is about something of this name; any is where none is asked for.
bool is_about(const EventView& view, std::string_view name) {
  return name.empty() ||
         std::ranges::any_of(view.event.targets,
                             [name](const EventTarget& target) { return target.name == name; }) ||
         std::ranges::any_of(view.services,
                             [name](const ServiceRef& service) { return service.name == name; });
}

// A name alone is looked for among all.
bool is_name(std::string_view service) {
  return service.find('/') == std::string_view::npos;
}

// "cluster/namespace/name"; nothing where it is a name alone.
Result<std::optional<ServiceRef>> asked_service(std::string_view text) {
  if (is_name(text)) return std::nullopt;
  const std::size_t first = text.find('/');
  const std::size_t second = text.find('/', first + 1);
  if (second == std::string_view::npos) {
    return refuse("service is a name, or CLUSTER/NAMESPACE/NAME");
  }
  return ServiceRef{.cluster = std::string(text.substr(0, first)),
                    .ns = std::string(text.substr(first + 1, second - first - 1)),
                    .name = std::string(text.substr(second + 1))};
}

// As POST takes it; nothing where all is asked for.
Result<std::optional<EventTarget>> asked_about(const web::Query& query,
                                               const std::string& usual_cluster) {
  const auto about = query.get("about");
  if (!about) return std::nullopt;
  auto target = parse_target(*about, query.get("cluster").value_or(usual_cluster),
                             query.get("namespace").value_or("default"));
  if (!target) return fail(std::move(target.error()).with_context("about"));
  return std::optional(*std::move(target));
}

Result<EventQuestion> asked_events(const web::Query& query, WallTime now) {
  const auto span = asked_span(query, now);
  if (!span) return fail(Error(span.error()));
  auto kind = asked_kind(query.get("kind").value_or(""));
  if (!kind) return fail(std::move(kind.error()));
  return EventQuestion{.from = span->from,
                       .to = span->to,
                       .kind = *kind,
                       .limit = kPage,
                       .after = std::string(query.get("after").value_or(""))};
}

}  // namespace

void EventsApi::serve(web::Router& router) {
  using web::handler;
  router.add("GET", "/api/v1/events", handler<&EventsApi::list>(*this));
  router.add("POST", "/api/v1/events", handler<&EventsApi::add>(*this));
  router.add("GET", "/api/v1/events/{id}", handler<&EventsApi::show>(*this));
  router.add("POST", "/api/v1/events/{id}/start", handler<&EventsApi::begin>(*this));
  router.add("POST", "/api/v1/events/{id}/conclude", handler<&EventsApi::conclude>(*this));
  router.add("POST", "/api/v1/events/{id}/comments", handler<&EventsApi::comment>(*this));
}

EventsApi::Answer EventsApi::list(const Call& call) {
  auto question = asked_events(call.query, now());
  if (!question) co_return fail(std::move(question.error()));
  const std::string_view asked = call.query.get("service").value_or("");
  auto service = asked_service(asked);
  if (!service) co_return fail(std::move(service.error()));
  auto about = asked_about(call.query, usual_cluster());
  if (!about) co_return fail(std::move(about.error()));
  auto answer = *about ? co_await find_about(**std::move(about), *std::move(question))
                : *service
                    ? co_await views_.events_of_service(**std::move(service), *std::move(question))
                    : co_await views_.events(*std::move(question));
  if (!answer) co_return fail(std::move(answer.error()));
  const std::string_view state = call.query.get("state").value_or("");
  std::erase_if(answer->events, [&](const EventView& view) {
    return !is_in_state(view.event, state) || (is_name(asked) && !is_about(view, asked));
  });
  co_return Reply{.json = to_json(*answer)};
}

std::string EventsApi::usual_cluster() const {
  const auto& clusters = records_.clusters();
  return clusters.empty() ? std::string(kLocalCluster) : clusters.begin()->first;
}

Task<Result<EventListView>> EventsApi::find_about(EventTarget target, EventQuestion question) {
  const auto seen = check_seen_target(target, records_.clusters());
  if (seen && target.kind == "service") {
    ServiceRef service{.cluster = target.cluster, .ns = target.ns, .name = target.name};
    co_return co_await views_.events_of_service(std::move(service), std::move(question));
  }
  // Something may have been told of what was not there yet, or is there no more.
  if (!seen && question.after.empty()) {
    const auto is_told_of = co_await has_events_inside(target);
    if (!is_told_of) co_return fail(is_told_of.error());
    if (!*is_told_of) co_return fail(seen.error());
  }
  question.about = std::move(target);
  co_return co_await views_.events(std::move(question));
}

Task<Result<bool>> EventsApi::has_events_inside(EventTarget target) {
  EventQuestion question{.from = WallTime{},
                         .to = now(),
                         .about = std::move(target),
                         .only_inside = true,
                         .kind = std::nullopt,
                         .limit = 1,
                         .after = {}};
  const auto found = co_await records_.find_events(std::move(question), now());
  if (!found) co_return fail(found.error());
  co_return !found->events.empty();
}

EventsApi::Answer EventsApi::show(const Call& call) {
  auto id = co_await records_.find_event_id(call.parameter("id"));
  if (!id) co_return fail(std::move(id.error()));
  auto view = co_await views_.event(*std::move(id));
  if (!view) co_return fail(std::move(view.error()));
  co_return Reply{.json = to_json(*view)};
}

Reply EventsApi::answer_kept(const ProcessEvent& event, std::uint16_t status) const {
  EventView view = make_event_view(seine::dive::show(event, now()), records_.clusters());
  view.comments = event.comments;
  return {.status = status, .json = to_json(view)};
}

Result<ProcessEvent> EventsApi::make_event(ToldEvent told, const Deed& deed) const {
  // Its id is made by who keeps it; this one only passes the check.
  const std::string id = "new";
  if (told.starts && *told.starts > deed.at) {
    return schedule_event(id, std::move(told.draft), deed, *told.starts);
  }
  // Beyond that there are no counts that it could explain, and it would go as soon as it ends.
  if (told.starts && *told.starts < deed.at - kept_) {
    return refuse(format_rfc3339(*told.starts) + " is longer ago than events are kept, which is " +
                  format_duration(kept_) + " (seine-dive --keep-1h)");
  }
  return start_event(id, std::move(told.draft), deed, told.starts);
}

EventsApi::Answer EventsApi::add(const Call& call) {
  const auto& clusters = records_.clusters();
  auto told = parse_event(call.body, usual_cluster());
  if (!told) co_return fail(std::move(told.error()));
  for (const EventTarget& target : told->draft.targets) {
    const auto known = check_known_target(target, clusters);
    if (!known && !told->may_be_unknown) {
      co_return web::problem(404, known.error().message,
                             "to tell of what is not there yet, say so (--allow-unknown)");
    }
  }
  const Deed deed{.person = call.user, .at = now()};
  auto event = make_event(*std::move(told), deed);
  if (!event) co_return fail(std::move(event.error()));
  auto kept = co_await records_.add_event(*std::move(event));
  if (!kept) co_return fail(std::move(kept.error()));
  co_return answer_kept(*kept, 201);
}

Task<Result<ProcessEvent>> EventsApi::find(std::string text) {
  auto found = co_await records_.find_event_id(std::move(text));
  if (!found) co_return fail(std::move(found.error()));
  const std::string& id = *found;
  if (!id.starts_with(kPrefix)) {
    co_return fail(ErrorCode::kInvalidArgument,
                   "nobody tells of this event: it was found, and ends by itself");
  }
  co_return co_await records_.find_process_event(id.substr(kPrefix.size()));
}

EventsApi::Answer EventsApi::keep(Result<ProcessEvent> event) {
  if (!event) co_return fail(std::move(event.error()));
  auto kept = co_await records_.replace_event(*event);
  if (!kept) co_return fail(std::move(kept.error()));
  co_return answer_kept(*event, 200);
}

EventsApi::Answer EventsApi::begin(const Call& call) {
  const auto turn = co_await turns_.take(kChanges);
  auto event = co_await find(call.parameter("id"));
  if (!event) co_return fail(std::move(event.error()));
  co_return co_await keep(start(*std::move(event), {.person = call.user, .at = now()}));
}

EventsApi::Answer EventsApi::conclude(const Call& call) {
  const auto turn = co_await turns_.take(kChanges);
  auto event = co_await find(call.parameter("id"));
  if (!event) co_return fail(std::move(event.error()));
  co_return co_await keep(
      seine::dive::conclude(*std::move(event), {.person = call.user, .at = now()}));
}

EventsApi::Answer EventsApi::comment(const Call& call) {
  auto text = parse_comment(call.body);
  if (!text) co_return fail(std::move(text.error()));
  const auto turn = co_await turns_.take(kChanges);
  auto event = co_await find(call.parameter("id"));
  if (!event) co_return fail(std::move(event.error()));
  Comment comment{.id = std::to_string(event->comments.size() + 1),
                  .written = {.person = call.user, .at = now()},
                  .text = *std::move(text)};
  co_return co_await keep(seine::dive::comment(*std::move(event), std::move(comment)));
}

}  // namespace seine::dive
