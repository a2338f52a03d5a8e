// SPDX-License-Identifier: Apache-2.0
#include "control/registry/lease_table.h"

#include <gtest/gtest.h>

#include "control/registry/registry_limits.h"
#include "control/testing/registry_scope.h"

namespace seine::control {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::announce;

class LeaseTableTest : public ::testing::Test {
 protected:
  Joined join(Announcement announced, Duration now = seconds(0)) {
    auto joined = table_.join(std::move(announced), std::nullopt, now);
    EXPECT_TRUE(joined) << joined.error().message;
    return joined.value_or(Joined{});
  }
  Joined web(Duration now = seconds(0)) { return join(announce("web", {{.number = 8080}}), now); }
  bool renew(const Joined& who, Renewal renewal, Duration now = seconds(0)) {
    const auto renewed = table_.renew(who.lease, who.secret, renewal, now);
    EXPECT_TRUE(renewed) << renewed.error().message;
    return renewed.value_or(false);
  }
  // Whether callers of the service `web` are sent to this pod.
  bool published(const Joined& who) {
    const auto snapshot = table_.snapshot();
    const PodRef ref = snapshot->find_pod("shop", who.pod);
    return ref.pod != nullptr && ref.pod->serves(8080);
  }
  std::string refusal(Announcement announced) {
    const auto joined = table_.join(std::move(announced), std::nullopt, seconds(0));
    if (joined) return "";
    EXPECT_EQ(joined.error().code, ErrorCode::kInvalidArgument);
    return joined.error().message;
  }

  LeaseTable table_{testing::make_scope()};
};

TEST_F(LeaseTableTest, makes_a_joining_process_a_pod_with_addresses_and_a_service) {
  const Joined joined = web();
  EXPECT_TRUE(joined.pod.starts_with("web-"));
  EXPECT_EQ(joined.pod.size(), 9u);
  EXPECT_EQ(joined.pod.find_first_not_of("bcdfghjklmnpqrstvwxz2456789", 4), std::string::npos);
  ASSERT_EQ(joined.ips.size(), 2u);
  EXPECT_EQ(joined.ips[0].to_string(), "10.77.0.2");
  EXPECT_EQ(joined.ips[1].to_string(), "fd5e::2");
  const auto snapshot = table_.snapshot();
  const Workload& workload = *snapshot->find_workload("shop", "web");
  EXPECT_EQ(workload.cluster, "test");
  EXPECT_EQ(workload.service_account, "web");
  const Service& service = *snapshot->find_service("shop", "web");
  EXPECT_EQ(service.cluster_ips, joined.service_ips);
  EXPECT_EQ(service.port(8080)->target, 8080);
  EXPECT_EQ(service.workloads, std::vector<std::string>{"web"});
}

TEST_F(LeaseTableTest, publishes_a_pod_once_its_proxy_is_ready_and_its_port_in_use) {
  const Joined joined = web();
  EXPECT_FALSE(published(joined));
  EXPECT_TRUE(renew(joined, {.listening = {8080}}));
  EXPECT_FALSE(published(joined));
  EXPECT_TRUE(renew(joined, {.listening = {8080, 4711}, .proxy_ready = true}));
  EXPECT_TRUE(published(joined));
  EXPECT_FALSE(renew(joined, {.listening = {8080}, .proxy_ready = true}))
      << "4711 is not declared, so nothing changed";
  EXPECT_TRUE(renew(joined, {.listening = {}, .proxy_ready = true}));
  EXPECT_FALSE(published(joined));
}

TEST_F(LeaseTableTest, ends_a_lease_that_nobody_renews_for_its_term) {
  const Joined quiet = web();
  const Joined renewed = web();
  renew(renewed, {.listening = {8080}, .proxy_ready = true}, seconds(1));
  EXPECT_TRUE(table_.pass(seconds(5) - milliseconds(1)).expired.empty());
  const auto passed = table_.pass(seconds(5));
  ASSERT_EQ(passed.expired.size(), 1u);
  EXPECT_TRUE(passed.changed);
  EXPECT_EQ(passed.expired[0].pod, quiet.pod);
  EXPECT_EQ(table_.find(quiet.lease), nullptr);
  EXPECT_EQ(table_.renew(quiet.lease, quiet.secret, {}, seconds(5)).error().code,
            ErrorCode::kNotFound);
  EXPECT_EQ(table_.snapshot()->find_pod("shop", quiet.pod).pod, nullptr);
  EXPECT_TRUE(published(renewed));
}

TEST_F(LeaseTableTest, lets_only_the_holder_of_the_secret_speak_for_a_lease) {
  const Joined one = web();
  const Joined other = web();
  EXPECT_EQ(table_.renew(one.lease, other.secret, {}, seconds(0)).error().code,
            ErrorCode::kUnauthorized);
  EXPECT_EQ(table_.leave(one.lease, "", true, seconds(0)).error().code, ErrorCode::kUnauthorized);
  EXPECT_EQ(table_.find(one.lease, other.secret).error().code, ErrorCode::kUnauthorized);
  EXPECT_NE(table_.find(one.lease), nullptr);
}

TEST_F(LeaseTableTest, unpublishes_at_goodbye_and_knows_the_pod_until_it_is_gone) {
  const Joined joined = web();
  renew(joined, {.listening = {8080}, .proxy_ready = true});
  EXPECT_EQ(table_.leave(joined.lease, joined.secret, false, seconds(1)).value(), joined.ips);
  EXPECT_FALSE(published(joined));
  EXPECT_NE(table_.snapshot()->find_pod("shop", joined.pod).pod, nullptr);
  renew(joined, {.listening = {8080}, .proxy_ready = true}, seconds(2));
  EXPECT_FALSE(published(joined)) << "a goodbye is for good";
  EXPECT_TRUE(table_.leave(joined.lease, joined.secret, true, seconds(3)));
  EXPECT_EQ(table_.snapshot()->find_pod("shop", joined.pod).pod, nullptr);
}

TEST_F(LeaseTableTest, gives_no_address_again_at_once) {
  const Joined first = web();
  table_.leave(first.lease, first.secret, true, seconds(0)).value();
  for (int i = 0; i < 12; ++i) EXPECT_NE(web().ips, first.ips);
  const auto none = table_.join(announce("web"), std::nullopt, seconds(59));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::kLimit);
  EXPECT_EQ(none.error().message,
            "all addresses for pods in 10.77.0.0/28,fd5e::/64 are in use, or were a minute ago");
  EXPECT_EQ(web(seconds(60)).ips, first.ips);
}

TEST_F(LeaseTableTest, gives_a_process_that_lost_its_lease_its_pod_again) {
  const Joined before = web();
  table_.pass(seconds(5));
  const PodClaim claim{.pod = before.pod, .ip = before.ips[0]};
  const auto again = table_.join(announce("web", {{.number = 8080}}), claim, seconds(30));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->pod, before.pod);
  EXPECT_EQ(again->ips, before.ips);
  EXPECT_NE(again->lease, before.lease);
  EXPECT_FALSE(table_.join(announce("web"), claim, seconds(30))) << "somebody is that pod now";
}

TEST_F(LeaseTableTest, gives_nobody_the_pod_of_another_workload_or_a_foreign_address) {
  const Joined before = web();
  table_.pass(seconds(5));
  const auto claimed = [&](const char* workload, std::string pod, const char* ip) {
    return table_
        .join(announce(workload), PodClaim{std::move(pod), IpAddress::parse(ip).value()},
              seconds(6))
        .has_value();
  };
  EXPECT_FALSE(claimed("payments", before.pod, "10.77.0.2"));
  EXPECT_FALSE(claimed("web", "web-bbbbb", "10.77.0.2")) << "it rests from another pod";
  EXPECT_FALSE(claimed("web", "web-bbbbb", "10.77.0.1")) << "the hub's";
  EXPECT_FALSE(claimed("web", "web-bbbbb", "10.1.0.2"));
  EXPECT_FALSE(claimed("web", "web-BBBBB", "10.77.0.9"));
  EXPECT_TRUE(claimed("web", "web-bbbbb", "10.77.0.9"));
}

TEST_F(LeaseTableTest, keeps_the_pods_of_a_workload_in_agreement) {
  const Joined first = join(announce("web", {{.number = 8080, .protocol = PortProtocol::kHttp1}}));
  EXPECT_EQ(refusal(announce("web", {{.number = 8080, .protocol = PortProtocol::kGrpc}})),
            "port 8080 of shop/web has another protocol in its pod " + first.pod +
                ", which runs; say the same, or stop that first");
  Announcement other = announce("web");
  other.service_account = "admin";
  EXPECT_NE(refusal(other).find("runs as web"), std::string::npos);
  other = announce("web");
  other.service = "front";
  EXPECT_NE(refusal(other).find("behind service web"), std::string::npos);
  EXPECT_EQ(refusal(announce("web", {{.number = 9090}})), "");
}

TEST_F(LeaseTableTest, gives_a_service_the_routes_of_its_pods_and_keeps_those_of_the_last) {
  const auto routes = [&] {
    const auto snapshot = table_.snapshot();
    std::vector<std::string> out;
    for (const auto& route : snapshot->find_service("shop", "web")->routes) {
      out.push_back(to_text(route));
    }
    return out;
  };
  const auto join_with = [&](std::vector<model::DeclaredRoute> declared, int since) {
    Announcement announced = announce("web", {{.number = 8080}});
    announced.routes = std::move(declared);
    auto joined = table_.join(announced, std::nullopt, seconds(0), {WallTime(seconds(since)), ""});
    EXPECT_TRUE(joined) << joined.error().message;
    return joined.value_or(Joined{});
  };
  using Texts = std::vector<std::string>;
  const Joined old = join_with({{"buy", "POST", "/buy"}, {"cart", "GET", "/cart"}}, 1);
  const Joined fresh = join_with({{"buy", "POST", "/v2/buy"}}, 2);
  EXPECT_EQ(routes(), (Texts{"buy=POST:/v2/buy", "cart=GET:/cart"}));
  table_.leave(fresh.lease, fresh.secret, true, seconds(0)).value();
  EXPECT_EQ(routes(), (Texts{"cart=GET:/cart", "buy=POST:/buy"}));
  table_.leave(old.lease, old.secret, true, seconds(0)).value();
  EXPECT_EQ(routes(), (Texts{"cart=GET:/cart", "buy=POST:/buy"}))
      << "requests that nobody is there to answer fail by their routes";
  join_with({}, 3);
  EXPECT_EQ(routes(), Texts{});
}

TEST_F(LeaseTableTest, has_a_limit_on_the_routes_of_a_service) {
  std::optional<Error> refused;
  for (int pod = 0; pod < 5; ++pod) {
    Announcement announced = announce("web", {{.number = 8080}});
    for (int i = 0; i < 32; ++i) {
      const std::string name = "r" + std::to_string(pod) + "-" + std::to_string(i);
      announced.routes.push_back({name, "GET", "/" + name});
    }
    auto joined = table_.join(announced, std::nullopt, seconds(0));
    EXPECT_EQ(joined.has_value(), pod < 4) << pod;
    if (!joined) refused = std::move(joined.error());
  }
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code, ErrorCode::kLimit);
  EXPECT_EQ(refused->message,
            "the pods of service shop/web would have more than 128 routes together; declare "
            "fewer, or stop those of other programs");
  EXPECT_TRUE(table_.join(announce("web", {{.number = 8080}}), std::nullopt, seconds(0)));
}

TEST_F(LeaseTableTest, sends_callers_of_a_port_only_to_pods_that_declared_it) {
  const Joined old = web();
  const Joined fresh = join(announce("web", {{.number = 9090}}));
  renew(old, {.listening = {8080, 9090}, .proxy_ready = true});
  renew(fresh, {.listening = {8080, 9090}, .proxy_ready = true});
  const auto snapshot = table_.snapshot();
  EXPECT_NE(snapshot->find_service("shop", "web")->port(9090), nullptr);
  EXPECT_FALSE(snapshot->find_pod("shop", old.pod).pod->serves(9090));
  EXPECT_TRUE(snapshot->find_pod("shop", fresh.pod).pod->serves(9090));
}

TEST_F(LeaseTableTest, puts_two_workloads_behind_one_service) {
  Announcement canary = announce("web-canary", {{.number = 8080}});
  canary.service = "web";
  const Joined stable = web();
  EXPECT_EQ(join(canary).service_ips, stable.service_ips);
  EXPECT_EQ(table_.snapshot()->find_service("shop", "web")->workloads,
            (std::vector<std::string>{"web", "web-canary"}));
}

TEST_F(LeaseTableTest, admits_the_hub_to_published_ports) {
  Announcement announced = announce("web", {{.number = 8080}});
  announced.published = {8080};
  const Joined joined = join(announced);
  const auto snapshot = table_.snapshot();
  const auto& admissions = snapshot->find_pod("shop", joined.pod).pod->admissions;
  ASSERT_EQ(admissions.size(), 1u);
  EXPECT_EQ(admissions[0].port, 8080);
  EXPECT_EQ(admissions[0].from, (std::vector{IpNet::parse("10.77.0.1/32").value(),
                                             IpNet::parse("fd5e::1/128").value()}));
}

TEST_F(LeaseTableTest, goes_on_over_a_restart_with_a_fresh_term_for_everyone) {
  const Joined joined = web(seconds(100));
  renew(joined, {.listening = {8080}, .proxy_ready = true}, seconds(100));
  const Joined gone = web(seconds(100));
  table_.leave(gone.lease, gone.secret, true, seconds(100)).value();
  LeaseTable after(testing::make_scope());
  after.restore(table_.state(seconds(104)), seconds(0));
  EXPECT_EQ(after.snapshot()->workloads(), table_.snapshot()->workloads());
  EXPECT_EQ(after.snapshot()->services(), table_.snapshot()->services());
  EXPECT_TRUE(after.pass(seconds(5) - milliseconds(1)).expired.empty());
  EXPECT_TRUE(after.renew(joined.lease, joined.secret, {.listening = {8080}}, seconds(4)));
  EXPECT_TRUE(after.pass(seconds(5)).expired.empty());
  EXPECT_EQ(after.state(seconds(5)).resting, table_.state(seconds(104)).resting);
  EXPECT_EQ(after.join(announce("web"), std::nullopt, seconds(5))->ips[0].to_string(), "10.77.0.4");
}

TEST_F(LeaseTableTest, has_a_limit_on_pods) {
  LeaseTable table({.cluster = "test",
                    .pods = AddressRange::parse("10.64.0.0/16").value(),
                    .services = AddressRange::parse("10.65.0.0/16").value()});
  for (std::size_t i = 0; i < kMaxLeases; ++i) {
    ASSERT_TRUE(table.join(announce("web"), std::nullopt, seconds(0)));
  }
  EXPECT_EQ(table.join(announce("web"), std::nullopt, seconds(0)).error().code, ErrorCode::kLimit);
}

}  // namespace
}  // namespace seine::control
