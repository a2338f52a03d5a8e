// SPDX-License-Identifier: Apache-2.0
#include "control/registry/registry_messages.h"

#include <gtest/gtest.h>

#include <chrono>

#include "control/testing/registry_scope.h"

namespace seine::control {
namespace {

namespace wire = seine::registry::v1;

using std::chrono::minutes;
using std::chrono::seconds;

wire::JoinRequest web() {
  wire::JoinRequest request;
  request.set_namespace_("shop");
  request.set_workload("web");
  request.set_service("front");
  request.set_version("v1");
  (*request.mutable_labels())["team"] = "a";
  wire::Port& port = *request.add_ports();
  port.set_number(8080);
  port.set_protocol(wire::GRPC);
  port.add_probes("/healthz");
  request.add_published(9090);
  request.add_routes("buy=POST:/buy");
  return request;
}

TEST(RegistryMessages, read_all_that_a_process_says_of_itself) {
  const auto wish = decode_join(web(), "local");
  ASSERT_TRUE(wish) << wish.error().message;
  EXPECT_EQ(
      wish->announcement,
      (Announcement{
          .ns = "shop",
          .workload = "web",
          .service = "front",
          .version = "v1",
          .labels = {{"team", "a"}},
          .ports = {{.number = 8080, .protocol = PortProtocol::kGrpc, .probes = {"/healthz"}}},
          .published = {9090},
          .routes = {{"buy", "POST", "/buy"}}}));
  EXPECT_FALSE(wish->claim);
}

TEST(RegistryMessages, refuse_what_no_value_can_hold) {
  const auto refusal = [](auto change) {
    wire::JoinRequest request = web();
    change(request);
    const auto wish = decode_join(request, "local");
    return wish ? std::string() : wish.error().message;
  };
  EXPECT_EQ(refusal([](wire::JoinRequest& r) { r.set_cluster("local"); }), "");
  EXPECT_NE(refusal([](wire::JoinRequest& r) { r.set_cluster("prod"); }), "");
  EXPECT_EQ(refusal([](wire::JoinRequest& r) { r.mutable_ports(0)->set_number(70000); }),
            "the port 70000 must be from 1 to 65535");
  EXPECT_NE(refusal([](wire::JoinRequest& r) { r.set_published(0, 65536); }), "");
  EXPECT_EQ(refusal([](wire::JoinRequest& r) { r.set_routes(0, "buy\n"); }),
            "the route \"buy\\x0a\" is none: expected NAME=METHOD:PATH, as "
            "purchase=POST:/purchase");
  EXPECT_NE(refusal([](wire::JoinRequest& r) {
              r.mutable_ports(0)->set_protocol(static_cast<wire::Protocol>(9));
            }),
            "");
  EXPECT_NE(refusal([](wire::JoinRequest& r) { r.mutable_claim()->set_name("web-aaaaa"); }), "");
}

TEST(RegistryMessages, pass_over_numbers_that_are_no_ports_in_a_renewal) {
  wire::RenewRequest request;
  for (const std::uint32_t port : {0u, 8080u, 70000u}) request.add_listening(port);
  EXPECT_EQ(decode_renewal(request).listening, std::vector<std::uint16_t>{8080});
}

TEST(RegistryMessages, list_what_runs) {
  LeaseTable table(testing::make_scope());
  Announcement announced = testing::announce("web", {{.number = 8080}});
  announced.version = "v1";
  const Joined joined = table.join(announced, std::nullopt, seconds(0)).value();
  table.renew(joined.lease, joined.secret, {.listening = {8080}, .proxy_ready = true}, seconds(0))
      .value();
  table.join(testing::announce("db"), std::nullopt, seconds(0)).value();
  wire::ListResponse list;
  encode_list("test", table.leases(), *table.snapshot(), table.scope(), list);
  EXPECT_EQ(list.cluster(), "test");
  ASSERT_EQ(list.workloads_size(), 2);
  const wire::ListedWorkload& web = list.workloads(1);
  EXPECT_EQ(web.name(), "web");
  EXPECT_EQ(web.service(), "web");
  ASSERT_EQ(web.pods_size(), 1);
  EXPECT_EQ(web.pods(0).name(), joined.pod);
  EXPECT_EQ(web.pods(0).version(), "v1");
  EXPECT_EQ(web.pods(0).ports(0).number(), 8080u);
  EXPECT_EQ(web.pods(0).listening(0), 8080u);
  EXPECT_TRUE(web.pods(0).proxy_ready());
  ASSERT_EQ(list.services_size(), 2);
  EXPECT_EQ(list.services(1).ips(0), joined.service_ips[0].to_string());
  EXPECT_EQ(list.services(1).workloads(0), "web");
}

TEST(RegistryMessages, tell_of_clocks_that_differ_by_more_than_five_minutes) {
  static constexpr WallTime kNow{seconds(1767225600)};
  const auto skew = [](std::int64_t callers) {
    google::protobuf::Timestamp time;
    time.set_seconds(callers);
    return find_clock_skew(time, kNow);
  };
  EXPECT_FALSE(skew(1767225600 + 300));
  EXPECT_EQ(skew(1767225600 + 301), Duration(seconds(301)));
  EXPECT_EQ(skew(1767225600 - 3600), Duration(-minutes(60)));
  EXPECT_FALSE(skew(0)) << "the caller does not say";
  EXPECT_TRUE(skew(INT64_MAX));
  EXPECT_TRUE(skew(INT64_MIN));
}

TEST(RegistryMessages, keep_durations_within_bounds) {
  const auto decoded = [](std::int64_t s, std::int32_t nanos) {
    google::protobuf::Duration in;
    in.set_seconds(s);
    in.set_nanos(nanos);
    return decode_duration(in, seconds(30));
  };
  EXPECT_EQ(decoded(1, 500'000'000), std::chrono::milliseconds(1500));
  EXPECT_EQ(decoded(INT64_MAX, INT32_MAX), seconds(30));
  EXPECT_EQ(decoded(INT64_MIN, INT32_MIN), seconds(0));
}

}  // namespace
}  // namespace seine::control
