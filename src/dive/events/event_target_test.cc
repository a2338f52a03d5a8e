// SPDX-License-Identifier: Apache-2.0
#include "dive/events/event_target.h"

#include <gtest/gtest.h>

namespace seine::dive {
namespace {

std::string read(std::string_view text) {
  const auto target = parse_target(text, "home", "shop");
  return target ? format_target(*target) : target.error().message;
}

TEST(EventTarget, is_written_as_people_write_resources) {
  EXPECT_EQ(read("svc/payments"), "shop/service/payments");
  EXPECT_EQ(read("deploy/payments"), "shop/deployment/payments");
  EXPECT_EQ(read("deployment/payments.v2"), "shop/deployment/payments.v2");
  EXPECT_EQ(read("bank/svc/ledger"), "bank/service/ledger");
  EXPECT_EQ(read("ns/bank"), "ns/bank");
  EXPECT_EQ(read("cluster"), "cluster");
}

TEST(EventTarget, is_read_back_as_it_is_written) {
  for (const char* text : {"svc/payments", "bank/deploy/ledger", "ns/bank", "cluster"}) {
    const auto target = parse_target(text, "home", "shop").value();
    EXPECT_EQ(parse_target(format_target(target), "home", "shop").value(), target) << text;
  }
}

TEST(EventTarget, that_is_none_is_refused_with_what_to_write) {
  for (const std::string bad : {"", "payments", "svc/", "/payments", "svc/Payments", "a/b/c/d",
                                "a/b/c/", "svc/../x", "ns/a.b", "svc/pay.ments"}) {
    EXPECT_EQ(read(bad), "'" + bad +
                             "' is no target: write svc/NAME, deploy/NAME or ns/NAME, with "
                             "NAMESPACE/ before it where it is another, or cluster");
  }
}

// Regression: what was beside it was said to be wrong.
TEST(EventTarget, in_what_has_no_name_is_refused_for_that) {
  EXPECT_EQ(parse_target("cluster", std::string(3000, 'x'), "shop").error().message,
            "'" + std::string(64, 'x') +
                "...' is no name of a cluster: write lower case letters, digits and '-', at most "
                "63");
  EXPECT_EQ(parse_target("svc/payments", "home", "A_").error().message,
            "'A_' is no name of a namespace: write lower case letters, digits and '-', at most 63");
}

TEST(EventTarget, concerns_what_is_inside_of_it) {
  const EventTarget payments{"home", "shop", "service", "payments"};
  EXPECT_TRUE(concerns(payments, payments));
  EXPECT_TRUE(concerns({"home", "shop", "", ""}, payments));
  EXPECT_TRUE(concerns({"home", "", "", ""}, payments));
  EXPECT_FALSE(concerns(payments, {"home", "shop", "", ""}));
  EXPECT_FALSE(concerns({"home", "shop", "service", "ledger"}, payments));
  EXPECT_FALSE(concerns({"home", "shop", "deployment", "payments"}, payments));
  EXPECT_FALSE(concerns({"home", "bank", "", ""}, payments));
  EXPECT_FALSE(concerns({"away", "", "", ""}, payments));
}

}  // namespace
}  // namespace seine::dive
