// SPDX-License-Identifier: Apache-2.0
#include "dive/slo/openslo.h"

#include <string>

#include "gtest/gtest.h"

#include "dive/slo/objective_file.h"
#include "dive/slo/testing/count_series.h"

namespace seine::dive {
namespace {

constexpr std::string_view kWritten = R"(apiVersion: openslo/v1
kind: SLO
metadata:
  name: payments
spec:
  service: payments
  indicator:
    metadata:
      name: payments
    spec:
      ratioMetric:
        counter: true
        good:
          metricSource:
            type: seine
            spec:
              service: payments
              namespace: shop
        total:
          metricSource:
            type: seine
            spec:
              service: payments
              namespace: shop
  timeWindow:
    - duration: 7d
      isRolling: true
  budgetingMethod: Occurrences
  objectives:
    - targetPercent: 99.5
)";

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string refusal(std::string_view from, std::string_view to) {
  const auto parsed = parse_objectives(replaced(std::string(kWritten), from, to), "s.yaml");
  return parsed ? "taken" : parsed.error().message;
}

TEST(Openslo, is_written_as_what_is_read_back) {
  const std::vector<Objective> one = {objective("99.5%")};
  EXPECT_EQ(write_openslo(one), kWritten);
  Objective month = objective("99.95%", "month Europe/Berlin");
  month.name = "month";
  month.description = "\"quoted\"\nand long";
  month.latency = std::chrono::milliseconds(50);
  month.subject = {.kind = Subject::Kind::kWorkload,
                   .ns = "shop",
                   .name = "ledger",
                   .route = "gateway/httproute/balance",
                   .environment = "1"};
  const std::vector<Objective> both = {objective("99.5%"), month};
  const auto again = parse_objectives(write_openslo(both), "s.yaml");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->objectives, both);
  EXPECT_TRUE(again->notes.empty());
}

TEST(Openslo, is_read_back_at_its_longest) {
  Objective longest = objective("99.9999999%", "month");
  longest.description = std::string(kMaxDescription, '"');
  longest.subject = {.kind = Subject::Kind::kWorkload,
                     .ns = std::string(63, 'n'),
                     .name = std::string(253, 'w'),
                     .route = std::string(kMaxSubjectRoute, '"'),
                     .environment = std::string(kMaxEnvironment, '1')};
  std::vector<Objective> all(100, longest);
  for (std::size_t i = 0; i < all.size(); ++i) all[i].name = std::to_string(i);
  const auto again = parse_objectives(write_openslo(all), "s.yaml");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->objectives, all);
}

TEST(Openslo, takes_a_target_as_a_fraction_and_weeks) {
  std::string text = replaced(std::string(kWritten), "targetPercent: 99.5", "target: 0.995");
  text = replaced(text, "duration: 7d", "duration: 1w");
  EXPECT_EQ(parse_objectives(text, "s.yaml")->objectives.front(), objective("99.5%"));
}

TEST(Openslo, finds_an_indicator_in_another_document) {
  const auto file = parse_objectives(R"(apiVersion: openslo/v1
kind: SLO
metadata: {name: payments}
spec:
  service: payments
  indicatorRef: good
  timeWindow: [{duration: 7d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.995}]
---
apiVersion: openslo/v1
kind: SLI
metadata: {name: good}
spec:
  ratioMetric:
    good: {metricSource: {type: seine, spec: {namespace: shop}}}
    total: {metricSource: {type: seine, spec: {namespace: shop}}}
)",
                                     "s.yaml");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->objectives.front(), objective("99.5%"));
}

TEST(Openslo, tells_what_it_does_not_keep) {
  std::string text = replaced(std::string(kWritten), "  name: payments\n",
                              "  name: payments\n  labels: {team: a}\n");
  text +=
      "  alertPolicies: []\n---\napiVersion: openslo/v1\nkind: Service\n"
      "metadata: {name: payments}\nspec: {}\n";
  const auto file = parse_objectives(text, "s.yaml");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->notes,
            (std::vector<std::string>{"s.yaml:5: 'labels' of 'payments' is not kept",
                                      "s.yaml:34: the Service 'payments' is not kept",
                                      "s.yaml:32: 'alertPolicies' of 'payments' is not kept"}));
}

TEST(Openslo, refuses_what_the_mesh_does_not_count) {
  EXPECT_EQ(refusal("type: seine", "type: Prometheus"),
            "s.yaml:15: a metric of type 'Prometheus' is not counted by the mesh; write type: "
            "seine, and in spec whose requests");
  EXPECT_EQ(refusal("Occurrences", "Timeslices"),
            "s.yaml:28: requests are counted, not slices of time; write Occurrences");
  EXPECT_EQ(refusal("openslo/v1\n", "openslo/v2\n"),
            "s.yaml:1: 'openslo/v2' is not read; write openslo/v1");
  EXPECT_EQ(refusal("targetPercent: 99.5", "targetPercent: 100"),
            "s.yaml:30: a goal of 100% leaves no error budget, so one failure would break it for "
            "good: write one below, such as 99.9%");
  EXPECT_EQ(refusal("    - targetPercent: 99.5\n", "    - target: 0.9\n    - target: 0.8\n"),
            "s.yaml:29: 'objectives' has 2 elements; write an SLO for each");
  EXPECT_EQ(refusal("isRolling: true", "isRolling: false"),
            "s.yaml:27: a window that does not roll has a calendar; write one, or isRolling: true");
  EXPECT_EQ(refusal("  name: payments\nspec", "  name: export\nspec"),
            "s.yaml:6: an objective cannot be called 'export', under which all of them are "
            "exported: give it another name");
  EXPECT_TRUE(refusal("duration: 7d", "duration: 1Q").starts_with("s.yaml:26: '1Q' is not"));
  EXPECT_EQ(refusal("namespace: shop", "namespace: other"),
            "s.yaml:19: good and total are of different requests; write the same spec");
}

}  // namespace
}  // namespace seine::dive
