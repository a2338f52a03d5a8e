// SPDX-License-Identifier: Apache-2.0
#include "dive/records/testing/records_world.h"

#include <utility>

#include "base/check.h"

namespace seine::dive::testing {

RecordsTest::RecordsTest() {
  reopen();
}

RecordsTest::~RecordsTest() = default;

void RecordsTest::reopen() {
  sink_.reset();
  records_.reset();
  open();
  auto opened = real_.run(Records::open(real_.loop, *store_));
  ASSERT_TRUE(opened.has_value()) << opened.error().to_string();
  records_ = *std::move(opened);
  sink_ = std::make_unique<StoreSink>(real_.loop, *store_, *records_);
}

void RecordsTest::run(std::string sql) {
  const auto done = real_.run(store_->database().run(std::move(sql)));
  ASSERT_TRUE(done.has_value()) << done.error().to_string();
}

ProcessEvent RecordsTest::add(ProcessEvent event) {
  auto added = real_.run(records_->add_event(std::move(event)));
  EXPECT_TRUE(added.has_value()) << added.error().to_string();
  return added.value_or(ProcessEvent());
}

EventAnswer RecordsTest::find(EventQuestion question) {
  auto answer = real_.run(records_->find_events(std::move(question), real_.clock.wall_now()));
  EXPECT_TRUE(answer.has_value()) << answer.error().to_string();
  return answer.value_or(EventAnswer());
}

std::vector<std::string> RecordsTest::ids(const EventAnswer& answer) {
  std::vector<std::string> out;
  for (const Event& event : answer.events) out.push_back(event.id);
  return out;
}

std::vector<std::string> RecordsTest::ids_by_pages(EventQuestion question) {
  std::vector<std::string> out;
  for (;;) {
    const EventAnswer answer = find(question);
    EXPECT_LE(answer.events.size(), question.limit);
    for (std::string& id : ids(answer)) out.push_back(std::move(id));
    if (answer.next.empty()) return out;
    EXPECT_EQ(answer.events.size(), question.limit);
    question.after = answer.next;
  }
}

std::vector<WorkloadRollout> RecordsTest::rollouts() {
  auto found = real_.run(records_->find_rollouts("demo", WallTime{}, kAges));
  EXPECT_TRUE(found.has_value()) << found.error().to_string();
  return found.value_or(std::vector<WorkloadRollout>());
}

namespace {

EventDraft draft_of(std::string title) {
  return {.title = std::move(title),
          .description = "why",
          .targets = {{"demo", "shop", "service", "payments"}}};
}

}  // namespace

ProcessEvent told_at(std::string title, double from, std::optional<double> to) {
  auto event = start_event("-", draft_of(std::move(title)), {"ada", minute(from)});
  SEINE_CHECK(event.has_value(), "a test's event is one");
  if (to) event->concluded = Deed{"grace", minute(*to)};
  return *std::move(event);
}

ProcessEvent scheduled_at(std::string title, double from) {
  auto event = schedule_event("-", draft_of(std::move(title)), {"ada", WallTime{}}, minute(from));
  SEINE_CHECK(event.has_value(), "a test's event is one");
  return *std::move(event);
}

::dive::v1::AddEventRequest found_at(double at, std::uint64_t sequence, std::string id,
                                     std::string workload, char epoch) {
  ::dive::v1::AddEventRequest out;
  out.mutable_envelope()->set_epoch(std::string(16, epoch));
  out.mutable_envelope()->set_sequence(sequence);
  auto& event = *out.mutable_event();
  event.set_id(std::move(id));
  event.set_kind("agent.started");
  AgentScript::write(minute(at), *event.mutable_at());
  if (!workload.empty()) AgentScript::write(workload, *event.mutable_workload());
  event.set_summary("the agent has started");
  return out;
}

Objective objective_of(std::string name, std::string service) {
  return {.name = std::move(name),
          .description = "",
          .subject = {.kind = Subject::Kind::kService,
                      .ns = "shop",
                      .name = std::move(service),
                      .route = "",
                      .environment = ""},
          .latency = std::nullopt,
          .goal = *Goal::parse("99.9%"),
          .window = RollingWindow{std::chrono::hours(168)}};
}

}  // namespace seine::dive::testing
