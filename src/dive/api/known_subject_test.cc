// SPDX-License-Identifier: Apache-2.0
#include "dive/api/known_subject.h"

#include <gtest/gtest.h>

namespace seine::dive {
namespace {

std::map<std::string, KeptCluster> clusters() {
  ClusterCatalog::State state;
  state.services[{"shop", "payments"}] = {};
  state.services[{"billing", "invoices"}] = {};
  state.workloads[{"shop", "deployment", "payments-v2"}] = {};
  std::map<std::string, KeptCluster> out;
  out["local"] = {.name = "local", .id = 1, .catalog = ClusterCatalog(std::move(state))};
  return out;
}

std::string answer(std::string ns, std::string name, Subject::Kind kind = Subject::Kind::kService) {
  const auto known =
      check_known({.kind = kind, .ns = std::move(ns), .name = std::move(name)}, clusters());
  return known ? "known" : known.error().message;
}

TEST(KnownSubject, is_one_that_a_cluster_has) {
  EXPECT_EQ(answer("shop", "payments"), "known");
  EXPECT_EQ(answer("shop", "payments-v2", Subject::Kind::kWorkload), "known");
}

TEST(KnownSubject, has_a_neighbour_where_somebody_mistyped) {
  EXPECT_EQ(answer("shop", "paymnts"),
            "no cluster has a service paymnts in namespace shop; did you mean payments?");
  EXPECT_EQ(answer("default", "payments"),
            "no cluster has a service payments in namespace default; did you mean payments in "
            "namespace shop?");
  EXPECT_EQ(answer("shop", "zebra"), "no cluster has a service zebra in namespace shop");
}

TEST(KnownSubject, is_none_of_the_other_kind) {
  EXPECT_EQ(answer("shop", "payments", Subject::Kind::kWorkload),
            "no cluster has a workload payments in namespace shop; did you mean payments-v2?");
}

TEST(KnownSubject, is_not_there_before_anybody_told_of_any) {
  const auto known = check_known({.ns = "shop", .name = "web"}, {});
  EXPECT_EQ(known.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(known.error().message,
            "no cluster has a service web in namespace shop; none has told of any yet");
}

}  // namespace
}  // namespace seine::dive
