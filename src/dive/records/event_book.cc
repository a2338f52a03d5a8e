// SPDX-License-Identifier: Apache-2.0
#include "dive/records/event_book.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"

#include "crypto/random.h"
#include "dive/catalog/cluster_news.h"
#include "dive/events/event_limits.h"
#include "dive/records/record_messages.h"
#include "dive/records/records_limits.h"
#include "dive/records/told_rows.h"
#include "dive/records/transact.h"
#include "dive/store/epochs.h"

namespace seine::dive {

using runtime::Task;

namespace {

constexpr std::size_t kIdOctetsOfEvent = 10;

std::string make_id() {
  std::string id;
  for (const char c : crypto::random_octets(kIdOctetsOfEvent)) {
    id += fmt::format("{:02x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  }
  return id;
}

std::unexpected<Error> no_such_event(std::string_view id) {
  return fail(ErrorCode::kNotFound, fmt::format("there is no event '{}'", id.substr(0, 64)));
}

// Text that no database would take names nothing.
bool can_be_id(std::string_view id) {
  constexpr std::size_t kLongest = 1024;
  return !id.empty() && id.size() <= kLongest &&
         std::ranges::all_of(id, [](char c) { return c > ' ' && c < '\x7f'; });
}

bool is_about(const Event& event, const EventQuestion& question) {
  const std::optional<EventTarget>& thing = question.about;
  return !thing || std::ranges::any_of(event.targets, [&](const EventTarget& target) {
    return concerns(*thing, target) || (!question.only_inside && concerns(target, *thing));
  });
}

EventCursor after_row(const EventCursor& cursor, const EventRow& row) {
  return {.now = cursor.now, .part = cursor.part, .begins = row.begins, .id = row.id};
}

// The part that follows; false after the last.
bool next_part(EventCursor& cursor) {
  if (cursor.part == EventPart::kOver) return false;
  cursor = {.now = cursor.now,
            .part = cursor.part == EventPart::kGoingOn ? EventPart::kToCome : EventPart::kOver,
            .begins = {},
            .id = {}};
  return true;
}

Task<Result<std::vector<Applied>>> add_found_once(sql::Transaction& transaction,
                                                  std::int64_t number, std::string cluster,
                                                  std::vector<::dive::v1::AddEventRequest> events,
                                                  WallTime now) {
  std::vector<Applied> outcomes;
  for (const auto& message : events) {
    const std::string& epoch = message.envelope().epoch();
    const std::uint64_t sequence = message.envelope().sequence();
    outcomes.push_back({.epoch = epoch, .sequence = sequence, .refused = {}});
    const auto event = read_cluster_event(message.event());
    if (!event) outcomes.back().refused = event.error().message;
    const auto until = co_await applied_until(transaction, number, Method::kEvent, epoch);
    if (!until) co_return fail(until.error());
    if (sequence <= *until) continue;
    Result<void> done;
    if (event) done = co_await add_once(transaction, to_row(number, cluster, *event));
    if (done) {
      done = co_await save_applied(transaction, number, Method::kEvent, epoch, sequence, now);
    }
    if (!done) co_return fail(std::move(done.error()));
  }
  auto kept = co_await keep_cluster_events(transaction, number, kMaxClusterEvents);
  if (!kept) co_return fail(std::move(kept.error()));
  co_return outcomes;
}

}  // namespace

Result<Event> EventBook::show_row(const EventRow& row, WallTime now) const {
  const std::string what = "the event " + row.id;
  if (row.kind == EventKind::kProcess) {
    const auto event = decode_process_event(row.body, what);
    if (!event) return fail(event.error());
    return show(*event, now);
  }
  const KeptCluster* cluster = catalogs_.find(row.cluster);
  if (cluster == nullptr) return fail(damaged(what));
  if (row.kind == EventKind::kCluster) {
    const auto event = decode_cluster_event(row.body, what);
    if (!event) return fail(event.error());
    return show(cluster->name, *event);
  }
  const auto rollout = decode_rollout(row.body, what);
  if (!rollout) return fail(rollout.error());
  return show(cluster->name, row.workload, *rollout, cluster->known_until);
}

Task<Result<EventAnswer>> EventBook::find(EventQuestion question, WallTime now) {
  EventCursor cursor{.now = now, .part = EventPart::kGoingOn, .begins = {}, .id = {}};
  if (!question.after.empty()) {
    auto after = parse_cursor(question.after);
    if (!after) co_return fail(std::move(after.error()));
    cursor = *std::move(after);
  }
  question.limit = std::clamp<std::size_t>(question.limit, 1, kMaxEventsOfAnswer);
  co_return co_await transact_reading(loop_, store_.database(), &EventBook::find_once, this,
                                      question, cursor, now);
}

Task<Result<EventAnswer>> EventBook::find_once(sql::Transaction& transaction, const EventBook* self,
                                               EventQuestion question, EventCursor cursor,
                                               WallTime now) {
  std::int64_t number = -1;
  if (question.about) {
    const auto known = self->catalogs_.clusters().find(question.about->cluster);
    if (known != self->catalogs_.clusters().end()) number = known->second.id;
  }
  EventAnswer answer;
  EventCursor end = cursor;  // of what is in the answer
  for (bool has_more = true; has_more;) {
    auto rows = co_await read_part(transaction, question, number, cursor);
    if (!rows) co_return fail(std::move(rows.error()));
    for (const EventRow& row : *rows) {
      cursor = after_row(cursor, row);
      auto event = self->show_row(row, now);
      if (!event) co_return fail(std::move(event.error()));
      if (!is_about(*event, question)) continue;
      if (answer.events.size() == question.limit) {
        answer.next = format_cursor(end);
        co_return answer;
      }
      answer.events.push_back(*std::move(event));
      end = cursor;
    }
    if (std::cmp_less(rows->size(), kEventPageRows)) has_more = next_part(cursor);
  }
  co_return answer;
}

Task<Result<Event>> EventBook::find_one(std::string id, WallTime now) {
  if (!can_be_id(id)) co_return no_such_event(id);
  auto row = co_await transact_reading(loop_, store_.database(), find_row, id);
  if (!row) co_return fail(std::move(row.error()));
  if (!*row) co_return no_such_event(id);
  co_return show_row(**row, now);
}

Task<Result<std::string>> EventBook::find_id(std::string text) {
  if (!can_be_id(text)) co_return no_such_event(text);
  auto found = co_await transact_reading(loop_, store_.database(), find_ids, text);
  if (!found) co_return fail(std::move(found.error()));
  if (found->empty()) co_return no_such_event(text);
  if (found->size() == 1 || found->front() == text) co_return std::move(found->front());
  co_return fail(ErrorCode::kInvalidArgument,
                 fmt::format("several events begin with '{}', {} and {} among them: write more of "
                             "it",
                             text.substr(0, 64), found->front(), found->at(1)));
}

Task<Result<std::vector<WorkloadRollout>>> EventBook::find_rollouts(std::string cluster,
                                                                    WallTime from, WallTime to) {
  const auto known = catalogs_.clusters().find(cluster);
  if (known == catalogs_.clusters().end()) {
    co_return fail(ErrorCode::kNotFound,
                   fmt::format("there is no cluster '{}'", cluster.substr(0, kMaxEventId)));
  }
  const std::int64_t number = known->second.id;
  co_return co_await transact_reading(loop_, store_.database(), read_rollouts, number, cluster,
                                      from, to);
}

Task<Result<ProcessEvent>> EventBook::add(ProcessEvent event) {
  event.id = make_id();
  const auto turn = co_await store_.turns().take(kNoCluster);
  auto added = co_await transact(loop_, store_.database(), add_process_event, event);
  if (!added) co_return fail(std::move(added.error()));
  co_return event;
}

Task<Result<ProcessEvent>> EventBook::find_told(std::string id) {
  if (!can_be_id(id)) co_return no_such_event(id);
  auto found = co_await transact_reading(loop_, store_.database(), find_process_event, id);
  if (!found) co_return fail(std::move(found.error()));
  if (!*found) co_return no_such_event(id);
  co_return **std::move(found);
}

Task<Result<void>> EventBook::replace(ProcessEvent event) {
  if (!can_be_id(event.id)) co_return no_such_event(event.id);
  const auto turn = co_await store_.turns().take(kNoCluster);
  co_return co_await transact(loop_, store_.database(), replace_process_event, event);
}

Task<Result<std::vector<Applied>>> EventBook::add_found(
    std::string cluster, std::vector<::dive::v1::AddEventRequest> events) {
  for (const auto& event : events) {
    if (auto number = read_number(event.envelope()); !number) {
      co_return fail(std::move(number.error()));
    }
  }
  const auto number = co_await catalogs_.know(cluster);
  if (!number) co_return fail(number.error());
  const auto turn = co_await store_.turns().take(*number);
  auto outcomes = co_await transact(loop_, store_.database(), add_found_once, *number, cluster,
                                    events, loop_.clock().wall_now());
  if (outcomes && !events.empty()) catalogs_.hear(cluster, events.back().envelope());
  co_return outcomes;
}

Task<Result<void>> EventBook::forget(WallTime before) {
  std::vector<std::int64_t> clusters = {kNoCluster};
  for (const auto& [name, cluster] : catalogs_.clusters()) clusters.push_back(cluster.id);
  for (const std::int64_t cluster : clusters) {
    const auto turn = co_await store_.turns().take(cluster);
    for (std::int64_t gone = kForgottenRows; gone >= kForgottenRows;) {
      const auto done = co_await transact(loop_, store_.database(), forget_events, cluster, before);
      if (!done) co_return fail(done.error());
      gone = *done;
    }
  }
  co_return Result<void>();
}

}  // namespace seine::dive
