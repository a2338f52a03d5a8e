// SPDX-License-Identifier: Apache-2.0
#include "dive/slo/objective_file.h"

#include <span>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "dive/slo/testing/count_series.h"

namespace seine::dive {
namespace {

constexpr std::string_view kTwo = R"(objectives:
  - service: payments
    namespace: shop
    success: 99%
    window: 7d
  - workload: ledger
    namespace: shop
    route: gateway/httproute/balance
    environment: staging
    latency: 50ms
    quantile-share: 99.9%
    window: month
    time-zone: Europe/Berlin
    name: ledger-quick
    description: "what for,\nand whom to ask"
)";

std::string refusal(std::string_view members) {
  std::string text = "objectives:\n  - service: payments\n";
  text += members;
  const auto parsed = parse_objectives(text, "o.yaml");
  return parsed ? "taken" : parsed.error().message;
}

TEST(ObjectiveFile, holds_objectives) {
  const auto file = parse_objectives(kTwo, "o.yaml");
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_EQ(file->objectives.size(), 2U);
  Objective payments = objective("99%");
  payments.name = "shop-payments-success-7d";
  EXPECT_EQ(file->objectives[0], payments);
  const Objective& ledger = file->objectives[1];
  EXPECT_EQ(ledger.name, "ledger-quick");
  EXPECT_EQ(ledger.subject, (Subject{.kind = Subject::Kind::kWorkload,
                                     .ns = "shop",
                                     .name = "ledger",
                                     .route = "gateway/httproute/balance",
                                     .environment = "staging"}));
  EXPECT_EQ(ledger.latency, std::chrono::milliseconds(50));
  EXPECT_EQ(ledger.goal, goal("99.9%"));
  EXPECT_EQ(ledger.window, Window(CalendarMonth{"Europe/Berlin"}));
  EXPECT_EQ(ledger.description, "what for,\nand whom to ask");
  EXPECT_TRUE(file->notes.empty());
}

// As many as a file may have, in files of over half a MiB: in documents that are parsed one by one.
TEST(ObjectiveFile, of_a_thousand_is_written_as_what_is_read_back) {
  std::vector<Objective> all;
  for (std::size_t i = 0; i < kMaxObjectivesInFile; ++i) {
    all.push_back(objective("99.9%"));
    all.back().name += "-" + std::to_string(i);
    all.back().description = std::string(350, 'x');
  }
  const std::string own = write_objectives(all);
  EXPECT_GT(own.size(), kMaxYamlBytes);
  const auto again = parse_objectives(own, "o.yaml");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->objectives == all);
  for (const char mark : {',', '"', '\''}) {
    for (Objective& each : all) each.description = std::string(350, mark);
    const auto marks = parse_objectives(write_objectives(all), "o.yaml");
    ASSERT_TRUE(marks) << marks.error().message;
    EXPECT_TRUE(marks->objectives == all) << mark;
    const auto wordier = parse_objectives(write_openslo(std::span(all).first(500)), "o.yaml");
    EXPECT_TRUE(wordier) << wordier.error().message;
  }
  const std::string openslo = write_openslo(all);
  EXPECT_GT(openslo.size(), kMaxYamlBytes);
  const auto other = parse_objectives(openslo, "o.yaml");
  ASSERT_TRUE(other) << other.error().message;
  EXPECT_TRUE(other->objectives == all);
}

TEST(ObjectiveFile, is_read_in_steps) {
  std::string text = write_objectives(std::vector{objective("99%")});
  text += "# " + std::string(std::size_t{70} << 10, 'x') + "\n---\n";
  const std::string second = text + "objectives:\n  - a\n";
  ObjectiveFileReader reader(second, "o.yaml");
  EXPECT_EQ(reader.read_on(), true);
  EXPECT_EQ(reader.read_on(), true);
  EXPECT_EQ(reader.read_on(), false);
  EXPECT_TRUE(reader.finish().error().message.starts_with("o.yaml:10: an objective is written as"));
  EXPECT_EQ(
      parse_objectives(std::string(kMaxObjectiveFileBytes + 1, '#'), "o.yaml").error().message,
      "o.yaml:1: the file has 1048577 bytes and may have 1048576; split it");
}

TEST(ObjectiveFile, is_written_as_what_is_read_back) {
  const auto file = parse_objectives(kTwo, "o.yaml").value();
  const std::string written = write_objectives(file.objectives);
  const auto again = parse_objectives(written, "o.yaml");
  ASSERT_TRUE(again) << again.error().message << "\n" << written;
  EXPECT_EQ(again->objectives, file.objectives);
  EXPECT_EQ(write_objectives({}), "objectives: []\n");
  EXPECT_TRUE(parse_objectives("objectives: []\n", "o.yaml")->objectives.empty());
}

TEST(ObjectiveFile, errors_name_the_file_the_line_and_what_to_write) {
  EXPECT_EQ(refusal("    success: 100%\n    window: 7d\n"),
            "o.yaml:3: a goal of 100% leaves no error budget, so one failure would break it for "
            "good: write one below, such as 99.9%");
  EXPECT_EQ(refusal("    success: 99%\n    window: 91d\n"),
            "o.yaml:4: a window of 91d cannot be kept: write one from 1h to 90d, such as 7d");
  EXPECT_EQ(refusal("    success: 99%\n"), "o.yaml:2: an objective has no 'window'; write a value");
  EXPECT_EQ(refusal("    success: 99%\n    windoww: 7d\n    window: 7d\n"),
            "o.yaml:4: an objective has no 'windoww'; it may have service, workload, namespace, "
            "route, environment, success, latency, quantile-share, window, time-zone, name, "
            "description");
  EXPECT_EQ(refusal("    window: 7d\n"),
            "o.yaml:2: an objective is either of success or of latency; write success: 99%, or "
            "latency: 50ms and quantile-share: 99%");
  EXPECT_EQ(refusal("    success: [99%]\n    window: 7d\n"),
            "o.yaml:3: 'success' is a list; write a value");
  EXPECT_EQ(refusal("    success: 99%\n    window: 7d\n    time-zone: UTC\n"),
            "o.yaml:5: only a calendar month has a time zone; write window: month, or remove it");
  EXPECT_EQ(refusal("    workload: a\n    success: 99%\n    window: 7d\n"),
            "o.yaml:3: an objective is of a service or of a workload; remove one");
  EXPECT_TRUE(refusal("    success: 99%\n    window: 7d\n    namespace: A\n")
                  .starts_with("o.yaml:2: 'A' is no name of a namespace: write"));
}

TEST(ObjectiveFile, refuses_the_name_and_the_time_zones_that_an_objective_cannot_have) {
  EXPECT_EQ(refusal("    success: 99%\n    window: 7d\n    name: export\n"),
            "o.yaml:2: an objective cannot be called 'export', under which all of them are "
            "exported: give it another name");
  EXPECT_EQ(refusal("    success: 99%\n    window: month\n    time-zone: posix/UTC\n"),
            "o.yaml:2: 'posix/UTC' is a copy of a time zone under another name: write UTC");
}

TEST(ObjectiveFile, that_holds_nothing_says_how_to_begin) {
  EXPECT_EQ(parse_objectives("", "o.yaml").error().message,
            "o.yaml:1: the file is empty; begin it with objectives:");
  EXPECT_EQ(parse_objectives("- a\n", "o.yaml").error().message,
            "o.yaml:1: a file of objectives is written as a mapping (NAME: VALUE), and this is a "
            "list");
}

TEST(ObjectiveFile, refuses_a_name_that_two_have) {
  EXPECT_EQ(
      refusal("    success: 99%\n    window: 7d\n  - service: payments\n    success: 98%\n"
              "    window: 7d\n"),
      "o.yaml:5: the objective of line 2 is called 'payments-success-7d', too; give one of both "
      "another name");
  EXPECT_EQ(refusal("    success: 99%\n    window: 7d\n  - service: payments\n    namespace: b\n"
                    "    success: 98%\n    window: 7d\n"),
            "taken");
}

TEST(ObjectiveFile, has_a_limit) {
  std::string text = "objectives:\n";
  for (std::size_t i = 0; i <= kMaxObjectivesInFile; ++i) {
    text += "  - {service: a" + std::to_string(i) + ", success: 99%, window: 7d}\n";
  }
  EXPECT_EQ(parse_objectives(text, "o.yaml").error().message,
            "o.yaml:1002: the file has more than 1000 objectives; split it");
}

}  // namespace
}  // namespace seine::dive
