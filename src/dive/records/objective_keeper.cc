// SPDX-License-Identifier: Apache-2.0
#include "dive/records/objective_keeper.h"

#include <utility>

#include "fmt/format.h"

#include "dive/evidence/route_name.h"
#include "dive/records/event_rows.h"
#include "dive/records/record_messages.h"
#include "dive/records/records_limits.h"
#include "dive/records/transact.h"
#include "dive/store/batch.h"

namespace seine::dive {

using runtime::Task;

namespace {

using Objectives = std::map<std::string, KeptObjective>;

// A body is below 4 KiB and there are kMaxObjectives: one result holds them.
Task<Result<Objectives>> read_objectives(sql::Transaction& transaction) {
  auto rows = co_await transaction.run("SELECT name, body FROM objectives");
  if (!rows) co_return fail(std::move(rows.error()));
  Objectives out;
  for (const sql::Values& row : rows->rows) {
    const auto name = sql::get<std::string>(row, 0);
    const auto body = sql::get<sql::Blob>(row, 1);
    if (!name || !body) co_return fail(damaged("an objective"));
    auto objective = decode_objective(*name, *body, "the objective " + *name);
    if (!objective) co_return fail(std::move(objective.error()));
    out.emplace(*name, *std::move(objective));
  }
  co_return out;
}

Task<Result<void>> write_objectives(sql::Transaction& transaction, Objectives objectives) {
  std::vector<sql::Values> rows;
  for (const auto& [name, each] : objectives) rows.push_back({name, encode(each)});
  co_return co_await insert_rows(transaction, "INSERT INTO objectives (name, body)",
                                 "ON CONFLICT (name) DO UPDATE SET body = excluded.body",
                                 std::move(rows));
}

Task<Result<void>> delete_objective(sql::Transaction& transaction, std::string name) {
  auto done = co_await transaction.run("DELETE FROM objectives WHERE name = $1", {std::move(name)});
  if (!done) co_return fail(std::move(done.error()));
  co_return Result<void>();
}

// The default route has other names in objectives of before.
bool is_same(Subject one, Subject other) {
  for (Subject* each : {&one, &other}) each->route = std::string(canonical_route(each->route));
  return one == other;
}

}  // namespace

Task<Result<void>> ObjectiveKeeper::load() {
  auto read = co_await transact_reading(loop_, store_.database(), read_objectives);
  if (!read) co_return fail(std::move(read.error()));
  objectives_ = *std::move(read);
  co_return Result<void>();
}

Task<Result<void>> ObjectiveKeeper::settle() {
  const auto turn = co_await store_.turns().take(kNoCluster);
  co_return co_await settle_within();
}

Task<Result<void>> ObjectiveKeeper::settle_within() {
  if (!doubts_.are_about(kNoCluster)) co_return Result<void>();
  auto loaded = co_await load();
  if (loaded) doubts_.lower(kNoCluster);
  co_return loaded;
}

Result<void> ObjectiveKeeper::check(std::span<const Objective> objectives) const {
  std::map<std::string_view, const Subject*> subjects;
  std::size_t added = 0;
  for (const Objective& objective : objectives) {
    if (auto checked = check_objective(objective); !checked) return checked;
    const auto before = objectives_.find(objective.name);
    const bool is_new = before == objectives_.end();
    const auto [at, is_first] = subjects.try_emplace(
        objective.name, is_new ? &objective.subject : &before->second.objective.subject);
    if (is_new && is_first) ++added;
    if (!is_same(*at->second, objective.subject)) {
      return fail(ErrorCode::kInvalidArgument,
                  fmt::format("the objective '{}' is of {}, and cannot become one of {}: give this "
                              "one another name, or remove that one before",
                              objective.name, describe(*at->second), describe(objective.subject)));
    }
  }
  if (objectives_.size() + added <= kMaxObjectives) return {};
  return fail(ErrorCode::kLimit,
              fmt::format("there would be {} objectives, and there may be {}: remove some",
                          objectives_.size() + added, kMaxObjectives));
}

Task<Result<void>> ObjectiveKeeper::put(std::vector<Objective> objectives, Deed deed) {
  const auto turn = co_await store_.turns().take(kNoCluster);
  auto settled = co_await settle_within();
  if (!settled) co_return settled;
  if (auto checked = check(objectives); !checked) co_return checked;
  Objectives changed;
  for (Objective& objective : objectives) {
    const auto before = objectives_.find(objective.name);
    const Deed& created = before == objectives_.end() ? deed : before->second.created;
    std::string name = objective.name;
    changed.insert_or_assign(std::move(name), KeptObjective{std::move(objective), created, deed});
  }
  Write under_way(doubts_, kNoCluster);
  auto written = co_await transact(loop_, store_.database(), write_objectives, changed);
  if (!written) co_return written;
  for (auto& [name, each] : changed) objectives_.insert_or_assign(name, std::move(each));
  under_way.is_done();
  co_return Result<void>();
}

Task<Result<void>> ObjectiveKeeper::remove(std::string name) {
  const auto turn = co_await store_.turns().take(kNoCluster);
  auto settled = co_await settle_within();
  if (!settled) co_return settled;
  if (!objectives_.contains(name)) {
    co_return fail(ErrorCode::kNotFound,
                   fmt::format("there is no objective '{}'", name.substr(0, kMaxObjectiveName)));
  }
  Write under_way(doubts_, kNoCluster);
  auto written = co_await transact(loop_, store_.database(), delete_objective, name);
  if (!written) co_return written;
  objectives_.erase(name);
  under_way.is_done();
  co_return Result<void>();
}

}  // namespace seine::dive
