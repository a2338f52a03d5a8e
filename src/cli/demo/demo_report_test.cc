// SPDX-License-Identifier: Apache-2.0
#include "cli/demo/demo_report.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "cli/table.h"
#include "json/value.h"

namespace seine::cli {
namespace {

using namespace std::chrono_literals;

DemoReport report() {
  return {.services = {{.ns = "shop",
                        .name = "payments",
                        .generated = {.sent = 3000,
                                      .succeeded = 2997,
                                      .failed = 2,
                                      .injected = 2,
                                      .cancelled = 1},
                        .outbound = 3000,
                        .inbound = 2999,
                        .succeeded = 2999,
                        .failed = 1,
                        .cancelled = 0,
                        .seconds = 60,
                        .p50 = 1500us,
                        .p95 = 20ms,
                        .p99 = 41ms},
                       {.ns = "shop", .name = "idle"}},
          .tcp_services = {{.ns = "shop",
                            .name = "mail",
                            .generated = {.sent = 20, .succeeded = 20},
                            .outbound = 20,
                            .inbound = 19,
                            .causes = {{"reset", 2}},
                            .sent_bytes = 1'234'567,
                            .received_bytes = 987}},
          .edges = {{.src = "web",
                     .dst = "payments",
                     .secured = true,
                     .client_id = "web.shop",
                     .server_id = "payments.shop"},
                    {.src = "x", .dst = "web", .no_tls_reason = "not_provided"}},
          .promises = {{.name = "counts are equal",
                        .held = false,
                        .detail = "payments: 3000 sent, 3000 counted by the callers' proxies, 2999 "
                                  "by its own, which is one that somebody has lost on its way"}}};
}

std::string json_of(std::string_view service_key) {
  const auto parsed = json::parse(report().to_json());
  if (!parsed) return parsed.error().message;
  const json::Value* value = parsed->find("services")->array()->front().find(service_key);
  if (value == nullptr) return "missing";
  if (value->integer() != nullptr) return std::to_string(*value->integer());
  return value->number() != nullptr ? std::to_string(*value->number()) : "other";
}

TEST(DemoReport, gives_machines_each_count_as_it_is) {
  EXPECT_EQ(json_of("requests_generated"), "3000");
  EXPECT_EQ(json_of("outbound"), "3000");
  EXPECT_EQ(json_of("inbound"), "2999");
  EXPECT_EQ(json_of("requests_proxied"), "2999");
  EXPECT_EQ(json_of("p50_ms"), "1.500000");
  EXPECT_EQ(json_of("rps"), "50.000000");
}

TEST(DemoReport, never_rounds_a_failure_away) {
  EXPECT_EQ(json_of("success"), "99.960000");
}

TEST(DemoReport, shows_connections_without_requests_apart) {
  const auto parsed = json::parse(report().to_json());
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->find("services")->array()->size(), 2u);
  const json::Value& mail = parsed->find("tcp_services")->array()->front();
  EXPECT_EQ(*mail.find("connections_generated")->integer(), 20);
  EXPECT_EQ(*mail.find("connections_proxied")->integer(), 19);
  EXPECT_EQ(*mail.find("broken")->integer(), 2);
  EXPECT_EQ(mail.find("success"), nullptr);
  const std::string text = report().to_text(Terminal());
  EXPECT_NE(text.find("\nmail "), std::string::npos) << text;
  DemoReport none = report();
  none.tcp_services.clear();
  EXPECT_EQ(none.to_text(Terminal()).find("TCP SERVICE"), std::string::npos);
}

TEST(DemoReport, gives_null_where_there_was_no_request) {
  const auto parsed = json::parse(report().to_json());
  ASSERT_TRUE(parsed);
  const json::Value& idle = parsed->find("services")->array()->back();
  EXPECT_TRUE(idle.find("success")->is_null());
  EXPECT_TRUE(idle.find("p99_ms")->is_null());
}

TEST(DemoReport, tells_people_within_eighty_columns) {
  const Terminal terminal;
  std::string text = report().to_text(terminal);
  EXPECT_NE(text.find("99.96%"), std::string::npos) << text;
  EXPECT_NE(text.find("× counts are equal: payments: 3000 sent"), std::string::npos) << text;
  while (!text.empty()) {
    const std::string line = text.substr(0, text.find('\n'));
    EXPECT_LE(display_width(line), 80u) << line;
    text.erase(0, line.size() + 1);
  }
}

TEST(DemoReport, holds_only_if_each_promise_does) {
  DemoReport one = report();
  EXPECT_FALSE(one.all_held());
  one.promises.front().held = true;
  EXPECT_TRUE(one.all_held());
}

}  // namespace
}  // namespace seine::cli
