// SPDX-License-Identifier: Apache-2.0
// Rows for tests, written in few words: of the service shop/payments, which the workload payments
// answers on port 8080, and of its caller shop/web.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "dive/evidence/count_rows.h"
#include "dive/evidence/subject_rows.h"
#include "dive/slo/testing/count_series.h"

namespace seine::dive {

inline Backends payments_backends() {
  return {.workloads = {{"shop", "payments", "production"}}, .ports = {8080}};
}

// What web's proxy saw of its requests to payments.
inline RowFacts outbound(std::uint32_t status = 200, std::string cause = {}) {
  RowFacts facts;
  facts.direction = telemetry::Direction::kOutbound;
  facts.reporter = {"shop", "web", "v1"};
  facts.target = {.service = "payments", .ns = "shop", .port = 8080, .authority = {}};
  facts.route = "gateway/httproute/charge";
  facts.peer = {"shop", "payments", "v2"};
  facts.peer_identity = "payments.shop";
  facts.http_status = status;
  facts.cause = std::move(cause);
  return facts;
}

// What payments' proxy saw of them.
inline RowFacts inbound(std::uint32_t status = 200) {
  RowFacts facts = outbound(status);
  facts.direction = telemetry::Direction::kInbound;
  std::swap(facts.reporter, facts.peer);
  facts.peer_identity = "web.shop";
  return facts;
}

// And of requests of someone without a proxy.
inline RowFacts from_outside(std::uint32_t status = 200) {
  RowFacts facts = inbound(status);
  facts.peer = {};
  facts.peer_identity.clear();
  facts.target.service.clear();
  facts.target.ns.clear();
  return facts;
}

// What web's proxy saw of requests to the address of one of payments' pods.
inline RowFacts to_a_pod(std::uint32_t status = 200) {
  RowFacts facts = outbound(status);
  facts.target = {.service = {}, .ns = {}, .port = 8080, .authority = "10.0.0.7:8080"};
  facts.route = "core/Pod/payments-1";
  return facts;
}

// And payments' proxy.
inline RowFacts from_who_knows_a_pod(std::uint32_t status = 200) {
  RowFacts facts = inbound(status);
  facts.target = {.service = {}, .ns = {}, .port = 8080, .authority = "10.0.0.7:8080"};
  facts.route = "/default/default";
  return facts;
}

inline RowFacts overflow(RowFacts facts) {
  RowFacts out;
  out.is_overflow = true;
  out.direction = facts.direction;
  out.reporter = std::move(facts.reporter);
  return out;
}

inline RowSlot slot(std::uint64_t count, int minutes_ago = 0) {
  return {.end = kNow - std::chrono::minutes(minutes_ago),
          .length = std::chrono::minutes(1),
          .count = count,
          .latency = {}};
}

inline CountRows rows(RowFacts facts, std::uint64_t count, int minutes_ago = 0) {
  return {.facts = std::move(facts), .slots = {slot(count, minutes_ago)}, .examples = {}};
}

inline const Span kLastHour{kNow - std::chrono::hours(1), kNow};

}  // namespace seine::dive
