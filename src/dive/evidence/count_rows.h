// SPDX-License-Identifier: Apache-2.0
// What was counted, as a store answers: for each series what it is about, and its counts over time.
// Of one cluster, each series once. Values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "dive/slo/series.h"
#include "model/verdict.h"
#include "telemetry/keys.h"
#include "telemetry/latency_buckets.h"

namespace seine::dive {

// One end of a request.
struct Party {
  std::string ns;
  std::string workload;  // empty where it is not known
  std::string version;
  friend bool operator==(const Party&, const Party&) = default;
};

// The fields are the contract's (telemetry.proto): see there.
struct RowFacts {
  bool is_overflow = false;  // only the reporter and the direction are known
  telemetry::Direction direction = telemetry::Direction::kInbound;
  Party reporter;
  telemetry::Target target;
  std::string route;
  Party peer;
  std::string peer_identity;
  std::uint32_t http_status = 0;
  std::int32_t grpc_status = -1;
  std::string cause;
  bool is_excluded = false;

  bool is_inbound() const { return direction == telemetry::Direction::kInbound; }
  const Party& server() const { return is_inbound() ? reporter : peer; }
  // Mutual TLS proved who called, so the caller's own proxy has counted the same request.
  bool has_meshed_caller() const { return !is_inbound() || !peer_identity.empty(); }
  // Borrows.
  model::ResponseFacts response() const {
    return {.http_status = http_status,
            .grpc_status = grpc_status,
            .cause = cause,
            .excluded = is_excluded};
  }
};

struct RowSlot {
  WallTime end;
  Duration length = Duration::zero();
  std::uint64_t count = 0;
  telemetry::LatencyHistogram latency;
};

// One request of its series.
struct Example {
  WallTime ended_at;
  Duration latency = Duration::zero();
  std::string method;
  std::string path;
  std::string trace_id;
  std::string detail;
  friend bool operator==(const Example&, const Example&) = default;
};

struct CountRows {
  RowFacts facts;
  std::vector<RowSlot> slots;
  std::vector<Example> examples;
};

// How much of what should be there is, of all that report on the subject.
struct CoverageSlot {
  WallTime end;
  Duration length = Duration::zero();
  Coverage coverage;
};

}  // namespace seine::dive
