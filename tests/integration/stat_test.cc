// SPDX-License-Identifier: Apache-2.0
// `seine stat` and `seine edges` as programs, at a controller that has heard of a shop.
#include <gtest/gtest.h>

#include "telemetry_fixture.h"

namespace seine::integration {
namespace {

class StatTest : public TelemetryTest {
 protected:
  Finished seine(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--dir", folder_});
    return integration::run(SEINE_BINARY, std::move(arguments));
  }
  // 60 requests in a bucket of 10 s that ended 5 s ago, 6 of them failed, to a ledger.
  void make_traffic() {
    start();
    const wire::JoinResponse web = join("web");
    const wire::JoinResponse ledger = join("ledger");
    auto sent = report_of(web, "web", 1, 54);
    auto& row = *sent.mutable_buckets(0)->mutable_http(0);
    row.set_direction(telemetry::OUTBOUND);
    row.mutable_target()->set_service("ledger");
    row.mutable_target()->set_namespace_("shop");
    row.mutable_peer()->set_namespace_("shop");
    row.mutable_peer()->set_workload("ledger");
    row.mutable_peer()->set_pod(ledger.pod().name());
    row.mutable_peer()->set_identity(ledger.identity());
    auto& failed = *sent.mutable_buckets(0)->add_http();
    failed = sent.buckets(0).http(0);
    failed.set_http_status(503);
    failed.set_count(6);
    Connection proxy = connect_proxy(web);
    ASSERT_TRUE(report(proxy, sent));
    ASSERT_TRUE(renew(web)->known());
    ASSERT_TRUE(renew(ledger)->known());
  }
};

TEST_F(StatTest, shows_what_was_counted) {
  make_traffic();
  const Finished service = seine({"stat", "svc", "-n", "shop"});
  EXPECT_EQ(service.exit_code, 0) << service.err;
  EXPECT_NE(service.out.find("ledger     1/1   90.00%  6.0rps"), std::string::npos) << service.out;
  const Finished to = seine({"stat", "deploy", "-n", "shop", "--to", "svc/ledger"});
  EXPECT_NE(to.out.find("web      1/1   90.00%  6.0rps"), std::string::npos) << to.out;
  EXPECT_EQ(to.out.find("ledger"), std::string::npos) << to.out;
  const Finished edges = seine({"edges", "-n", "shop", "-o", "wide"});
  EXPECT_NE(edges.out.find("web  ledger  shop    shop    web.shop   ledger.shop  "),
            std::string::npos)
      << edges.out;
  const Finished json = seine({"stat", "deploy/web", "-n", "shop", "-o", "json"});
  EXPECT_TRUE(json.out.starts_with("[{\"namespace\":\"shop\",\"kind\":\"deployment\"")) << json.out;
}

TEST_F(StatTest, says_that_there_is_nothing_to_show) {
  make_traffic();
  const Finished none = seine({"stat", "deploy", "-n", "shop", "--from", "deploy/ledger"});
  EXPECT_EQ(none.exit_code, 0);
  EXPECT_EQ(none.out, "");
  EXPECT_EQ(none.err, "No traffic found.\n");
}

TEST_F(StatTest, says_what_to_do_where_it_cannot_answer) {
  make_traffic();
  const auto refused = [this](int code, const char* part, std::vector<std::string> arguments) {
    const Finished finished = seine(std::move(arguments));
    EXPECT_EQ(finished.exit_code, code) << finished.err;
    EXPECT_EQ(finished.out, "");
    EXPECT_NE(finished.err.find(part), std::string::npos) << finished.err;
    EXPECT_EQ(finished.err.find('\n'), finished.err.size() - 1) << "one sentence";
  };
  refused(64, "did you mean deploy?", {"stat", "deplyo"});
  refused(1, "did you mean ledger?", {"stat", "deploy/ledgr", "-n", "shop"});
  refused(64, "from 15s", {"stat", "-t", "14s"});
  refused(64, "from 15s", {"stat", "-t", "11m"});
  refused(64, "-t", {"stat", "-t", "soon"});
  refused(64, "one at a time",
          {"stat", "-n", "shop", "--to", "deploy/web", "--from", "deploy/web"});
  refused(64, "between deploy or po", {"edges", "svc"});
  controller_.reset();
  refused(1, "no mesh runs in", {"stat"});
  refused(1, "seine up", {"edges"});
}

TEST_F(StatTest, completes_the_names_of_what_runs) {
  make_traffic();
  const Finished names =
      integration::run(SEINE_BINARY, {"--dir", folder_, "__complete", "--", "stat", "deploy/"});
  EXPECT_EQ(names.out, "deploy/ledger\ndeploy/web\n");
}

}  // namespace
}  // namespace seine::integration
