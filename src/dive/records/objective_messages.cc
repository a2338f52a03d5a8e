// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "dive/records/record_body.h"

namespace seine::dive {

namespace kept = ::dive::records::v1;

sql::Blob encode(const KeptObjective& each) {
  const Objective& objective = each.objective;
  kept::KeptObjective out;
  out.set_form(kForm);
  out.set_description(objective.description);
  out.set_subject_kind(objective.subject.kind == Subject::Kind::kService
                           ? kept::KeptObjective::SERVICE
                           : kept::KeptObjective::WORKLOAD);
  out.set_subject_namespace(objective.subject.ns);
  out.set_subject_name(objective.subject.name);
  out.set_route(objective.subject.route);
  out.set_environment(objective.subject.environment);
  if (objective.latency) out.set_latency(objective.latency->count());
  out.set_goal(objective.goal.billionths());
  if (const auto* rolling = std::get_if<RollingWindow>(&objective.window)) {
    out.set_rolling(rolling->length.count());
  } else {
    out.set_month_zone(std::get<CalendarMonth>(objective.window).zone);
  }
  write_deed(each.created, *out.mutable_created());
  write_deed(each.changed, *out.mutable_changed());
  return serialize(out);
}

namespace {

Result<Window> read_window(const kept::KeptObjective& message) {
  switch (message.window_case()) {
    case kept::KeptObjective::kRolling: return rolling_window(Duration(message.rolling()));
    case kept::KeptObjective::kMonthZone: return calendar_month(message.month_zone());
    case kept::KeptObjective::WINDOW_NOT_SET: break;
  }
  return fail(ErrorCode::kInvalidArgument, "it has no window");
}

}  // namespace

Result<KeptObjective> decode_objective(std::string name, const sql::Blob& body,
                                       std::string_view what) {
  const auto message = parse_body<kept::KeptObjective>(body, what);
  if (!message) return fail(message.error());
  auto goal = Goal::from_billionths(message->goal());
  auto window = read_window(*message);
  const int subject = message->subject_kind();
  const bool is_service = subject == kept::KeptObjective::SERVICE;
  if (!goal || !window || (!is_service && subject != kept::KeptObjective::WORKLOAD)) {
    return fail(damaged(what));
  }
  KeptObjective out{.objective = {.name = std::move(name),
                                  .description = message->description(),
                                  .subject = {.kind = is_service ? Subject::Kind::kService
                                                                 : Subject::Kind::kWorkload,
                                              .ns = message->subject_namespace(),
                                              .name = message->subject_name(),
                                              .route = message->route(),
                                              .environment = message->environment()},
                                  .latency = std::nullopt,
                                  .goal = *goal,
                                  .window = *std::move(window)},
                    .created = read_deed(message->created()),
                    .changed = read_deed(message->changed())};
  if (message->has_latency()) out.objective.latency = Duration(message->latency());
  return out;
}

}  // namespace seine::dive
