// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "dive/records/record_body.h"

namespace seine::dive {

namespace kept = ::dive::records::v1;

namespace {

void write(const Revision& revision, kept::KeptRevision& out) {
  out.set_version(revision.version);
  out.set_template_digest(revision.template_digest);
}
Revision read(const kept::KeptRevision& message) {
  return {.version = message.version(), .template_digest = message.template_digest()};
}

kept::KeptRollout::End end_of(const Rollout& rollout) {
  if (!rollout.end) return kept::KeptRollout::NONE;
  switch (*rollout.end) {
    case Rollout::End::kConcluded: return kept::KeptRollout::CONCLUDED;
    case Rollout::End::kUndone: return kept::KeptRollout::UNDONE;
    case Rollout::End::kReplaced: break;
  }
  return kept::KeptRollout::REPLACED;
}

// Whether it is one that this version knows.
bool read_end(int end, std::optional<Rollout::End>& out) {
  switch (end) {
    case kept::KeptRollout::NONE: out.reset(); return true;
    case kept::KeptRollout::CONCLUDED: out = Rollout::End::kConcluded; return true;
    case kept::KeptRollout::UNDONE: out = Rollout::End::kUndone; return true;
    case kept::KeptRollout::REPLACED: out = Rollout::End::kReplaced; return true;
    default: return false;
  }
}

void write(const Rollout& rollout, kept::KeptRollout& out) {
  out.set_form(kForm);
  out.set_number(rollout.number);
  write(rollout.from, *out.mutable_from());
  write(rollout.to, *out.mutable_to());
  out.set_started_at(to_nanoseconds(rollout.started_at));
  out.set_started_by(rollout.started_by);
  out.set_end(end_of(rollout));
  out.set_ended_at(to_nanoseconds(rollout.ended_at));
  out.set_pods(rollout.pods);
  out.set_ready(rollout.ready);
  out.set_others(rollout.others);
  out.set_others_ready(rollout.others_ready);
  for (const std::string& pod : rollout.pods_so_far) out.add_pods_so_far(pod);
  out.set_most_ready(rollout.most_ready);
  out.set_fewest_others(rollout.fewest_others);
  out.set_progressed_at(to_nanoseconds(rollout.progressed_at));
}

Result<Rollout> read(const kept::KeptRollout& message, std::string_view what) {
  Rollout out{.number = message.number(),
              .from = read(message.from()),
              .to = read(message.to()),
              .started_at = from_nanoseconds(message.started_at()),
              .started_by = message.started_by(),
              .end = std::nullopt,
              .ended_at = from_nanoseconds(message.ended_at()),
              .pods = message.pods(),
              .ready = message.ready(),
              .others = message.others(),
              .others_ready = message.others_ready(),
              .pods_so_far = {message.pods_so_far().begin(), message.pods_so_far().end()},
              .most_ready = message.most_ready(),
              .fewest_others = message.fewest_others(),
              .progressed_at = from_nanoseconds(message.progressed_at())};
  if (!read_end(message.end(), out.end)) return fail(damaged(what));
  return out;
}

void write(const Pod& pod, kept::KeptPod& out) {
  out.set_name(pod.name);
  write(pod.revision, *out.mutable_revision());
  out.set_ready(pod.ready);
  out.set_leaving(pod.leaving);
  out.set_since(to_nanoseconds(pod.since));
  out.set_started_by(pod.started_by);
  for (const auto& [key, value] : pod.labels) {
    auto& label = *out.add_labels();
    label.set_key(key);
    label.set_value(value);
  }
}

Pod read(const kept::KeptPod& message) {
  Pod out{.name = message.name(),
          .revision = read(message.revision()),
          .ready = message.ready(),
          .leaving = message.leaving(),
          .since = from_nanoseconds(message.since()),
          .started_by = message.started_by(),
          .labels = {}};
  for (const auto& label : message.labels()) out.labels.emplace(label.key(), label.value());
  return out;
}

// Of workloads and services.
template <class Thing, class Message>
void write_life(const Thing& thing, Message& out) {
  out.set_form(kForm);
  out.set_first_seen(to_nanoseconds(thing.first_seen));
  out.set_changed_at(to_nanoseconds(thing.changed_at));
  if (thing.gone_at) out.set_gone_at(to_nanoseconds(*thing.gone_at));
}
template <class Message, class Thing>
void read_life(const Message& message, Thing& out) {
  out.first_seen = from_nanoseconds(message.first_seen());
  out.changed_at = from_nanoseconds(message.changed_at());
  if (message.has_gone_at()) out.gone_at = from_nanoseconds(message.gone_at());
}

}  // namespace

sql::Blob encode(const Workload& workload) {
  kept::KeptWorkload out;
  write_life(workload, out);
  out.set_service_account(workload.now.service_account);
  for (const Pod& pod : workload.now.pods) write(pod, *out.add_pods());
  out.set_environment(workload.environment);
  if (workload.settled) write(*workload.settled, *out.mutable_settled());
  if (workload.rollout) write(*workload.rollout, *out.mutable_rollout());
  return serialize(out);
}

Result<Workload> decode_workload(WorkloadName name, const sql::Blob& body, std::string_view what) {
  auto message = parse_body<kept::KeptWorkload>(body, what);
  if (!message) return fail(std::move(message.error()));
  Workload out;
  read_life(*message, out);
  out.now.name = std::move(name);
  out.now.service_account = message->service_account();
  for (const kept::KeptPod& pod : message->pods()) out.now.pods.push_back(read(pod));
  out.environment = message->environment();
  if (message->has_settled()) out.settled = read(message->settled());
  if (message->has_rollout()) {
    auto rollout = read(message->rollout(), what);
    if (!rollout) return fail(std::move(rollout.error()));
    out.rollout = *std::move(rollout);
  }
  return out;
}

sql::Blob encode(const Service& service) {
  kept::KeptService out;
  write_life(service, out);
  for (const std::uint16_t port : service.now.ports) out.add_ports(port);
  for (const WorkloadName& workload : service.now.workloads) {
    write_name(workload, *out.add_workloads());
  }
  for (const WorkloadName& former : service.former) write_name(former, *out.add_former());
  return serialize(out);
}

Result<Service> decode_service(ServiceName name, const sql::Blob& body, std::string_view what) {
  auto message = parse_body<kept::KeptService>(body, what);
  if (!message) return fail(std::move(message.error()));
  Service out;
  read_life(*message, out);
  out.now.name = std::move(name);
  for (const std::uint32_t port : message->ports()) {
    if (port > 65'535) return fail(damaged(what));
    out.now.ports.push_back(static_cast<std::uint16_t>(port));
  }
  for (const auto& workload : message->workloads()) {
    out.now.workloads.push_back(read_kept_name(workload));
  }
  for (const auto& former : message->former()) out.former.push_back(read_kept_name(former));
  return out;
}

sql::Blob encode(const StreamPosition& position) {
  kept::KeptPosition out;
  out.set_form(kForm);
  out.set_epoch(position.epoch);
  out.set_sequence(position.sequence);
  for (const std::string& epoch : position.former) out.add_former(epoch);
  return serialize(out);
}

Result<StreamPosition> decode_position(const sql::Blob& body, std::string_view what) {
  const auto message = parse_body<kept::KeptPosition>(body, what);
  if (!message) return fail(message.error());
  return StreamPosition{.epoch = message->epoch(),
                        .sequence = message->sequence(),
                        .former = {message->former().begin(), message->former().end()}};
}

sql::Blob encode(const Rollout& rollout) {
  kept::KeptRollout out;
  write(rollout, out);
  return serialize(out);
}

Result<Rollout> decode_rollout(const sql::Blob& body, std::string_view what) {
  const auto message = parse_body<kept::KeptRollout>(body, what);
  if (!message) return fail(message.error());
  return read(*message, what);
}

}  // namespace seine::dive
