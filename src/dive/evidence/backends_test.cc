// SPDX-License-Identifier: Apache-2.0
#include "dive/evidence/backends.h"

#include <gtest/gtest.h>

namespace seine::dive {
namespace {

const WorkloadName kPayments{"shop", "deployment", "payments"};
const WorkloadName kCanary{"shop", "deployment", "payments-canary"};

ClusterCatalog::State catalog() {
  ClusterCatalog::State state;
  state.workloads[kPayments].environment = "production";
  Service& service = state.services[{"shop", "payments"}];
  service.now.ports = {8080, 8081};
  service.now.workloads = {kPayments, kCanary};
  return state;
}

TEST(Backends, of_a_service_are_its_workloads_and_ports) {
  const Backends found = backends_of(catalog(), {.ns = "shop", .name = "payments"});
  EXPECT_EQ(found.ports, (std::vector<std::uint16_t>{8080, 8081}));
  ASSERT_EQ(found.workloads.size(), 2U);
  EXPECT_EQ(found.workloads[0].workload, "payments");
  EXPECT_EQ(found.workloads[0].environment, "production");
  EXPECT_EQ(found.workloads[1].workload, "payments-canary");
  EXPECT_EQ(found.workloads[1].environment, "");
}

TEST(Backends, of_a_workload_are_itself) {
  const Subject subject{.kind = Subject::Kind::kWorkload, .ns = "shop", .name = "payments"};
  const Backends found = backends_of(catalog(), subject);
  ASSERT_EQ(found.workloads.size(), 1U);
  EXPECT_EQ(found.workloads[0].environment, "production");
  EXPECT_TRUE(found.ports.empty());
}

TEST(Backends, of_what_the_cluster_does_not_have_are_none) {
  EXPECT_TRUE(backends_of(catalog(), {.ns = "bank", .name = "payments"}).workloads.empty());
  const Subject subject{.kind = Subject::Kind::kWorkload, .ns = "bank", .name = "payments"};
  EXPECT_TRUE(backends_of(catalog(), subject).workloads.empty());
}

}  // namespace
}  // namespace seine::dive
