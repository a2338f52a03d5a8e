// SPDX-License-Identifier: Apache-2.0
// What a Dive would say of the shop, as it says it (docs/internals/dive-api.md).
#pragma once

#include <string_view>

#include "json/value.h"

namespace seine::cli::testing {

inline constexpr std::string_view kPayments = R"({
  "name": "shop-payments-success-7d", "description": "What the shop promises its customers.",
  "kind": "success", "state": "exhausted",
  "from_ms": 1766620800000, "to_ms": 1767225600000,
  "text": {
    "goal": "99% of all requests over a rolling 7-day window are served successfully",
    "allowance": "1 of every 100 requests may fail",
    "compliance": "96.1%", "left": "-289.7%", "recent": "100%", "burn": "0x",
    "budget": "553 failures over budget; recovers after 55,232 good requests in a row, )"
                                              R"(or in 4 days as old failures age out",
    "outlook": "", "coverage": "99.2% of the counts are there",
    "excluded": "120 requests of probes are excluded"},
  "counts": {"good": 18325, "bad": 743},
  "callers": {"good": 18325, "bad": 743}, "servers": {"good": 18368, "bad": 700},
  "left_share": 0, "service": "payments", "namespace": "shop", "route": "", "environment": "",
  "window": "7d", "goal": "99%", "latency_ms": null, "clusters": ["demo"]})";

inline constexpr std::string_view kWeb = R"({
  "name": "web-latency-30d", "description": "", "kind": "latency", "state": "no traffic",
  "from_ms": 1764633600000, "to_ms": 1767225600000,
  "text": {"goal": "99.9% of successful requests over a rolling 30-day window )"
                                         R"(are answered within 50ms",
    "allowance": "1 of every 1,000 requests may be late", "compliance": "no traffic",
    "left": "no traffic", "recent": "no traffic", "burn": "",
    "budget": "no requests in the last 30 days, so there is no budget", "outlook": "",
    "coverage": "", "excluded": ""},
  "counts": {"good": 0, "bad": 0}, "callers": {"good": 0, "bad": 0},
  "servers": {"good": 0, "bad": 0}, "left_share": 0, "workload": "web", "namespace": "shop",
  "route": "GET /", "environment": "production", "window": "30d", "goal": "99.9%",
  "latency_ms": 50, "clusters": []})";

inline constexpr std::string_view kEvidence = R"({
  "objective": "shop-payments-success-7d",
  "from_ms": 1766620800000, "to_ms": 1767225600000, "bad": 743,
  "groups": [
    {"count": 700, "route": "POST /pay", "caller": "web.shop", "workload": "payments",
     "version": "v2", "cause": "HTTP 503",
     "example": {"at_ms": 1767225420000, "method": "POST", "path": "/pay", "latency_ms": 12.574,
                 "trace_id": "4bf92f35", "detail": ""}},
    {"count": 40, "route": "", "caller": "not meshed", "workload": "payments", "version": "v1",
     "cause": "connect timeout", "example": null}],
  "other": 3})";

inline constexpr std::string_view kRollout = R"({
  "id": "rollout.demo.shop.deployment.payments.17", "kind": "rollout", "state": "ongoing",
  "title": "Rolled out v2", "description": "", "starts_ms": 1767225420000, "ends_ms": null,
  "by": "", "targets": [{"cluster": "demo", "namespace": "shop", "name": "payments"}],
  "rollout": {"from": "v1", "to": "v2", "pods": 3, "ready": 2}})";

inline constexpr std::string_view kMove = R"({
  "id": "process.4", "kind": "process", "state": "scheduled",
  "title": "Deploy payments from staging to QA", "description": "First *one* pod,\nthen all.",
  "starts_ms": 1767227400000, "ends_ms": null, "by": "ada",
  "targets": [{"cluster": "demo", "namespace": "shop", "name": "payments"},
              {"cluster": "demo", "namespace": "shop", "name": "web"}],
  "rollout": null,
  "comments": [{"by": "ada", "at_ms": 1767225540000, "text": "QA is ready."}]})";

inline json::Value document(std::string_view text) {
  return json::parse(text).value();
}

}  // namespace seine::cli::testing
