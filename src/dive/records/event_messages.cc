// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "dive/records/record_body.h"

namespace seine::dive {

namespace kept = ::dive::records::v1;

sql::Blob encode(const ProcessEvent& event) {
  kept::KeptProcessEvent out;
  out.set_form(kForm);
  out.set_id(event.id);
  out.set_title(event.title);
  out.set_description(event.description);
  for (const EventTarget& target : event.targets) {
    auto& each = *out.add_targets();
    each.set_cluster(target.cluster);
    each.set_namespace_(target.ns);
    each.set_kind(target.kind);
    each.set_name(target.name);
  }
  write_deed(event.created, *out.mutable_created());
  if (event.scheduled_for) out.set_scheduled_for(to_nanoseconds(*event.scheduled_for));
  if (event.started) write_deed(*event.started, *out.mutable_started());
  if (event.concluded) write_deed(*event.concluded, *out.mutable_concluded());
  return serialize(out);
}

Result<ProcessEvent> decode_process_event(const sql::Blob& body, std::string_view what) {
  const auto message = parse_body<kept::KeptProcessEvent>(body, what);
  if (!message) return fail(message.error());
  ProcessEvent out{.id = message->id(),
                   .title = message->title(),
                   .description = message->description(),
                   .targets = {},
                   .created = read_deed(message->created()),
                   .scheduled_for = std::nullopt,
                   .started = std::nullopt,
                   .concluded = std::nullopt,
                   .comments = {}};
  for (const kept::KeptTarget& each : message->targets()) {
    out.targets.push_back({.cluster = each.cluster(),
                           .ns = each.namespace_(),
                           .kind = each.kind(),
                           .name = each.name()});
  }
  if (message->has_scheduled_for()) out.scheduled_for = from_nanoseconds(message->scheduled_for());
  if (message->has_started()) out.started = read_deed(message->started());
  if (message->has_concluded()) out.concluded = read_deed(message->concluded());
  return out;
}

sql::Blob encode(const Comment& comment) {
  kept::KeptComment out;
  out.set_form(kForm);
  out.set_id(comment.id);
  write_deed(comment.written, *out.mutable_written());
  out.set_text(comment.text);
  return serialize(out);
}

Result<Comment> decode_comment(const sql::Blob& body, std::string_view what) {
  const auto message = parse_body<kept::KeptComment>(body, what);
  if (!message) return fail(message.error());
  return Comment{
      .id = message->id(), .written = read_deed(message->written()), .text = message->text()};
}

sql::Blob encode(const ClusterEvent& event) {
  kept::KeptClusterEvent out;
  out.set_form(kForm);
  out.set_id(event.id);
  out.set_kind(event.kind);
  out.set_at(to_nanoseconds(event.at));
  if (event.workload) write_name(*event.workload, *out.mutable_workload());
  out.set_summary(event.summary);
  out.set_description(event.description);
  return serialize(out);
}

Result<ClusterEvent> decode_cluster_event(const sql::Blob& body, std::string_view what) {
  const auto message = parse_body<kept::KeptClusterEvent>(body, what);
  if (!message) return fail(message.error());
  ClusterEvent out{.id = message->id(),
                   .kind = message->kind(),
                   .at = from_nanoseconds(message->at()),
                   .workload = std::nullopt,
                   .summary = message->summary(),
                   .description = message->description()};
  if (message->has_workload()) out.workload = read_kept_name(message->workload());
  return out;
}

}  // namespace seine::dive
