// SPDX-License-Identifier: Apache-2.0
#include "cli/demo/promises.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace seine::cli {
namespace {

DemoService payments() {
  return {.ns = "shop",
          .name = "payments",
          .generated = {.sent = 100, .succeeded = 90, .failed = 6, .injected = 6, .cancelled = 4},
          .outbound = 100,
          .inbound = 100,
          .succeeded = 90,
          .failed = 6,
          .cancelled = 4};
}

const std::vector<DemoEdge> kEdges{
    {.src = "web", .dst = "payments", .secured = true, .client_id = "w", .server_id = "p"}};

std::string broken(const DemoService& service, const std::vector<DemoEdge>& edges = kEdges) {
  std::string out;
  for (const Promise& one : judge_promises({service}, {}, edges, {})) {
    if (!one.held) out += one.name + "|";
  }
  return out;
}

TEST(Promises, hold_when_both_ends_counted_what_was_sent) {
  EXPECT_EQ(broken(payments()), "");
}

TEST(Promises, one_request_that_one_proxy_did_not_count_breaks_the_first) {
  DemoService lost = payments();
  lost.inbound = 99;
  EXPECT_EQ(broken(lost), "counts are equal|");
  lost = payments();
  lost.outbound = 101;
  EXPECT_EQ(broken(lost), "counts are equal|");
}

TEST(Promises, a_service_that_nobody_asked_proves_nothing) {
  EXPECT_EQ(broken(DemoService{.name = "idle"}), "counts are equal|");
  EXPECT_FALSE(judge_promises({}, {}, {}, {}).front().held);
}

TEST(Promises, an_edge_without_tls_breaks_the_second_and_says_why) {
  const auto promises = judge_promises(
      {payments()}, {}, {{.src = "a", .dst = "b", .no_tls_reason = "not_provided"}}, {});
  EXPECT_FALSE(promises[1].held);
  EXPECT_EQ(promises[1].detail, "a to b is not: not_provided");
  EXPECT_EQ(broken(payments(), {}), "edges are secured|");
}

TEST(Promises, a_failure_that_was_not_injected_breaks_the_third) {
  DemoService failing = payments();
  failing.generated.injected = 5;
  EXPECT_EQ(broken(failing), "no failure but those on purpose|");
  failing.causes = {{"504 failfast", 1}};
  EXPECT_NE(judge_promises({failing}, {}, kEdges, {})[2].detail.find("(504 failfast 1)"),
            std::string::npos);
  failing = payments();
  failing.generated.not_connected = 1;
  EXPECT_EQ(broken(failing), "no failure but those on purpose|");
}

TEST(Promises, proxies_that_judge_otherwise_break_the_fourth) {
  DemoService other = payments();
  other.failed = 5;
  other.succeeded = 91;
  EXPECT_EQ(broken(other), "verdicts are equal|");
}

// A stream that its caller left may have been whole already when the proxy heard of it.
TEST(Promises, cancelled_and_succeeded_may_change_places) {
  DemoService late = payments();
  late.cancelled = 3;
  late.succeeded = 91;
  EXPECT_EQ(broken(late), "");
}

DemoTcpService mail() {
  return {.ns = "shop",
          .name = "mail",
          .generated = {.sent = 20, .succeeded = 20},
          .outbound = 20,
          .inbound = 20};
}

std::string broken(const DemoTcpService& service) {
  std::string out;
  for (const Promise& one : judge_promises({payments()}, {service}, kEdges, {})) {
    if (!one.held) out += one.name + ": " + one.detail;
  }
  return out;
}

TEST(Promises, hold_for_connections_that_carry_no_requests) {
  EXPECT_EQ(broken(mail()), "");
  EXPECT_EQ(judge_promises({payments()}, {mail()}, kEdges, {}).front().detail,
            "all 100 requests that applications sent, and all 20 connections without requests, "
            "were counted once by the proxy at either end");
}

TEST(Promises, a_connection_that_a_proxy_did_not_count_or_that_failed_breaks_one) {
  DemoTcpService one = mail();
  one.inbound = 19;
  EXPECT_EQ(broken(one),
            "counts are equal: mail: 20 connections opened, 20 counted by the callers' proxies, 19 "
            "by its own");
  one = mail();
  one.generated = {.sent = 20, .succeeded = 19, .not_answered = 1};
  one.causes = {{"reset", 1}};
  EXPECT_EQ(broken(one), "no failure but those on purpose: mail: 1 got no answer (reset 1)");
}

TEST(Promises, a_program_that_had_to_be_killed_breaks_the_last) {
  const auto promises = judge_promises({payments()}, {}, kEdges, {"ledger ended with 137"});
  EXPECT_FALSE(promises.back().held);
  EXPECT_EQ(promises.back().detail, "ledger ended with 137");
}

}  // namespace
}  // namespace seine::cli
