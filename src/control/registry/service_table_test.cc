// SPDX-License-Identifier: Apache-2.0
#include "control/registry/service_table.h"

#include <gtest/gtest.h>

#include "control/registry/registry_limits.h"
#include "control/testing/registry_scope.h"

namespace seine::control {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const FullName kWeb{"shop", "web"};

class ServiceTableTest : public ::testing::Test {
 protected:
  ServiceTable table_{"test", testing::make_scope().services};
};

TEST_F(ServiceTableTest, gives_a_name_the_same_address_each_time) {
  const std::uint32_t address = table_.ensure(kWeb, seconds(0)).value();
  EXPECT_EQ(table_.ensure(kWeb, seconds(9999)).value(), address);
  ServiceTable after_a_loss("test", testing::make_scope().services);
  EXPECT_EQ(after_a_loss.ensure(kWeb, seconds(0)).value(), address);
}

TEST_F(ServiceTableTest, shows_what_is_in_use_with_its_ports) {
  table_.ensure(kWeb, seconds(0)).value();
  EXPECT_TRUE(table_.update({{kWeb, {{8080, 9090}, {}}}}, seconds(0)));
  ASSERT_EQ(table_.shown().size(), 1u);
  EXPECT_EQ(table_.shown()[0].ports, (std::vector<std::uint16_t>{8080, 9090}));
  EXPECT_FALSE(table_.update({{kWeb, {{8080, 9090}, {}}}}, seconds(1)));
  EXPECT_TRUE(table_.update({{kWeb, {{8080}, {}}}}, seconds(2)));
}

TEST_F(ServiceTableTest, tells_that_routes_have_changed_and_keeps_them_without_a_workload) {
  table_.ensure(kWeb, seconds(0)).value();
  const std::vector<model::DeclaredRoute> routes{{"buy", "POST", "/buy"}};
  EXPECT_TRUE(table_.update({{kWeb, {{8080}, {}}}}, seconds(0)));
  EXPECT_TRUE(table_.update({{kWeb, {{8080}, routes}}}, seconds(1)));
  EXPECT_FALSE(table_.update({{kWeb, {{8080}, routes}}}, seconds(2)));
  EXPECT_FALSE(table_.update({}, seconds(3)));
  EXPECT_EQ(table_.shown()[0].routes, routes);
}

TEST_F(ServiceTableTest, shows_a_service_for_a_grace_after_its_last_workload_and_remembers_it) {
  const std::uint32_t address = table_.ensure(kWeb, seconds(0)).value();
  table_.update({{kWeb, {{8080}, {}}}}, minutes(1));
  EXPECT_FALSE(table_.update({}, minutes(11) - seconds(1)));
  EXPECT_EQ(table_.shown().size(), 1u);
  EXPECT_TRUE(table_.update({}, minutes(11)));
  EXPECT_TRUE(table_.shown().empty());
  ASSERT_EQ(table_.all().size(), 1u);
  EXPECT_EQ(table_.all()[0].ports, std::vector<std::uint16_t>{8080});
  EXPECT_EQ(table_.ensure(kWeb, minutes(60)).value(), address);
  EXPECT_TRUE(table_.update({{kWeb, {{8080}, {}}}}, minutes(60)));
  EXPECT_EQ(table_.shown().size(), 1u);
}

TEST_F(ServiceTableTest, forgets_the_longest_unused_when_addresses_run_out_and_else_says_so) {
  const auto name = [](int i) { return FullName("shop", "s" + std::to_string(i)); };
  ServicesInUse in_use;
  for (int i = 0; i < 13; ++i) {
    ASSERT_TRUE(table_.ensure(name(i), seconds(0)));
    in_use[name(i)].ports = {80};
  }
  table_.update(in_use, seconds(0));
  const auto refused = table_.ensure(kWeb, seconds(0));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kLimit);
  EXPECT_NE(refused.error().message.find("10.78.0.0/28"), std::string::npos);
  in_use.erase(name(3));
  in_use.erase(name(5));
  table_.update(in_use, minutes(1));
  in_use[name(3)].ports = {80};
  table_.update(in_use, minutes(2));
  in_use.erase(name(3));
  table_.update(in_use, minutes(20));
  EXPECT_TRUE(table_.ensure(kWeb, minutes(20)));
  for (const KnownService& known : table_.all()) EXPECT_NE(known.name, "s5");
  EXPECT_EQ(table_.all().size(), 13u);
}

TEST_F(ServiceTableTest, takes_over_what_was_kept) {
  table_.restore({{.ns = "shop", .name = "web", .address = 7, .ports = {80}},
                  {.ns = "shop", .name = "other", .address = 7}},
                 seconds(0));
  EXPECT_EQ(table_.ensure(kWeb, seconds(0)).value(), 7u);
  EXPECT_EQ(table_.all().size(), 1u) << "an address has one owner";
  EXPECT_EQ(table_.shown().size(), 1u);
}

}  // namespace
}  // namespace seine::control
