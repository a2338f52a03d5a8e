// SPDX-License-Identifier: Apache-2.0
// Each document as web/src/api/types.ts has it.
#include "dive/views/view_json.h"

#include <limits>

#include "gtest/gtest.h"

#include "dive/slo/testing/count_series.h"
#include "json/value.h"

namespace seine::dive {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// The members and their order; whitespace is that of the test.
void expect_json(const std::string& actual, const std::string& expected) {
  const auto is = json::parse(actual);
  const auto should_be = json::parse(expected);
  ASSERT_TRUE(is.has_value()) << is.error().to_string() << "\n" << actual;
  ASSERT_TRUE(should_be.has_value()) << should_be.error().to_string();
  EXPECT_EQ(*is, *should_be) << actual;
}

const ServiceRef kPayments{"demo", "shop", "payments"};

Golden golden() {
  return {.counts = {997, 3},
          .excluded = 5,
          .cancelled = 1,
          .counted_for = minutes(1),
          .lasting = 2,
          .p50 = microseconds(3159),
          .p95 = milliseconds(20),
          .p99 = std::nullopt};
}
const std::string kGolden = R"({"good": 997, "bad": 3, "excluded": 5, "cancelled": 1,
  "rps": 16.666, "counted_ms": 60000, "lasting": 2, "p50_ms": 3.159, "p95_ms": 20.0,
   "p99_ms": null})";
const std::string kService = R"({"cluster": "demo", "namespace": "shop", "name": "payments"})";

ObjectiveView view() {
  ObjectiveCounts all{.buckets = minutes_of(1, counts(1000, 3)), .views = {}};
  all.views.callers.counts = {997, 3};
  all.views.servers.counts = {998, 2};
  Objective payments = objective("99%");
  payments.description = "Money \u202e first";
  return make_objective_view(payments, all, {"demo"}, kNow, UtcZone());
}
// Open, so that more can follow.
const std::string kCard = R"({"name": "payments", "description": "Money )"
                          "\u202e"
                          R"( first", "kind": "success",
  "state": "healthy", "from_ms": 1766620800000, "to_ms": 1767225600000,
  "text": {"goal": "99% of all requests over a rolling 7-day window are served successfully",
           "allowance": "1 of every 100 requests may fail",
           "compliance": "99.7%", "left": "70%", "spent": "30%", "recent": "99.7%",
           "burn": "0.3x", "budget": "7 requests may still fail at this window's traffic",
           "outlook": "", "coverage": "", "unsure": "", "excluded": ""},
  "counts": {"good": 997, "bad": 3}, "callers": {"good": 997, "bad": 3},
  "servers": {"good": 998, "bad": 2}, "left_share": 0.7, "problem": "")";

EventView event() {
  EventView out;
  out.event = {.id = "rollout.demo.shop.deployment.payments.17",
               .kind = EventKind::kRollout,
               .title = "Rolled out v2.8",
               .description = "v2.7 \u2192 v2.8",
               .targets = {},
               .person = "ada",
               .state = "side by side",
               .is_over = false,
               .begins_at = kNow - minutes(3),
               .ended_at = std::nullopt,
               .ready_pods = std::pair<std::size_t, std::size_t>(1, 3),
               .revisions = std::pair<std::string, std::string>("v2.7", "v2.8")};
  out.services = {kPayments};
  out.about = {"shop/deployment/payments"};
  return out;
}
const std::string kEvent = R"({"id": "rollout.demo.shop.deployment.payments.17",
  "kind": "rollout", "state": "ongoing", "phase": "side by side", "title": "Rolled out v2.8",
  "description": "v2.7 → v2.8", "starts_ms": 1767225420000, "ends_ms": null, "by": "ada",
  "targets": [)" + kService +
                           R"(], "about": ["shop/deployment/payments"],
  "rollout": {"from": "v2.7", "to": "v2.8", "pods": 3, "ready": 1})";

TEST(ViewJson, golden_metrics_without_requests_are_null_and_not_zero) {
  json::Writer out;
  write(out, Golden{});
  expect_json(std::move(out).take(),
              R"({"good": 0, "bad": 0, "excluded": 0, "cancelled": 0, "rps": null,
                  "counted_ms": 0, "lasting": 0, "p50_ms": null, "p95_ms": null, "p99_ms": null})");
}

TEST(ViewJson, counts_that_no_mesh_has_are_still_integers) {
  json::Writer out;
  Golden most;
  most.counts = {kMaxCount, kMaxCount};
  most.excluded = std::numeric_limits<std::uint64_t>::max();
  most.counted_for = milliseconds(1);
  write(out, most);
  const auto value = json::parse(std::move(out).take());
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(*value->find("good")->integer(), std::int64_t{1} << 62);
  EXPECT_EQ(*value->find("excluded")->integer(), INT64_MAX);
  EXPECT_FALSE(value->find("rps")->is_null());
}

TEST(ViewJson, dashboard) {
  DashboardView view{.now = kNow, .from = kNow - minutes(60), .complete_until = kNow - seconds(12)};
  view.clusters = {{.name = "demo", .is_connected = true, .last_heard = kNow - seconds(3)},
                   {.name = "other",
                    .is_connected = false,
                    .last_heard = std::nullopt,
                    .problem = "it has too many"}};
  view.attention = {{.severity = Attention::Severity::kFailing,
                     .title = "payments: the error budget is gone",
                     .sentence = "Look.",
                     .service = kPayments,
                     .objective = "payments"},
                    {.title = "a clock", .sentence = "Set it.", .service = {}, .objective = {}}};
  ServiceRow row{.service = kPayments, .golden = golden(), .objectives = {}, .coverage = {59, 60}};
  row.objectives = {{"payments", State::kPartialData, "70%"}};
  row.state = "partial data";
  row.last_rollout = LastRollout{"v2", kNow - minutes(3), true};
  ServiceRow quiet{.service = kPayments};
  quiet.problem = "it has too many";
  quiet.state = "opaque";
  quiet.tcp = TcpTraffic{5, 4, 1, 300, 200};
  view.namespaces = {{"demo", "shop", 3, 4, {row, quiet}}};
  view.objectives = 1;
  view.without_objective = 2;
  view.suggestion = Suggestion{kPayments, "3 of 1,000 requests failed"};
  expect_json(to_json(view), R"({"now_ms": 1767225600000, "from_ms": 1767222000000,
    "complete_until_ms": 1767225588000,
    "clusters": [{"name": "demo", "connected": true, "last_seen_ms": 1767225597000,
                  "problem": ""},
                 {"name": "other", "connected": false, "last_seen_ms": null,
                  "problem": "it has too many"}],
    "attention": [{"severity": "failing", "title": "payments: the error budget is gone",
                   "sentence": "Look.", "service": )" +
                                 kService + R"(, "objective": "payments"},
                  {"severity": "warning", "title": "a clock", "sentence": "Set it.",
                   "service": null, "objective": null}],
    "namespaces": [{"cluster": "demo", "name": "shop", "meshed_pods": 3, "pods": 4, "services": [
      {"service": )" + kService + R"(, "golden": )" +
                                 kGolden + R"(,
       "objectives": [{"name": "payments", "state": "partial data", "left": "70%"}],
       "state": "partial data", "tcp": null, "coverage": {"measured": 59, "expected": 60},
       "last_rollout": {"version": "v2", "at_ms": 1767225420000, "is_ongoing": true},
       "problem": ""},
      {"service": )" + kService +
                                 R"(, "golden": {"good": 0, "bad": 0, "excluded": 0, "cancelled": 0,
       "rps": null, "counted_ms": 0, "lasting": 0, "p50_ms": null, "p95_ms": null,
       "p99_ms": null}, "objectives": [],
       "state": "opaque", "tcp": {"opened": 5, "closed": 4, "failed": 1, "read_bytes": 300,
                                  "written_bytes": 200},
       "coverage": {"measured": 0, "expected": 0}, "last_rollout": null,
       "problem": "it has too many"}]}], "objectives": 1, "without_objective": 2,
    "suggestion": {"service": )" +
                                 kService + R"(, "sentence": "3 of 1,000 requests failed"}})");
}

TEST(ViewJson, clusters) {
  const std::vector<ClusterStatus> all = {{.name = "demo", .is_connected = true}};
  expect_json(clusters_json(all),
              R"({"clusters": [{"name": "demo", "connected": true, "last_seen_ms": null,
                                "problem": ""}]})");
}

TEST(ViewJson, service_page) {
  ServiceView page{.now = kNow, .span = {kNow - minutes(60), kNow}, .service = kPayments};
  page.golden = golden();
  page.state = "healthy";
  page.objectives = {view()};
  page.workloads = {{.cluster = "demo",
                     .workload = {"shop", "deployment", "payments"},
                     .versions = {{"v2", 2, 1}},
                     .requests_per_day = 7005,
                     .last_rollout = kNow,
                     .golden = golden()}};
  page.callers = {{"demo", "", "outside of the mesh", false, false, golden(), std::nullopt}};
  page.callees = {{"demo", "shop", "ledger", true, true, golden(), TcpTraffic{1, 1, 0, 3, 2}}};
  page.events = {event()};
  page.problems = {"its calls cannot be read: damaged"};
  expect_json(to_json(page), R"({"now_ms": 1767225600000, "from_ms": 1767222000000,
    "to_ms": 1767225600000, "complete_until_ms": null, "service": )" +
                                 kService + R"(, "golden": )" + kGolden + R"(,
    "tcp": null, "state": "healthy", "objectives": [)" +
                                 kCard + R"(}],
    "workloads": [{"workload": {"cluster": "demo", "namespace": "shop", "name": "payments",
                                "kind": "deployment"},
                   "versions": [{"version": "v2", "pods": 2, "ready": 1}],
                   "requests_per_day": 7005, "last_rollout_ms": 1767225600000, "golden": )" +
                                 kGolden + R"(}],
    "callers": [{"cluster": "demo", "namespace": "", "name": "outside of the mesh",
                 "is_service": false, "secured": false, "golden": )" +
                                 kGolden + R"(, "tcp": null}],
    "callees": [{"cluster": "demo", "namespace": "shop", "name": "ledger", "is_service": true,
                 "secured": true, "golden": )" +
                                 kGolden + R"(, "tcp": {"opened": 1, "closed": 1, "failed": 0,
                 "read_bytes": 3, "written_bytes": 2}}],
    "events": [)" + kEvent + R"(}], "problems": ["its calls cannot be read: damaged"]})");
}

TEST(ViewJson, charts) {
  ChartsView charts{.grid = {.from = kNow - minutes(2), .to = kNow, .step = minutes(1)}};
  charts.asked_from = kNow - minutes(60);
  charts.counts = {{997, 3}, {}};
  charts.p50 = {microseconds(3159), std::nullopt};
  charts.p95 = charts.p99 = {milliseconds(20), std::nullopt};
  charts.gaps = {{kNow - minutes(1), kNow}};
  charts.markers = {{kNow - minutes(1), "Rolled out v2", "rollout.1"}};
  expect_json(to_json(charts), R"({"from_ms": 1767225480000, "to_ms": 1767225600000,
    "asked_from_ms": 1767222000000, "step_ms": 60000, "good": [997, 0], "bad": [3, 0],
    "p50_ms": [3.159, null],
    "p95_ms": [20.0, null], "p99_ms": [20.0, null],
    "gaps": [{"from_ms": 1767225540000, "to_ms": 1767225600000}],
    "markers": [{"at_ms": 1767225540000, "title": "Rolled out v2", "event": "rollout.1"}]})");
}

TEST(ViewJson, objective_status) {
  ObjectiveView of_service = view();
  const std::string status = kCard + R"(, "service": "payments", "namespace": "shop", "route": "",
    "route_full": "", "environment": "", "window": "7d", "goal": "99%", "latency_ms": null,
    "clusters": ["demo"]})";
  expect_json(to_json(of_service), status);
  expect_json(objectives_json(std::span(&of_service, 1)), R"({"objectives": [)" + status + "]}");

  ObjectiveView of_workload = of_service;
  of_workload.objective.subject.kind = Subject::Kind::kWorkload;
  of_workload.objective.latency = milliseconds(50);
  const auto value = json::parse(to_json(of_workload));
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(value->find("service"), nullptr);
  EXPECT_EQ(*value->find("workload")->string(), "payments");
  EXPECT_EQ(*value->find("kind")->string(), "latency");
  EXPECT_EQ(*value->find("latency_ms"), json::parse("50.0").value());
}

TEST(ViewJson, evidence) {
  EvidenceView evidence{
      .objective = "payments", .card = view(), .span = {kNow - minutes(60), kNow}, .evidence = {}};
  EvidenceGroup group{.route = "gateway/HTTPRoute/charge",
                      .caller = "shop/web",
                      .workload = "shop/payments",
                      .version = "v2",
                      .cause = "HTTP 503",
                      .count = 741};
  EvidenceGroup bare = group;
  bare.count = 2;
  bare.route = "default";
  group.example = Example{.ended_at = kNow,
                          .latency = milliseconds(40),
                          .method = "POST",
                          .path = "/pay",
                          .trace_id = "4b",
                          .detail = "\"reset\"\n"};
  evidence.evidence = {.bad = 744, .groups = {group, bare}, .other_groups = 1, .other = 1};
  expect_json(to_json(evidence), R"({"objective": "payments", "from_ms": 1767222000000,
    "to_ms": 1767225600000, "bad": 744, "groups": [
      {"count": 741, "route": "charge", "route_full": "gateway/HTTPRoute/charge",
       "caller": "shop/web", "workload": "shop/payments",
       "version": "v2", "cause": "HTTP 503",
       "example": {"at_ms": 1767225600000, "method": "POST", "path": "/pay", "latency_ms": 40.0,
                   "trace_id": "4b", "detail": "\"reset\"\n"}},
      {"count": 2, "route": "default", "route_full": "default", "caller": "shop/web",
       "workload": "shop/payments",
       "version": "v2", "cause": "HTTP 503", "example": null}], "other": 1, "card": )" +
                                     kCard + "}}");
}

TEST(ViewJson, proposals) {
  ProposalsView view{.objective = "of all", .history = "6,000 requests", .goals = {}};
  view.goals = {{"98%", "100%", "50%", "60 requests", true, false}};
  expect_json(to_json(view), R"({"objective": "of all", "history": "6,000 requests",
    "goals": [{"goal": "98%", "met": "100%", "left_now": "50%", "may_still_fail": "60 requests",
               "recommended": true, "own": false}]})");
}

TEST(ViewJson, events) {
  EventListView list{.events = {event()}, .next = ""};
  expect_json(to_json(list), R"({"events": [)" + kEvent + R"(}], "next": null})");
  list.next = "cursor";
  expect_json(to_json(list), R"({"events": [)" + kEvent + R"(}], "next": "cursor"})");
  EventView one = event();
  one.comments = {{.id = "1", .written = {"grace", kNow}, .text = "**well**"}};
  expect_json(to_json(one), kEvent + R"(, "comments": [
    {"by": "grace", "at_ms": 1767225600000, "text": "**well**"}]})");
}

TEST(ViewJson, each_word_of_an_event_has_one_of_four_states) {
  const auto state = [](std::string word, bool is_over) {
    EventView view = event();
    view.event.state = std::move(word);
    view.event.is_over = is_over;
    const auto value = json::parse(to_json(view));
    return *value->find("state")->string();
  };
  EXPECT_EQ(state("scheduled", false), "scheduled");
  EXPECT_EQ(state("overdue", false), "scheduled");
  EXPECT_EQ(state("stalled", false), "ongoing");
  EXPECT_EQ(state("undone", true), "undone");
  EXPECT_EQ(state("called off", true), "undone");
  EXPECT_EQ(state("replaced", true), "concluded");
  EXPECT_EQ(state("happened", true), "concluded");
}

}  // namespace
}  // namespace seine::dive
