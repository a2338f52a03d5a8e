// SPDX-License-Identifier: Apache-2.0
#include "telemetry/figures/stat_rows.h"

#include <gtest/gtest.h>

#include <chrono>

#include "telemetry/figures/testing/shop.h"

namespace seine::telemetry {
namespace {

namespace wire = seine::telemetry::v1;

constexpr ResourceKind kDeploy = ResourceKind::kDeployment;
constexpr ResourceKind kSvc = ResourceKind::kService;
constexpr ResourceKind kNs = ResourceKind::kNamespace;
constexpr ResourceKind kPo = ResourceKind::kPod;

class StatRowsTest : public ::testing::Test {
 protected:
  // "NS/NAME MESHED/PODS SUCCESS+FAILURE" of each row.
  std::vector<std::string> stat(const StatQuery& query) const {
    const auto rows = make_stat_rows(list_, window_, query);
    if (!rows) return {rows.error().message};
    std::vector<std::string> out;
    for (const StatRow& row : *rows) {
      out.push_back(row.ns + "/" + row.name + " " + std::to_string(row.meshed) + "/" +
                    std::to_string(row.pods) + " " + std::to_string(row.traffic.success) + "+" +
                    std::to_string(row.traffic.failure));
    }
    return out;
  }
  // Requests a second of the first row.
  double rate(const StatQuery& query) const {
    const auto rows = make_stat_rows(list_, window_, query);
    if (!rows || rows->empty()) return -1;
    return static_cast<double>(rows->front().traffic.requests()) /
           std::chrono::duration<double>(rows->front().counted.total()).count();
  }
  using Lines = std::vector<std::string>;

  registry::v1::ListResponse list_ = testing::make_list();
  wire::ReadResponse window_ = testing::make_window();
};

TEST_F(StatRowsTest, counts_what_the_pods_of_a_deployment_received) {
  EXPECT_EQ(stat({{kDeploy, ""}, "shop", {}, {}}),
            (Lines{"shop/payments 1/2 590+10", "shop/web 1/1 0+0"}));
  EXPECT_EQ(stat({{kDeploy, "payments"}, "shop", {}, {}}), Lines{"shop/payments 1/2 590+10"});
  EXPECT_EQ(stat({{kDeploy, ""}, "", {}, {}}),
            (Lines{"bank/ledger 1/1 1200+0", "shop/payments 1/2 590+10", "shop/web 1/1 0+0"}));
}

TEST_F(StatRowsTest, counts_pods_and_namespaces_likewise) {
  EXPECT_EQ(stat({{kPo, ""}, "shop", {}, {}}),
            (Lines{"shop/payments-0 1/1 590+0", "shop/payments-1 0/1 0+10", "shop/web-0 1/1 0+0"}));
  EXPECT_EQ(stat({{kNs, ""}, "", {}, {}}), (Lines{"/bank 1/1 1200+0", "/shop 2/3 590+10"}));
}

TEST_F(StatRowsTest, counts_a_service_by_its_callers) {
  EXPECT_EQ(stat({{kSvc, ""}, "", {}, {}}),
            (Lines{"bank/ledger 1/1 1200+0", "shop/payments 1/2 590+10", "shop/web 1/1 0+0"}));
}

TEST_F(StatRowsTest, counts_what_was_sent_to_somebody_by_who_sent_it) {
  EXPECT_EQ(stat({{kDeploy, ""}, "", StatPeer{{kDeploy, "payments"}, ""}, {}}),
            Lines{"shop/web 1/1 590+10"});
  EXPECT_EQ(stat({{kDeploy, ""}, "shop", StatPeer{{kSvc, "ledger"}, "bank"}, {}}),
            Lines{"shop/payments 1/2 1200+0"});
  EXPECT_EQ(stat({{kDeploy, ""}, "", StatPeer{{kPo, "payments-1"}, "shop"}, {}}),
            Lines{"shop/web 1/1 0+10"});
  EXPECT_EQ(stat({{kDeploy, "payments"}, "shop", StatPeer{{kDeploy, "web"}, "shop"}, {}}), Lines{});
}

TEST_F(StatRowsTest, counts_what_was_sent_by_somebody_under_who_got_it) {
  EXPECT_EQ(stat({{kDeploy, ""}, "", {}, StatPeer{{kNs, "shop"}, ""}}),
            (Lines{"bank/ledger 1/1 1200+0", "shop/payments 1/2 590+10"}));
  EXPECT_EQ(stat({{kSvc, ""}, "shop", {}, StatPeer{{kDeploy, "web"}, "shop"}}),
            Lines{"shop/payments 1/2 590+10"});
  EXPECT_EQ(stat({{kPo, ""}, "shop", {}, StatPeer{{kPo, "web-0"}, "shop"}}),
            (Lines{"shop/payments-0 1/1 590+0", "shop/payments-1 0/1 0+10"}));
}

TEST_F(StatRowsTest, divides_by_the_time_in_which_a_row_was_counted) {
  const StatQuery web{{kDeploy, "web"}, "shop", {}, {}};
  window_.clear_sources();
  auto& first = testing::add_source(window_, "shop", "web", "web-0");
  testing::add_http(first, wire::INBOUND, 200, 200);
  EXPECT_DOUBLE_EQ(rate(web), 200.0 / 60);
  testing::count_from(first, 40, 60);
  EXPECT_DOUBLE_EQ(rate(web), 10) << "it is twenty seconds old";
  auto& second = testing::add_source(window_, "shop", "web", "web-1");
  testing::add_http(second, wire::INBOUND, 200, 200);
  testing::count_from(second, 40, 60);
  EXPECT_DOUBLE_EQ(rate(web), 20) << "two at the same time";
  testing::count_from(first, 20, 40);
  EXPECT_DOUBLE_EQ(rate(web), 10) << "one after the other";
  testing::count_from(first, 0, 20);
  EXPECT_DOUBLE_EQ(rate(web), 10) << "nobody in between";
  testing::add_source(window_, "shop", "web", "web-2");
  EXPECT_DOUBLE_EQ(rate(web), 400.0 / 60) << "one that received nothing counted all the time";
}

TEST_F(StatRowsTest, divides_what_was_sent_by_the_time_of_those_who_sent_it) {
  auto& sender = *window_.mutable_sources(0);
  testing::count_from(sender, 40, 60);
  EXPECT_DOUBLE_EQ(rate({{kSvc, "payments"}, "shop", {}, {}}), 600.0 / 20);
  EXPECT_DOUBLE_EQ(rate({{kDeploy, "web"}, "shop", StatPeer{{kSvc, "payments"}, "shop"}, {}}), 30);
  EXPECT_DOUBLE_EQ(rate({{kSvc, "ledger"}, "bank", {}, {}}), 20);
}

TEST_F(StatRowsTest, counts_requests_beyond_a_proxys_rows_and_judges_them_not) {
  auto& overflow = *window_.mutable_sources(0)->add_http_overflow();
  overflow.set_direction(wire::INBOUND);
  overflow.set_count(7);
  const auto rows = make_stat_rows(list_, window_, {{kDeploy, "web"}, "shop", {}, {}});
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->at(0).traffic.requests(), 7u);
  EXPECT_EQ(rows->at(0).traffic.judged(), 0u);
}

TEST_F(StatRowsTest, says_where_proxies_have_not_told_all) {
  EXPECT_EQ(coverage_note(window_, ""), "");
  window_.mutable_sources(0)->set_expected_buckets(6);
  window_.mutable_sources(0)->set_received_buckets(5);
  EXPECT_EQ(coverage_note(window_, ""), "") << "one may be on its way";
  window_.mutable_sources(0)->set_received_buckets(4);
  EXPECT_EQ(coverage_note(window_, "shop"),
            "Not all is known yet: 1 of 3 proxies have not told all of this time.");
  EXPECT_EQ(coverage_note(window_, "bank"), "");
}

TEST_F(StatRowsTest, says_what_does_not_exist_or_cannot_be_asked) {
  EXPECT_EQ(stat({{kDeploy, "paymets"}, "shop", {}, {}}),
            Lines{"there is no deployment \"paymets\" in namespace shop; did you mean payments?"});
  EXPECT_EQ(stat({{kDeploy, "ledger"}, "shop", {}, {}}),
            Lines{"there is no deployment \"ledger\" in namespace shop"});
  EXPECT_EQ(stat({{kDeploy, ""}, "shop", StatPeer{{kSvc, "pay"}, "shop"}, {}}),
            Lines{"there is no service \"pay\" in namespace shop"});
  EXPECT_EQ(stat({{kSvc, ""}, "shop", StatPeer{{kSvc, "web"}, "shop"}, {}}),
            Lines{"a service sends nothing; with --to ask about deploy, po or ns"});
}

}  // namespace
}  // namespace seine::telemetry
