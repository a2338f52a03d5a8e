// SPDX-License-Identifier: Apache-2.0
#include "dive/records/event_rows.h"

#include <utility>

#include "fmt/format.h"

#include "dive/records/record_messages.h"
#include "dive/records/records_limits.h"
#include "dive/store/batch.h"

namespace seine::dive {

using runtime::Task;

namespace {

constexpr std::string_view kColumns =
    "id, kind, cluster, namespace, workload_kind, workload, is_over, begins_nanos, ended_nanos,"
    " body";

std::int64_t number_of(EventKind kind) {
  switch (kind) {
    case EventKind::kRollout: return 1;
    case EventKind::kProcess: return 2;
    case EventKind::kCluster: break;
  }
  return 3;
}

EventRow to_row(const Event& event, std::int64_t cluster, WorkloadName workload, sql::Blob body) {
  return {.id = event.id,
          .kind = event.kind,
          .cluster = cluster,
          .workload = std::move(workload),
          .is_over = event.is_over,
          .begins = event.begins_at,
          .ended = event.ended_at.value_or(WallTime{}),
          .body = std::move(body)};
}

sql::Values values_of(EventRow row) {
  return {std::move(row.id),
          number_of(row.kind),
          row.cluster,
          std::move(row.workload.ns),
          std::move(row.workload.kind),
          std::move(row.workload.name),
          std::int64_t{row.is_over ? 1 : 0},
          to_nanoseconds(row.begins),
          row.is_over ? to_nanoseconds(row.ended) : std::int64_t{0},
          std::move(row.body)};
}

Result<EventRow> row_from(sql::Values& values) {
  EventRow row;
  auto id = sql::get<std::string>(values, 0);
  const auto kind = sql::get<std::int64_t>(values, 1);
  const auto cluster = sql::get<std::int64_t>(values, 2);
  auto ns = sql::get<std::string>(values, 3);
  auto workload_kind = sql::get<std::string>(values, 4);
  auto workload = sql::get<std::string>(values, 5);
  const auto is_over = sql::get<std::int64_t>(values, 6);
  const auto begins = sql::get<std::int64_t>(values, 7);
  const auto ended = sql::get<std::int64_t>(values, 8);
  auto body = sql::get<sql::Blob>(values, 9);
  if (!id) return fail(damaged("an event"));
  if (!kind || !cluster || !ns || !workload_kind || !workload || !is_over || !begins || !ended ||
      !body || *kind < 1 || *kind > 3) {
    return fail(damaged("the event " + *id));
  }
  row.id = *std::move(id);
  row.kind = *kind == 1   ? EventKind::kRollout
             : *kind == 2 ? EventKind::kProcess
                          : EventKind::kCluster;
  row.cluster = *cluster;
  row.workload = {*std::move(ns), *std::move(workload_kind), *std::move(workload)};
  row.is_over = *is_over != 0;
  row.begins = from_nanoseconds(*begins);
  row.ended = from_nanoseconds(*ended);
  row.body = *std::move(body);
  return row;
}

// Conditions and their parameters, as they come.
class Conditions {
 public:
  std::string place(sql::Value value) {
    values_.push_back(std::move(value));
    return "$" + std::to_string(values_.size());
  }
  void add(std::string condition) { text_ += (text_.empty() ? "" : " AND ") + condition; }
  const std::string& text() const { return text_; }
  sql::Values take() { return std::move(values_); }

 private:
  std::string text_;
  sql::Values values_;
};

void add_part(Conditions& where, const EventQuestion& question, const EventCursor& after) {
  const std::int64_t now = to_nanoseconds(after.now);
  switch (after.part) {
    case EventPart::kGoingOn:
      where.add("is_over = 0 AND begins_nanos <= " + where.place(now));
      break;
    case EventPart::kToCome: where.add("is_over = 0 AND begins_nanos > " + where.place(now)); break;
    case EventPart::kOver:
      where.add("is_over = 1 AND ended_nanos > " + where.place(to_nanoseconds(question.from)));
      break;
  }
  if (after.part == EventPart::kOver || !question.with_open) {
    where.add("begins_nanos <= " + where.place(to_nanoseconds(question.to)));
  }
  if (after.id.empty()) return;
  const std::string begins = where.place(to_nanoseconds(after.begins));
  where.add(fmt::format("(begins_nanos {} {} OR (begins_nanos = {} AND id > {}))",
                        after.part == EventPart::kToCome ? ">" : "<", begins, begins,
                        where.place(after.id)));
}

// As concerns() has it, for what is about one thing; what people told is looked at by the caller.
void add_about(Conditions& where, const EventTarget& about, bool only_inside,
               std::int64_t cluster) {
  std::string inside = "cluster = " + where.place(cluster);
  if (!about.ns.empty()) {
    std::string in_namespace = "namespace = " + where.place(about.ns);
    if (!about.name.empty()) {
      in_namespace += " AND workload_kind = " + where.place(about.kind) +
                      " AND workload = " + where.place(about.name);
    }
    inside +=
        only_inside ? " AND " + in_namespace : " AND (namespace = '' OR (" + in_namespace + "))";
  }
  where.add("(cluster = 0 OR (" + inside + "))");
}

}  // namespace

EventRow to_row(std::int64_t number, const std::string& cluster, const WorkloadRollout& rollout) {
  const Event event = show(cluster, rollout.workload, rollout.rollout, rollout.rollout.started_at);
  return to_row(event, number, rollout.workload, encode(rollout.rollout));
}

EventRow to_row(std::int64_t number, const std::string& cluster, const ClusterEvent& event) {
  return to_row(show(cluster, event), number, event.workload.value_or(WorkloadName{}),
                encode(event));
}

EventRow to_row(const ProcessEvent& event) {
  return to_row(show(event, event.created.at), kNoCluster, {}, encode(event));
}

std::string row_id_of(const std::string& process_event) {
  return "process." + process_event;
}

Task<Result<void>> save_events(sql::Transaction& transaction, std::vector<EventRow> rows) {
  std::vector<sql::Values> values;
  for (EventRow& row : rows) values.push_back(values_of(std::move(row)));
  co_return co_await insert_rows(
      transaction, "INSERT INTO events (" + std::string(kColumns) + ")",
      "ON CONFLICT (id) DO UPDATE SET is_over = excluded.is_over,"
      " begins_nanos = excluded.begins_nanos, ended_nanos = excluded.ended_nanos,"
      " body = excluded.body",
      std::move(values));
}

Task<Result<void>> add_once(sql::Transaction& transaction, EventRow row) {
  std::vector<sql::Values> values;
  values.push_back(values_of(std::move(row)));
  co_return co_await insert_rows(transaction, "INSERT INTO events (" + std::string(kColumns) + ")",
                                 "ON CONFLICT (id) DO NOTHING", std::move(values));
}

Task<Result<std::optional<EventRow>>> find_row(sql::Transaction& transaction, std::string id) {
  auto rows = co_await transaction.run(
      "SELECT " + std::string(kColumns) + " FROM events WHERE id = $1", {std::move(id)});
  if (!rows) co_return fail(std::move(rows.error()));
  if (rows->rows.empty()) co_return std::nullopt;
  auto row = row_from(rows->rows[0]);
  if (!row) co_return fail(std::move(row.error()));
  co_return *std::move(row);
}

namespace {

// What LIKE takes for all that begins so.
std::string beginning(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '!') out += '!';
    out += c;
  }
  return out + "%";
}

}  // namespace

Task<Result<std::vector<std::string>>> find_ids(sql::Transaction& transaction, std::string text) {
  auto rows = co_await transaction.run(
      "SELECT id FROM events WHERE id = $1 OR id LIKE $2 ESCAPE '!' OR id LIKE $3 ESCAPE '!'"
      " ORDER BY CASE WHEN id = $1 THEN 0 ELSE 1 END, id LIMIT 2",
      {text, beginning(text), beginning(row_id_of(text))});
  if (!rows) co_return fail(std::move(rows.error()));
  std::vector<std::string> out;
  for (const sql::Values& row : rows->rows) {
    auto id = sql::get<std::string>(row, 0);
    if (!id) co_return fail(std::move(id.error()));
    out.push_back(*std::move(id));
  }
  co_return out;
}

Task<Result<std::vector<EventRow>>> read_part(sql::Transaction& transaction,
                                              const EventQuestion& question, std::int64_t cluster,
                                              const EventCursor& after) {
  Conditions where;
  add_part(where, question, after);
  if (question.kind) where.add("kind = " + where.place(number_of(*question.kind)));
  if (question.about) add_about(where, *question.about, question.only_inside, cluster);
  const std::string text =
      fmt::format("SELECT {} FROM events WHERE {} ORDER BY begins_nanos {}, id LIMIT {}", kColumns,
                  where.text(), after.part == EventPart::kToCome ? "ASC" : "DESC", kEventPageRows);
  auto rows = co_await transaction.run(text, where.take());
  if (!rows) co_return fail(std::move(rows.error()));
  std::vector<EventRow> out;
  for (sql::Values& values : rows->rows) {
    auto row = row_from(values);
    if (!row) co_return fail(std::move(row.error()));
    out.push_back(*std::move(row));
  }
  co_return out;
}

Task<Result<std::int64_t>> count_events(sql::Transaction& transaction, EventKind kind,
                                        std::int64_t cluster) {
  auto rows = co_await transaction.run(
      "SELECT count(*) FROM events WHERE cluster = $1 AND kind = $2", {cluster, number_of(kind)});
  if (!rows) co_return fail(std::move(rows.error()));
  co_return sql::get<std::int64_t>(rows->rows.at(0), 0);
}

Task<Result<void>> keep_cluster_events(sql::Transaction& transaction, std::int64_t cluster,
                                       std::int64_t most) {
  auto count = co_await count_events(transaction, EventKind::kCluster, cluster);
  if (!count) co_return fail(std::move(count.error()));
  if (*count <= most) co_return Result<void>();
  auto gone = co_await transaction.run(
      "DELETE FROM events WHERE id IN (SELECT id FROM events WHERE cluster = $1 AND kind = 3"
      " ORDER BY begins_nanos, id LIMIT $2)",
      {cluster, *count - most});
  if (!gone) co_return fail(std::move(gone.error()));
  co_return Result<void>();
}

Task<Result<void>> keep_rollouts(sql::Transaction& transaction, std::int64_t cluster,
                                 WorkloadName workload, std::int64_t most) {
  auto gone = co_await transaction.run(
      "DELETE FROM events WHERE id IN (SELECT id FROM events WHERE cluster = $1 AND kind = 1"
      " AND namespace = $2 AND workload = $3 AND workload_kind = $4 AND is_over = 1"
      " ORDER BY begins_nanos DESC, id LIMIT 1000 OFFSET $5)",
      {cluster, std::move(workload.ns), std::move(workload.name), std::move(workload.kind), most});
  if (!gone) co_return fail(std::move(gone.error()));
  co_return Result<void>();
}

Task<Result<std::int64_t>> forget_events(sql::Transaction& transaction, std::int64_t cluster,
                                         WallTime before) {
  const std::string some =
      "(SELECT id FROM events WHERE cluster = $1 AND is_over = 1 AND ended_nanos < $2"
      " ORDER BY id LIMIT $3)";
  const sql::Values values = {cluster, to_nanoseconds(before), kForgottenRows};
  if (cluster == kNoCluster) {
    auto comments =
        co_await transaction.run("DELETE FROM event_comments WHERE event IN " + some, values);
    if (!comments) co_return fail(std::move(comments.error()));
  }
  auto gone = co_await transaction.run("DELETE FROM events WHERE id IN " + some, values);
  if (!gone) co_return fail(std::move(gone.error()));
  co_return gone->changed;
}

}  // namespace seine::dive
