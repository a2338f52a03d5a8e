// SPDX-License-Identifier: Apache-2.0
#include "dive/api/known_subject.h"

#include <gtest/gtest.h>

#include <string>

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
            "no cluster has a workload payments in namespace shop");
}

TEST(KnownSubject, has_the_environments_that_pods_who_answer_for_it_are_labelled_with) {
  ClusterCatalog::State state;
  Service& payments = state.services[{"shop", "payments"}];
  for (const char* environment : {"staging", "production", "", "production"}) {
    const WorkloadName name{"shop", "deployment", "w" + std::to_string(state.workloads.size())};
    state.workloads[name].environment = environment;
    payments.now.workloads.push_back(name);
  }
  state.workloads[{"shop", "deployment", "other"}].environment = "production-old";
  state.services[{"shop", "bare"}] = {};
  std::map<std::string, KeptCluster> clusters;
  clusters["local"] = {.name = "local", .id = 1, .catalog = ClusterCatalog(std::move(state))};
  const auto says = [&clusters](std::string name, std::string environment) {
    const auto known = check_known(
        {.ns = "shop", .name = std::move(name), .environment = std::move(environment)}, clusters);
    return known ? "known" : known.error().message;
  };
  EXPECT_EQ(says("payments", "staging"), "known");
  EXPECT_EQ(says("payments", ""), "known");
  EXPECT_EQ(says("payments", "prodution"),
            "no pod of service payments in namespace shop has the label environment=prodution; "
            "there are: production, staging");
  EXPECT_EQ(says("bare", "production"),
            "no pod of service bare in namespace shop has the label environment=production; none "
            "has that label");
}

TEST(KnownSubject, is_not_there_before_anybody_told_of_any) {
  const auto known = check_known({.ns = "shop", .name = "web"}, {});
  EXPECT_EQ(known.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(known.error().message,
            "no cluster has a service web in namespace shop; none has told of any yet");
}

std::string answer_of_target(std::string_view text, std::string_view cluster = "local") {
  const auto known = check_known_target(parse_target(text, cluster, "shop").value(), clusters());
  return known ? "known" : known.error().message;
}

TEST(KnownSubject, of_an_event_is_as_that_of_an_objective) {
  EXPECT_EQ(answer_of_target("svc/payments"), "known");
  EXPECT_EQ(answer_of_target("deploy/payments-v2"), "known");
  EXPECT_EQ(answer_of_target("ns/later"), "known") << "what is to come is made in it";
  EXPECT_EQ(answer_of_target("cluster"), "known");
  EXPECT_EQ(answer_of_target("svc/paymnts"),
            "no cluster has a service paymnts in namespace shop; did you mean payments?");
  EXPECT_EQ(answer_of_target("cluster", "elsewhere"),
            "there is no cluster elsewhere; there are: local");
  EXPECT_TRUE(check_known_target(parse_target("cluster", "local", "shop").value(), {}));
}

TEST(KnownSubject, of_an_event_is_one_of_the_cluster_that_it_says) {
  auto two = clusters();
  two["east"] = {.name = "east", .id = 2, .catalog = ClusterCatalog(ClusterCatalog::State{})};
  EXPECT_TRUE(check_known_target({"local", "shop", "service", "payments"}, two));
  EXPECT_EQ(check_known_target({"east", "shop", "service", "payments"}, two).error().message,
            "cluster east has no service payments in namespace shop; none has told of any yet");
}

TEST(KnownSubject, that_is_looked_for_is_in_a_namespace_that_is_there) {
  const auto answer = [](EventTarget target) {
    const auto seen = check_seen_target(target, clusters());
    return seen ? "seen" : seen.error().message;
  };
  EXPECT_EQ(answer({"local", "shop", "", ""}), "seen");
  EXPECT_EQ(answer({"local", "", "", ""}), "seen");
  EXPECT_EQ(answer({"local", "shop", "service", "payments"}), "seen");
  EXPECT_EQ(answer({"local", "shpo", "", ""}),
            "cluster local has nothing in a namespace shpo; did you mean shop?");
  EXPECT_EQ(answer({"local", "nope", "", ""}),
            "cluster local has nothing in a namespace nope; there are: billing, shop");
  EXPECT_EQ(check_seen_target({"local", "shop", "", ""}, {}).error().message,
            "no cluster has a namespace shop; none has told of any yet");
  EXPECT_EQ(answer({"local", "shop", "service", "paymnts"}),
            "no cluster has a service paymnts in namespace shop; did you mean payments?");
}

// Regression: only a server's counts have that name in them.
TEST(KnownRoute, may_be_the_default_of_callers_and_of_servers) {
  const std::vector<std::string> of_callers{"core/Service/payments", "g/HTTPRoute/purchase"};
  EXPECT_EQ(find_route("default", of_callers), "default");
  const std::vector<std::string> of_both{"/default/default", "core/Service/payments"};
  EXPECT_EQ(find_route("default", of_both), "/default/default");
  EXPECT_FALSE(find_route("default", std::span(of_callers).last(1)));
}

TEST(KnownRoute, is_one_that_was_counted_by_its_name_or_the_last_part_of_it) {
  const std::vector<std::string> routes{"core/Service/payments", "g/HTTPRoute/purchase",
                                        "g/HTTPRoute/refund", "h/HTTPRoute/refund"};
  EXPECT_EQ(find_route("g/HTTPRoute/refund", routes), "g/HTTPRoute/refund");
  EXPECT_EQ(find_route("purchase", routes), "g/HTTPRoute/purchase");
  EXPECT_EQ(find_route("refund", routes).error().message,
            "several routes are called refund; write one of: g/HTTPRoute/refund, "
            "h/HTTPRoute/refund");
  EXPECT_EQ(find_route("purchse", std::span(routes).first(2)).error().message,
            "no request was counted by a route purchse; there are: core/Service/payments, "
            "g/HTTPRoute/purchase");
  EXPECT_EQ(find_route("purchase", {}).error().message,
            "no request was counted by a route purchase; none was counted by any route yet");
  EXPECT_EQ(find_route("purchase", {}).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace seine::dive
