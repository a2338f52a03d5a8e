// SPDX-License-Identifier: Apache-2.0
#include "cli/dive/status_output.h"

#include <gtest/gtest.h>

#include "cli/testing/dive_documents.h"
#include "json/writer.h"

namespace seine::cli {
namespace {

using testing::document;

const WallTime kNow = ManualClock().wall_now();

TEST(StatusOutput, is_clusters_and_objectives_by_state) {
  const json::Value clusters = document(
      R"([{"name":"demo","connected":true,"last_seen_ms":1767225597000,"agent_version":"edge-1"},)"
      R"({"name":"east","connected":false,"last_seen_ms":null,"agent_version":""}])");
  const json::Array objectives{document(testing::kWeb), document(testing::kPayments),
                               document(R"({"state":"of a newer Dive"})")};
  const DiveReading reading{
      .version = "edge-1.2.3", .clusters = *clusters.array(), .objectives = objectives};
  EXPECT_EQ(status_text(reading, kNow, {}),
            "Dive edge-1.2.3\n"
            "\n"
            "CLUSTER  AGENT      HEARD\n"
            "demo     connected  3s ago\n"
            "east     away       never\n"
            "\n"
            "OBJECTIVES  STATE\n"
            "         1  exhausted\n"
            "         1  no traffic\n"
            "         1  of a newer Dive\n");
  json::Writer out;
  out.value(*status_document(reading).find("objectives"));
  EXPECT_EQ(std::move(out).take(), R"({"exhausted":1,"no traffic":1,"of a newer Dive":1})");
}

// Regression: objectives that cannot be read stood below those that are healthy.
TEST(StatusOutput, counts_each_state_with_what_needs_eyes_first) {
  const json::Array none;
  const json::Array objectives{
      document(R"({"state":"healthy"})"),    document(R"({"state":"no traffic"})"),
      document(R"({"state":"unreadable"})"), document(R"({"state":"partial data"})"),
      document(R"({"state":"burning"})"),    document(R"({"state":"exhausted"})")};
  json::Writer out;
  out.value(*status_document({"edge-1", none, objectives}).find("objectives"));
  EXPECT_EQ(std::move(out).take(), R"({"exhausted":1,"burning":1,"unreadable":1,"partial data":1,)"
                                   R"("no traffic":1,"healthy":1})");
}

TEST(StatusOutput, says_what_to_do_where_there_is_nothing) {
  const json::Array none;
  const std::string text = status_text({"edge-1.2.3", none, none}, kNow, {});
  EXPECT_NE(text.find("seine dive join-token"), std::string::npos);
  EXPECT_NE(text.find("seine objective propose"), std::string::npos);
}

}  // namespace
}  // namespace seine::cli
