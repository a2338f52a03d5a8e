// SPDX-License-Identifier: Apache-2.0
#include "control/pages/mesh_json.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "json/value.h"
#include "json/writer.h"
#include "telemetry/figures/testing/shop.h"

namespace seine::control {
namespace {

namespace wire = seine::telemetry::v1;
namespace shop = telemetry::testing;

class MeshJsonTest : public ::testing::Test {
 protected:
  json::Value document() const {
    const auto value = json::parse(mesh_json(list_, window_, edges_window_, now_));
    EXPECT_TRUE(value) << value.error().message;
    return value ? *value : json::Value();
  }
  // A member of the row of that namespace and name, as it is written.
  std::string member(const std::string& table, const std::string& ns, const std::string& name,
                     const std::string& key) const {
    const json::Value whole = document();
    for (const json::Value& row : *whole.find(table)->array()) {
      if (*row.find("namespace")->string() != ns || *row.find("name")->string() != name) continue;
      json::Writer out;
      out.value(*row.find(key));
      return std::move(out).take();
    }
    return "no row";
  }

  seine::registry::v1::ListResponse list_ = shop::make_list();
  wire::ReadResponse window_ = shop::make_window();
  wire::ReadResponse edges_window_ = shop::make_window();
  const WallTime now_{std::chrono::milliseconds(1'767'225'661'234)};
};

TEST_F(MeshJsonTest, counts_a_service_by_its_callers_and_a_workload_by_itself) {
  EXPECT_EQ(member("services", "shop", "payments", "golden"),
            R"({"good":590,"bad":10,"excluded":0,"cancelled":0,"rps":10.0,"counted_ms":60000,)"
            R"("p50_ms":3.028,"p95_ms":3.146,"p99_ms":3.156})");
  EXPECT_EQ(member("services", "shop", "payments", "tcp"), "null");
  EXPECT_EQ(member("workloads", "shop", "payments", "golden"),
            R"({"good":590,"bad":10,"excluded":0,"cancelled":0,"rps":10.0,"counted_ms":60000,)"
            R"("p50_ms":3.028,"p95_ms":3.146,"p99_ms":3.156})");
  EXPECT_EQ(member("workloads", "shop", "payments", "pods"), "2");
  EXPECT_EQ(member("workloads", "shop", "payments", "ready_pods"), "1");
}

TEST_F(MeshJsonTest, tells_of_raw_connections_and_which_of_them_failed) {
  auto& failed = shop::add_tcp(*window_.mutable_sources(1), wire::INBOUND, 0, 0);
  failed.set_cause("connect_refused");
  failed.set_closed(2);
  EXPECT_EQ(member("workloads", "shop", "payments", "tcp"),
            R"({"opened":3,"closed":2,"failed":2,"read_bytes":60000,"written_bytes":120000})");
}

TEST_F(MeshJsonTest, has_nothing_of_what_was_not_asked) {
  EXPECT_EQ(member("workloads", "shop", "web", "golden"),
            R"({"good":0,"bad":0,"excluded":0,"cancelled":0,"rps":null,"counted_ms":60000,)"
            R"("p50_ms":null,"p95_ms":null,"p99_ms":null})");
}

TEST_F(MeshJsonTest, has_edges_of_the_longer_time) {
  window_.clear_sources();
  auto& plain = shop::add_http(*edges_window_.mutable_sources(0), wire::OUTBOUND, 200, 1);
  shop::to(plain, "shop", "payments", "payments-0");
  plain.mutable_peer()->clear_identity();
  plain.mutable_peer()->set_no_tls_reason("not_provided_by_service_discovery");
  json::Writer out;
  out.value(*document().find("edges"));
  EXPECT_EQ(std::move(out).take(),
            R"([{"from_namespace":"shop","from":"payments","to_namespace":"bank","to":"ledger",)"
            R"("secured":true,"reason":"","client_id":"payments.shop",)"
            R"("server_id":"ledger.bank"},)"
            R"({"from_namespace":"shop","from":"web","to_namespace":"shop","to":"payments",)"
            R"("secured":false,"reason":"not_provided_by_service_discovery","client_id":"",)"
            R"("server_id":""}])");
}

TEST_F(MeshJsonTest, says_of_which_time_it_is_and_what_lacks) {
  window_.mutable_from()->set_seconds(1'767'225'600);
  window_.mutable_to()->set_seconds(1'767'225'660);
  window_.mutable_sources(0)->set_expected_buckets(6);
  const json::Value whole = document();
  json::Writer out;
  for (const char* key : {"now_ms", "from_ms", "to_ms"}) {
    json::Writer one;
    one.value(*whole.find(key));
    EXPECT_EQ(std::move(one).take(), key[0] == 'n'   ? "1767225661234"
                                     : key[0] == 'f' ? "1767225600000"
                                                     : "1767225660000");
  }
  EXPECT_EQ(*whole.find("note")->string(),
            "Not all is known yet: 1 of 4 proxies have not told all of this time.");
}

TEST_F(MeshJsonTest, of_an_empty_mesh_is_whole) {
  list_.Clear();
  window_.Clear();
  edges_window_.Clear();
  const json::Value whole = document();
  for (const char* table : {"services", "workloads", "edges"}) {
    EXPECT_TRUE(whole.find(table)->array()->empty()) << table;
  }
}

}  // namespace
}  // namespace seine::control
