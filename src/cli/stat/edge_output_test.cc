// SPDX-License-Identifier: Apache-2.0
#include "cli/stat/edge_output.h"

#include <gtest/gtest.h>

namespace seine::cli {
namespace {

using telemetry::Edge;

const Edge kSecured{.src = "payments",
                    .dst = "ledger",
                    .src_ns = "shop",
                    .dst_ns = "bank",
                    .client_id = "payments.shop",
                    .server_id = "ledger.bank",
                    .no_tls_reason = ""};
const Edge kPlain{.src = "web",
                  .dst = "payments",
                  .src_ns = "shop",
                  .dst_ns = "shop",
                  .client_id = "",
                  .server_id = "",
                  .no_tls_reason = "not_provided_by_service_discovery"};

TEST(EdgeOutput, is_a_table_with_a_mark_or_the_reason) {
  EXPECT_EQ(edges_table({kSecured, kPlain}, false, {}),
            "SRC       DST       SRC_NS  DST_NS  SECURED\n"
            "payments  ledger    shop    bank    √\n"
            "web       payments  shop    shop    not_provided_by_service_discovery\n");
}

TEST(EdgeOutput, has_identities_when_wide) {
  EXPECT_EQ(edges_table({kSecured}, true, {}),
            "SRC       DST     SRC_NS  DST_NS  CLIENT_ID      SERVER_ID    SECURED\n"
            "payments  ledger  shop    bank    payments.shop  ledger.bank  √\n");
}

TEST(EdgeOutput, is_json_with_every_name) {
  EXPECT_EQ(edges_json({kSecured, kPlain}),
            R"([{"src":"payments","src_namespace":"shop","dst":"ledger","dst_namespace":"bank",)"
            R"("client_id":"payments.shop","server_id":"ledger.bank","no_tls_reason":""},)"
            R"({"src":"web","src_namespace":"shop","dst":"payments","dst_namespace":"shop",)"
            R"("client_id":"","server_id":"",)"
            R"("no_tls_reason":"not_provided_by_service_discovery"}])"
            "\n");
}

}  // namespace
}  // namespace seine::cli
