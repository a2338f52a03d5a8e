// SPDX-License-Identifier: Apache-2.0
#include "dive/records/told_rows.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "fmt/format.h"

#include "dive/records/event_rows.h"
#include "dive/records/record_messages.h"
#include "dive/records/records_limits.h"
#include "dive/store/batch.h"

namespace seine::dive {

using runtime::Task;

namespace {

// In their order.
Task<Result<std::vector<sql::Blob>>> read_comments(sql::Transaction& transaction,
                                                   std::string event) {
  auto rows = co_await transaction.run(
      "SELECT body FROM event_comments WHERE event = $1 ORDER BY place", {std::move(event)});
  if (!rows) co_return fail(std::move(rows.error()));
  std::vector<sql::Blob> out;
  for (const sql::Values& row : rows->rows) {
    auto body = sql::get<sql::Blob>(row, 0);
    if (!body) co_return fail(std::move(body.error()));
    out.push_back(*std::move(body));
  }
  co_return out;
}

// From the first that is other than what there is.
Task<Result<void>> write_comments(sql::Transaction& transaction, std::string event,
                                  std::vector<sql::Blob> before, std::vector<Comment> comments) {
  std::vector<sql::Blob> bodies;
  for (const Comment& comment : comments) bodies.push_back(encode(comment));
  const auto same =
      static_cast<std::size_t>(std::ranges::mismatch(before, bodies).in1 - before.begin());
  if (same < before.size()) {
    auto gone =
        co_await transaction.run("DELETE FROM event_comments WHERE event = $1 AND place >= $2",
                                 {event, static_cast<std::int64_t>(same)});
    if (!gone) co_return fail(std::move(gone.error()));
  }
  std::vector<sql::Values> rows;
  for (std::size_t i = same; i < bodies.size(); ++i) {
    rows.push_back({event, static_cast<std::int64_t>(i), std::move(bodies[i])});
  }
  co_return co_await insert_rows(transaction, "INSERT INTO event_comments (event, place, body)", "",
                                 std::move(rows));
}

std::vector<EventRow> one_row(const ProcessEvent& event) {
  std::vector<EventRow> rows;
  rows.push_back(to_row(event));
  return rows;
}

}  // namespace

Task<Result<void>> add_process_event(sql::Transaction& transaction, ProcessEvent event) {
  const auto count = co_await count_events(transaction, EventKind::kProcess, kNoCluster);
  if (!count) co_return fail(count.error());
  if (*count >= kMaxProcessEvents) {
    co_return fail(ErrorCode::kLimit,
                   fmt::format("there are {} events that people told, and there may be no more: "
                               "those that were concluded go when their retention ends",
                               *count));
  }
  auto written = co_await save_events(transaction, one_row(event));
  if (!written) co_return written;
  co_return co_await write_comments(transaction, row_id_of(event.id), {},
                                    std::move(event.comments));
}

Task<Result<std::optional<ProcessEvent>>> find_process_event(sql::Transaction& transaction,
                                                             std::string id) {
  const std::string row_id = row_id_of(id);
  const std::string what = "the event " + row_id;
  const auto row = co_await find_row(transaction, row_id);
  if (!row) co_return fail(row.error());
  if (!*row) co_return std::nullopt;
  auto event = decode_process_event((*row)->body, what);
  if (!event) co_return fail(std::move(event.error()));
  const auto bodies = co_await read_comments(transaction, row_id);
  if (!bodies) co_return fail(bodies.error());
  for (const sql::Blob& body : *bodies) {
    auto comment = decode_comment(body, "a comment of " + what);
    if (!comment) co_return fail(std::move(comment.error()));
    event->comments.push_back(*std::move(comment));
  }
  co_return *std::move(event);
}

Task<Result<void>> replace_process_event(sql::Transaction& transaction, ProcessEvent event) {
  const std::string row_id = row_id_of(event.id);
  const auto row = co_await find_row(transaction, row_id);
  if (!row) co_return fail(row.error());
  if (!*row) {
    co_return fail(ErrorCode::kNotFound,
                   fmt::format("there is no event '{}'", event.id.substr(0, 64)));
  }
  auto written = co_await save_events(transaction, one_row(event));
  if (!written) co_return written;
  auto before = co_await read_comments(transaction, row_id);
  if (!before) co_return fail(std::move(before.error()));
  co_return co_await write_comments(transaction, row_id, *std::move(before),
                                    std::move(event.comments));
}

Task<Result<std::vector<WorkloadRollout>>> read_rollouts(sql::Transaction& transaction,
                                                         std::int64_t number, std::string cluster,
                                                         WallTime from, WallTime to) {
  EventQuestion question{.from = from,
                         .to = to,
                         .with_open = false,
                         .about = EventTarget{cluster, {}, {}, {}},
                         .kind = EventKind::kRollout,
                         .limit = kMaxFoundRollouts,
                         .after = {}};
  std::vector<WorkloadRollout> out;
  // What began by `to` is going on or over as of then.
  for (const EventPart part : {EventPart::kGoingOn, EventPart::kOver}) {
    EventCursor cursor{.now = to, .part = part, .begins = {}, .id = {}};
    for (std::size_t found = 0; found < kMaxFoundRollouts;) {
      auto rows = co_await read_part(transaction, question, number, cursor);
      if (!rows) co_return fail(std::move(rows.error()));
      for (EventRow& row : *rows) {
        auto rollout = decode_rollout(row.body, "the event " + row.id);
        if (!rollout) co_return fail(std::move(rollout.error()));
        cursor.begins = row.begins;
        cursor.id = row.id;
        out.push_back({std::move(row.workload), *std::move(rollout)});
      }
      found += rows->size();
      if (std::cmp_less(rows->size(), kEventPageRows)) break;
    }
  }
  std::ranges::sort(out, [](const WorkloadRollout& a, const WorkloadRollout& b) {
    return std::tie(b.rollout.started_at, b.workload) < std::tie(a.rollout.started_at, a.workload);
  });
  if (out.size() > kMaxFoundRollouts) out.resize(kMaxFoundRollouts);
  co_return out;
}

}  // namespace seine::dive
