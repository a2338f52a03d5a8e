// SPDX-License-Identifier: Apache-2.0
#include "dive/views/objective_view.h"

#include "gtest/gtest.h"

#include "dive/slo/testing/count_series.h"

namespace seine::dive {
namespace {

ObjectiveView view_of(std::vector<CountBucket> series, std::string_view goal = "99%") {
  ObjectiveCounts all{.buckets = std::move(series), .views = {}};
  all.views.callers.counts = {7, 3};
  all.views.servers.counts = {9, 1};
  return make_objective_view(objective(goal), all, {"demo"}, kNow, UtcZone());
}

TEST(ObjectiveView, has_the_card_and_what_each_end_saw) {
  const ObjectiveView view = view_of(minutes_of(1, counts(1000, 3)));
  EXPECT_EQ(view.card.tally.counts, (Outcomes{997, 3}));
  EXPECT_EQ(view.text.left, "70%");
  EXPECT_EQ(view.allowance, "1 of every 100 requests may fail");
  EXPECT_EQ(view.callers, (Outcomes{7, 3}));
  EXPECT_EQ(view.servers, (Outcomes{9, 1}));
  EXPECT_EQ(view.clusters, std::vector<std::string>{"demo"});
}

TEST(ObjectiveView, a_bar_is_never_longer_than_what_is_left) {
  EXPECT_EQ(left_share(view_of(minutes_of(1, counts(1000, 3))).card), 0.7);
  EXPECT_EQ(left_share(view_of(minutes_of(1, counts(3000, 10))).card), 0.666);
  EXPECT_EQ(left_share(view_of(minutes_of(1, counts(1000, 0))).card), 1);
  EXPECT_EQ(left_share(view_of(minutes_of(1, counts(1000, 90))).card), 0);
  EXPECT_EQ(left_share(view_of({}).card), 0) << "without traffic there is no budget";
}

EvidenceGroup group(std::string cause, std::uint64_t count, WallTime example = {}) {
  EvidenceGroup out{.caller = "shop/web", .cause = std::move(cause), .count = count};
  if (example > WallTime{}) out.example = Example{.ended_at = example};
  return out;
}

TEST(MergeEvidence, adds_up_groups_that_say_the_same) {
  Evidence here{.bad = 12, .groups = {group("HTTP 503", 7, kNow), group("HTTP 500", 4)}};
  here.other = here.other_groups = 1;
  const Evidence there{
      .bad = 9,
      .groups = {group("HTTP 500", 5), group("HTTP 503", 4, kNow - std::chrono::hours(1))}};
  const Evidence both = merge_evidence({here, there});
  EXPECT_EQ(both.bad, 21U);
  EXPECT_EQ(both.other, 1U);
  ASSERT_EQ(both.groups.size(), 2U);
  EXPECT_EQ(both.groups[0].cause, "HTTP 503");
  EXPECT_EQ(both.groups[0].count, 11U);
  EXPECT_EQ(both.groups[0].example->ended_at, kNow) << "the newest";
  EXPECT_EQ(both.groups[0].share, (Ratio{11, 21}));
  EXPECT_EQ(both.groups[1].count, 9U);
}

TEST(MergeEvidence, what_is_beyond_the_limit_is_still_counted) {
  const Evidence all{.bad = 6, .groups = {group("a", 3), group("b", 2), group("c", 1)}};
  const Evidence cut = merge_evidence({all}, 1);
  ASSERT_EQ(cut.groups.size(), 1U);
  EXPECT_EQ(cut.other, 3U);
  EXPECT_EQ(cut.other_groups, 2U);
  EXPECT_EQ(cut.bad, 6U);
}

TEST(ShownRoutes, are_short_unless_two_would_be_the_same) {
  std::vector<EvidenceGroup> groups(5);
  groups[0].route = "gateway.networking.k8s.io/HTTPRoute/purchase";
  groups[1].route = "gateway.networking.k8s.io/HTTPRoute/cart";
  groups[2].route = "gateway.networking.k8s.io/GRPCRoute/cart";
  groups[3].route = groups[0].route;
  EXPECT_EQ(shown_routes(groups),
            (std::vector<std::string>{"purchase", "gateway.networking.k8s.io/HTTPRoute/cart",
                                      "gateway.networking.k8s.io/GRPCRoute/cart", "purchase", ""}));
}

std::vector<std::string> lines_of(const ProposalsView& view) {
  std::vector<std::string> out;
  for (const ProposalView& each : view.goals) {
    out.push_back(each.goal + " met " + each.met + " left " + each.left_now + " " +
                  each.may_still_fail + (each.is_recommended ? " recommended" : "") +
                  (each.is_own ? " own" : ""));
  }
  return out;
}

TEST(MakeProposals, say_what_history_would_have_kept) {
  const auto series = minutes_of(60, counts(100, 1));
  const ProposalsView view = make_proposals(objective("97%", "1h"), true, series, kNow, UtcZone());
  EXPECT_EQ(view.objective, "of all requests over a rolling 1-hour window are served successfully");
  EXPECT_EQ(view.history, "6,000 requests in the last 60 minutes, 60 of them bad");
  const std::vector<std::string> lines = lines_of(view);
  ASSERT_EQ(lines.size(), 10U);
  EXPECT_EQ(lines[5], "99% met 100% left 0% 0 requests");
  EXPECT_EQ(lines[6], "98% met 100% left 50% 60 requests recommended");
  EXPECT_EQ(lines[7], "97% met 100% left 66.6% 120 requests own") << "among the others, by goal";
  EXPECT_EQ(lines[8], "95% met 100% left 80% 240 requests");
}

TEST(MakeProposals, a_goal_of_ones_own_that_is_a_usual_one_is_there_once) {
  const auto series = minutes_of(60, counts(100, 1));
  const ProposalsView view = make_proposals(objective("98%", "1h"), true, series, kNow, UtcZone());
  EXPECT_EQ(view.goals.size(), 9U);
  EXPECT_TRUE(view.goals[6].is_own);
  EXPECT_FALSE(
      make_proposals(objective("98%", "1h"), false, series, kNow, UtcZone()).goals[6].is_own);
}

TEST(MakeProposals, say_how_much_history_there_is) {
  EXPECT_EQ(make_proposals(objective("99%"), false, minutes_of(30, counts(100, 1)), kNow, UtcZone())
                .history,
            "3,000 requests in the last 30 minutes, all that is known, 30 of them bad; that is too "
            "little to tell how 7 days will go");
  EXPECT_EQ(
      make_proposals(objective("99%", "2h"), false, minutes_of(30, counts(100, 1)), kNow, UtcZone())
          .history,
      "3,000 requests in the last 30 minutes, all that is known, 30 of them bad");
  const ProposalsView none = make_proposals(objective("99%"), false, {}, kNow, UtcZone());
  EXPECT_EQ(none.history, "no requests were counted within the last window");
  EXPECT_TRUE(none.goals.empty());
}

}  // namespace
}  // namespace seine::dive
