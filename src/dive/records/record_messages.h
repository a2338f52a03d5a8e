// SPDX-License-Identifier: Apache-2.0
// Bodies of rows: what records.proto says, of and to the values that the rest of Dive works with.
// Pure.
//
// Errors of all that read: kInvalidConfig, which names `what` is damaged and says what to do.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "dive/catalog/cluster_catalog.h"
#include "dive/events/cluster_event.h"
#include "dive/events/process_event.h"
#include "dive/records/records.h"
#include "sql/value.h"

namespace seine::dive {

sql::Blob to_blob(std::string_view octets);
std::string to_octets(const sql::Blob& blob);
Error damaged(std::string_view what);

constexpr std::int64_t to_nanoseconds(WallTime time) {
  return time.time_since_epoch().count();
}
constexpr WallTime from_nanoseconds(std::int64_t nanoseconds) {
  return WallTime(Duration(nanoseconds));
}

sql::Blob encode(const Workload& workload);
Result<Workload> decode_workload(WorkloadName name, const sql::Blob& body, std::string_view what);
sql::Blob encode(const Service& service);
Result<Service> decode_service(ServiceName name, const sql::Blob& body, std::string_view what);
sql::Blob encode(const StreamPosition& position);
Result<StreamPosition> decode_position(const sql::Blob& body, std::string_view what);

sql::Blob encode(const Rollout& rollout);
Result<Rollout> decode_rollout(const sql::Blob& body, std::string_view what);
// Without its comments.
sql::Blob encode(const ProcessEvent& event);
Result<ProcessEvent> decode_process_event(const sql::Blob& body, std::string_view what);
sql::Blob encode(const Comment& comment);
Result<Comment> decode_comment(const sql::Blob& body, std::string_view what);
sql::Blob encode(const ClusterEvent& event);
Result<ClusterEvent> decode_cluster_event(const sql::Blob& body, std::string_view what);

sql::Blob encode(const KeptObjective& objective);
Result<KeptObjective> decode_objective(std::string name, const sql::Blob& body,
                                       std::string_view what);

}  // namespace seine::dive
