// SPDX-License-Identifier: Apache-2.0
#include "dive/evidence/subject_rows.h"

#include <gtest/gtest.h>

#include "dive/evidence/testing/row_script.h"

namespace seine::dive {
namespace {

class SubjectRowsTest : public ::testing::Test {
 protected:
  bool contains(const RowFacts& facts) { return SubjectRows(subject_, backends_).contains(facts); }

  Subject subject_{.ns = "shop", .name = "payments"};
  Backends backends_ = payments_backends();
};

TEST_F(SubjectRowsTest, of_a_service_are_what_was_sent_to_it) {
  EXPECT_TRUE(contains(outbound()));
  EXPECT_TRUE(contains(inbound()));
  RowFacts other = outbound();
  other.target.service = "ledger";
  EXPECT_FALSE(contains(other));
  other = outbound();
  other.target.ns = "bank";
  EXPECT_FALSE(contains(other));
}

TEST_F(SubjectRowsTest, of_a_service_are_what_came_to_its_ports_from_who_named_none) {
  EXPECT_TRUE(contains(from_outside()));
  RowFacts metrics = from_outside();
  metrics.target.port = 9090;
  EXPECT_FALSE(contains(metrics));
  RowFacts stranger = from_outside();
  stranger.reporter.workload = "ledger";
  EXPECT_FALSE(contains(stranger));
  // What payments itself sends out of the mesh.
  RowFacts authority = outbound();
  authority.reporter.workload = "payments";
  authority.target = {.service = {}, .ns = {}, .port = 8080, .authority = "example.org"};
  authority.peer = {};
  EXPECT_FALSE(contains(authority));
}

TEST_F(SubjectRowsTest, of_a_service_are_what_was_sent_to_the_address_of_its_pods) {
  EXPECT_TRUE(contains(to_a_pod()));
  EXPECT_TRUE(contains(from_who_knows_a_pod()));
  RowFacts metrics = to_a_pod();
  metrics.target.port = 9090;
  EXPECT_FALSE(contains(metrics));
  RowFacts other = to_a_pod();
  other.peer.workload = "ledger";
  EXPECT_FALSE(contains(other));
  subject_.route = "default";
  EXPECT_TRUE(contains(to_a_pod()));
  subject_.route = "charge";
  EXPECT_FALSE(contains(to_a_pod()));
}

TEST_F(SubjectRowsTest, of_a_workload_are_what_its_pods_answer) {
  subject_.kind = Subject::Kind::kWorkload;
  EXPECT_TRUE(contains(outbound()));
  EXPECT_TRUE(contains(inbound()));
  EXPECT_TRUE(contains(from_outside()));
  RowFacts canary = outbound();
  canary.peer.workload = "payments-canary";
  EXPECT_FALSE(contains(canary));
  // Nobody was reached, so it was none of its.
  RowFacts refused = outbound(0, "connect refused");
  refused.peer = {};
  EXPECT_FALSE(contains(refused));
}

TEST_F(SubjectRowsTest, of_a_route_are_what_matched_it) {
  subject_.route = "gateway/httproute/charge";
  EXPECT_TRUE(contains(outbound()));
  subject_.route = "charge";
  EXPECT_TRUE(contains(outbound()));
  EXPECT_TRUE(contains(inbound()));
  subject_.route = "gateway/httproute/refund";
  EXPECT_FALSE(contains(outbound()));
}

TEST_F(SubjectRowsTest, of_a_default_route_are_what_both_sides_call_so) {
  RowFacts sent = outbound();
  sent.route = "core/Service/payments";
  RowFacts served = inbound();
  served.route = "/default/default";
  for (const char* name : {"core/Service/payments", "/default/default", "default"}) {
    subject_.route = name;
    EXPECT_TRUE(contains(sent)) << name;
    EXPECT_TRUE(contains(served)) << name;
    EXPECT_FALSE(contains(outbound())) << name;
  }
}

TEST_F(SubjectRowsTest, of_an_environment_are_what_its_workloads_answer_or_could_have) {
  backends_.workloads.push_back({"shop", "payments-staging", "staging"});
  RowFacts staging = outbound();
  staging.peer.workload = "payments-staging";
  RowFacts nobody = outbound(503, "no ready endpoint");
  nobody.peer = {};
  subject_.environment = "staging";
  EXPECT_TRUE(contains(staging));
  EXPECT_TRUE(contains(nobody));
  EXPECT_FALSE(contains(outbound()));
  EXPECT_FALSE(contains(inbound()));
  subject_.environment = "production";
  EXPECT_FALSE(contains(staging));
  EXPECT_TRUE(contains(inbound()));
  subject_.environment = "test";
  EXPECT_FALSE(contains(nobody));
}

TEST_F(SubjectRowsTest, never_are_what_does_not_say_what_it_is_about) {
  EXPECT_FALSE(contains(overflow(outbound())));
  EXPECT_FALSE(contains(overflow(inbound())));
}

}  // namespace
}  // namespace seine::dive
