// SPDX-License-Identifier: Apache-2.0
#include "dive/records/records.h"

#include <utility>

#include "dive/records/credential_rows.h"
#include "dive/records/records_state.h"
#include "dive/records/transact.h"

namespace seine::dive {

using runtime::Task;

Records::Records(std::unique_ptr<State> state) : state_(std::move(state)) {}
Records::~Records() = default;

Task<Result<std::unique_ptr<Records>>> Records::open(runtime::EventLoop& loop, Store& store) {
  auto state = std::make_unique<State>(loop, store);
  auto loaded = co_await state->catalogs.load();
  if (loaded) loaded = co_await state->objectives.load();
  if (!loaded) co_return fail(std::move(loaded.error()));
  co_return std::unique_ptr<Records>(new Records(std::move(state)));
}

const std::map<std::string, KeptCluster>& Records::clusters() const {
  return state_->catalogs.clusters();
}

const std::map<std::string, KeptObjective>& Records::objectives() const {
  return state_->objectives.objectives();
}

Result<void> Records::check_objectives(std::span<const Objective> objectives) const {
  return state_->objectives.check(objectives);
}

Task<Result<void>> Records::put_objectives(std::vector<Objective> objectives, Deed deed) {
  co_return co_await state_->objectives.put(std::move(objectives), std::move(deed));
}

Task<Result<void>> Records::remove_objective(std::string name, Deed) {
  co_return co_await state_->objectives.remove(std::move(name));
}

Task<Result<EventAnswer>> Records::find_events(EventQuestion question, WallTime now) {
  co_return co_await state_->events.find(std::move(question), now);
}

Task<Result<Event>> Records::find_event(std::string id, WallTime now) {
  co_return co_await state_->events.find_one(std::move(id), now);
}

Task<Result<std::string>> Records::find_event_id(std::string text) {
  co_return co_await state_->events.find_id(std::move(text));
}

Task<Result<ProcessEvent>> Records::add_event(ProcessEvent event) {
  co_return co_await state_->events.add(std::move(event));
}

Task<Result<ProcessEvent>> Records::find_process_event(std::string id) {
  co_return co_await state_->events.find_told(std::move(id));
}

Task<Result<void>> Records::replace_event(ProcessEvent event) {
  co_return co_await state_->events.replace(std::move(event));
}

Task<Result<std::vector<WorkloadRollout>>> Records::find_rollouts(std::string cluster,
                                                                  WallTime from, WallTime to) {
  co_return co_await state_->events.find_rollouts(std::move(cluster), from, to);
}

Task<Result<void>> Records::forget(WallTime now, WallTime before) {
  auto done = co_await state_->catalogs.forget(now);
  if (done) done = co_await state_->events.forget(before);
  if (!done) co_return done;
  co_return co_await transact(state_->loop, state_->store.database(), forget_tokens, now);
}

}  // namespace seine::dive
