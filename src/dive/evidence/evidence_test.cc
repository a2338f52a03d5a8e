// SPDX-License-Identifier: Apache-2.0
#include "dive/evidence/evidence.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "dive/evidence/objective_counts.h"
#include "dive/evidence/testing/row_script.h"

namespace seine::dive {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

Evidence evidence_of(const std::vector<CountRows>& rows, const EvidenceBy& by = {},
                     std::size_t limit = kMaxEvidenceGroups,
                     const Objective& of = objective("99%")) {
  return find_evidence(of, payments_backends(), rows, kLastHour, by, limit);
}

CountRows with_example(CountRows rows, Example example) {
  rows.examples.push_back(std::move(example));
  return rows;
}

Example example(std::string path, Duration ago, Duration latency = milliseconds(3)) {
  return {.ended_at = kNow - ago,
          .latency = latency,
          .method = "POST",
          .path = std::move(path),
          .trace_id = {},
          .detail = {}};
}

TEST(Evidence, names_route_caller_version_workload_and_cause) {
  const Evidence found = evidence_of(
      {rows(outbound(), 900), rows(outbound(503), 70),
       with_example(rows(outbound(0, "response timeout"), 30), example("/charge", seconds(5)))});
  EXPECT_EQ(found.bad, 100U);
  ASSERT_EQ(found.groups.size(), 2U);
  const EvidenceGroup& first = found.groups[0];
  EXPECT_EQ(first.route, "gateway/httproute/charge");
  EXPECT_EQ(first.caller, "shop/web");
  EXPECT_EQ(first.workload, "shop/payments");
  EXPECT_EQ(first.version, "v2");
  EXPECT_EQ(first.cause, "HTTP 503");
  EXPECT_EQ(first.count, 70U);
  EXPECT_EQ(first.share, (Ratio{70, 100}));
  EXPECT_FALSE(first.example);
  EXPECT_EQ(found.groups[1].cause, "response timeout");
  EXPECT_EQ(found.groups[1].example->path, "/charge");
  EXPECT_EQ(found.other_groups, 0U);
}

TEST(Evidence, says_of_each_caller_what_is_known) {
  RowFacts stranger = from_outside(500);
  RowFacts nameless = outbound(503, "no ready endpoint");
  nameless.peer = {};
  nameless.grpc_status = 14;
  RowFacts grpc = outbound(200);
  grpc.grpc_status = 14;
  const Evidence found = evidence_of({rows(stranger, 3), rows(nameless, 2), rows(grpc, 1)});
  ASSERT_EQ(found.groups.size(), 3U);
  EXPECT_EQ(found.groups[0].caller, "outside of the mesh");
  EXPECT_EQ(found.groups[0].workload, "shop/payments");
  EXPECT_EQ(found.groups[1].workload, "");
  EXPECT_EQ(found.groups[1].cause, "no ready endpoint");
  EXPECT_EQ(found.groups[2].cause, "gRPC 14");
}

TEST(Evidence, counts_each_request_as_the_verdict_does) {
  const std::vector<CountRows> all{rows(outbound(503), 10), rows(inbound(503), 4),
                                   rows(from_outside(503), 1)};
  EXPECT_EQ(evidence_of(all).bad, 11U);
  EXPECT_EQ(evidence_of(all).bad,
            count_for(objective("99%"), payments_backends(), all, {}).views.verdict.counts.bad);
}

TEST(Evidence, is_grouped_by_what_is_asked_for) {
  RowFacts other = outbound(503);
  other.reporter.workload = "graph";
  const std::vector<CountRows> all{rows(outbound(503), 5), rows(other, 6), rows(outbound(500), 7)};
  const Evidence by_cause = evidence_of(
      all, {.route = false, .caller = false, .version = false, .workload = false, .cause = true});
  ASSERT_EQ(by_cause.groups.size(), 2U);
  EXPECT_EQ(by_cause.groups[0].cause, "HTTP 503");
  EXPECT_EQ(by_cause.groups[0].count, 11U);
  EXPECT_EQ(by_cause.groups[0].caller, "");
  EXPECT_EQ(by_cause.groups[1].count, 7U);
}

TEST(Evidence, gives_an_example_of_after_the_span_where_it_replaced_those_within) {
  const CountRows only = with_example(rows(outbound(503), 5), example("/later", -seconds(5)));
  EXPECT_EQ(evidence_of({only}).groups[0].example->path, "/later");
  const CountRows both = with_example(only, example("/within", seconds(5)));
  EXPECT_EQ(evidence_of({both}).groups[0].example->path, "/within");
}

TEST(Evidence, gives_the_newest_bad_request_as_example) {
  const CountRows good = with_example(rows(outbound(), 50), example("/good", seconds(1)));
  const CountRows bad =
      with_example(with_example(rows(outbound(503), 5), example("/old", seconds(50))),
                   example("/new", seconds(20)));
  const CountRows too_old =
      with_example(rows(outbound(500), 5), example("/ancient", std::chrono::hours(2)));
  const Evidence found = evidence_of({good, bad, too_old}, {.cause = false});
  ASSERT_EQ(found.groups.size(), 1U);
  EXPECT_EQ(found.groups[0].example->path, "/new");
}

TEST(Evidence, of_latency_shows_what_was_late) {
  Objective quick = objective("99%");
  quick.latency = milliseconds(50);
  CountRows all = rows(outbound(), 2);
  all.slots[0].latency.add(milliseconds(5));
  all.slots[0].latency.add(milliseconds(80));
  all.examples = {example("/quick", seconds(1), milliseconds(5)),
                  example("/slow", seconds(9), milliseconds(80))};
  const Evidence found = evidence_of({all}, {}, kMaxEvidenceGroups, quick);
  ASSERT_EQ(found.groups.size(), 1U);
  EXPECT_EQ(found.groups[0].count, 1U);
  EXPECT_EQ(found.groups[0].cause, "over 50ms");
  EXPECT_EQ(found.groups[0].example->path, "/slow");
}

TEST(Evidence, is_of_its_span_alone) {
  EXPECT_EQ(evidence_of({rows(outbound(503), 5, 60), rows(outbound(500), 3, 59)}).bad, 3U);
}

TEST(Evidence, beyond_its_limit_still_adds_up) {
  std::vector<CountRows> all;
  for (std::uint32_t status = 500; status < 530; ++status)
    all.push_back(rows(outbound(status), 530 - status));
  const Evidence found = evidence_of(all, {}, 4);
  EXPECT_EQ(found.bad, 465U);
  ASSERT_EQ(found.groups.size(), 4U);
  EXPECT_EQ(found.groups[0].cause, "HTTP 500");
  EXPECT_EQ(found.other_groups, 26U);
  std::uint64_t sum = found.other;
  for (const EvidenceGroup& group : found.groups) sum += group.count;
  EXPECT_EQ(sum, found.bad);
}

TEST(Evidence, of_nothing_is_empty) {
  EXPECT_EQ(evidence_of({}).bad, 0U);
  EXPECT_TRUE(evidence_of({rows(outbound(), 5)}).groups.empty());
}

// Rows come from a database in no order.
TEST(Evidence, is_the_same_in_whatever_order_rows_come) {
  std::mt19937_64 random(7);
  std::vector<CountRows> all;
  for (std::uint32_t i = 0; i < 40; ++i) {
    RowFacts facts = outbound(500 + i % 4);
    facts.reporter.workload = "w" + std::to_string(i % 5);
    facts.peer.version = "v" + std::to_string(i % 3);
    all.push_back(with_example(rows(facts, 1 + i % 3, static_cast<int>(i)),
                               example("/" + std::to_string(i), seconds(i % 2))));
  }
  const auto told = [&] {
    std::vector<std::string> out;
    for (const EvidenceGroup& group : evidence_of(all, {}, 30).groups) {
      out.push_back(group.caller + group.version + group.cause + std::to_string(group.count) +
                    group.example->path);
    }
    return out;
  };
  const std::vector<std::string> first = told();
  for (int i = 0; i < 20; ++i) {
    std::ranges::shuffle(all, random);
    EXPECT_EQ(told(), first);
  }
}

}  // namespace
}  // namespace seine::dive
