// SPDX-License-Identifier: Apache-2.0
#include "dns/resolver.h"

#include <gtest/gtest.h>

#include <set>

#include "dns/testing/fake_server.h"
#include "runtime/testing/test_loop.h"

namespace seine::dns {
namespace {

using std::chrono::seconds;

Name name_of(std::string_view text) {
  return Name::from_text(text).value();
}
IpAddress ip(std::string_view text) {
  return IpAddress::parse(text).value();
}
SocketAddr addr(std::string_view text) {
  return SocketAddr::parse(text).value();
}

Record record_of(std::string_view name, std::uint32_t ttl, Rdata data) {
  return {.name = name_of(name), .ttl = ttl, .data = std::move(data)};
}

class ResolverTest : public ::testing::Test {
 protected:
  Result<Resolution> resolve(std::string host) {
    if (config_.system.servers.empty()) config_.system.servers = {server_.addr()};
    Resolver resolver(t_.loop, config_);
    return t_.run(resolver.resolve(std::move(host), 8086));
  }

  runtime::testing::TestLoop t_;
  testing::FakeServer server_{t_.loop};
  ResolverConfig config_;
};

TEST_F(ResolverTest, gives_the_addresses_of_both_families_and_the_least_ttl) {
  server_.records = {record_of("dst.linkerd", 30, A{{10, 0, 0, 1}}),
                     record_of("dst.linkerd", 20, Aaaa{{0xfd, 0}})};
  const auto found = resolve("dst.linkerd.");
  ASSERT_TRUE(found) << found.error().to_string();
  EXPECT_EQ(found->addrs, (std::vector{addr("10.0.0.1:8086"), addr("[fd00::]:8086")}));
  EXPECT_EQ(found->ttl, seconds(20));
}

TEST_F(ResolverTest, prefers_srv_and_reads_addresses_from_dashed_labels) {
  server_.records = {record_of("dst.linkerd", 5, Srv{1, 0, 8443, name_of("10-0-0-2.dst.linkerd")}),
                     record_of("dst.linkerd", 5, Srv{0, 0, 8444, name_of("fd00--1.dst.linkerd")}),
                     record_of("dst.linkerd", 5, A{{10, 0, 0, 9}})};
  const auto found = resolve("dst.linkerd.");
  ASSERT_TRUE(found) << found.error().to_string();
  EXPECT_EQ(found->addrs, (std::vector{addr("[fd00::1]:8444"), addr("10.0.0.2:8443")}));
}

TEST_F(ResolverTest, falls_back_to_addresses_where_srv_targets_are_none) {
  server_.records = {record_of("dst.linkerd", 5, Srv{0, 0, 1, name_of("host.elsewhere")}),
                     record_of("dst.linkerd", 5, A{{10, 0, 0, 9}})};
  EXPECT_EQ(resolve("dst.linkerd.")->addrs, std::vector{addr("10.0.0.9:8086")});
}

TEST_F(ResolverTest, follows_aliases) {
  server_.records = {record_of("dst.linkerd", 5, Cname{name_of("real.linkerd")}),
                     record_of("real.linkerd", 50, A{{10, 0, 0, 3}})};
  const auto found = resolve("dst.linkerd.");
  EXPECT_EQ(found->addrs, std::vector{addr("10.0.0.3:8086")});
  EXPECT_EQ(found->ttl, seconds(5));
}

TEST_F(ResolverTest, keeps_a_no_for_as_long_as_the_zone_says) {
  server_.authorities = {
      record_of("linkerd", 60, Soa{name_of("ns"), name_of("root"), 1, 2, 3, 4, 7})};
  const auto found = resolve("none.linkerd.");
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->addrs.empty());
  EXPECT_EQ(found->ttl, seconds(7));
  server_.authorities.clear();
  EXPECT_EQ(resolve("none.linkerd.")->ttl, config_.negative_ttl);
}

TEST_F(ResolverTest, keeps_every_ttl_between_floor_and_ceiling) {
  config_.min_ttl = seconds(3);
  config_.max_ttl = seconds(60);
  server_.records = {record_of("zero.x", 0, A{{10, 0, 0, 1}}),
                     record_of("long.x", 86400, A{{10, 0, 0, 1}}),
                     record_of("negative.x", 0x80000000, A{{10, 0, 0, 1}})};
  EXPECT_EQ(resolve("zero.x.")->ttl, seconds(3));
  EXPECT_EQ(resolve("long.x.")->ttl, seconds(60));
  EXPECT_EQ(resolve("negative.x.")->ttl, seconds(3));
}

TEST_F(ResolverTest, asks_again_by_tcp_when_truncated) {
  server_.truncates = true;
  for (std::uint8_t i = 0; i < 100; ++i) {
    server_.records.push_back(record_of("many.x", 5, A{{10, 0, 0, i}}));
  }
  EXPECT_EQ(resolve("many.x.")->addrs.size(), 100u);
  EXPECT_EQ(server_.tcp_questions, 3u);
}

TEST_F(ResolverTest, leaves_edns_out_for_a_server_that_does_not_know_it) {
  server_.knows_edns = false;
  server_.records = {record_of("a.x", 5, A{{10, 0, 0, 1}})};
  EXPECT_EQ(resolve("a.x.")->addrs, std::vector{addr("10.0.0.1:8086")});
}

TEST_F(ResolverTest, does_not_take_an_answer_with_another_id) {
  server_.answers_wrong_id_first = true;
  server_.records = {record_of("a.x", 5, A{{10, 0, 0, 1}})};
  EXPECT_EQ(resolve("a.x.")->addrs, std::vector{addr("10.0.0.1:8086")});
}

TEST_F(ResolverTest, asks_each_question_with_a_new_port_and_id) {
  for (int i = 0; i < 5; ++i) (void)resolve("none.x.");
  const std::set ports(server_.client_ports.begin(), server_.client_ports.end());
  const std::set ids(server_.ids.begin(), server_.ids.end());
  ASSERT_EQ(server_.ids.size(), 15u);
  EXPECT_GT(ports.size(), 10u);
  EXPECT_GT(ids.size(), 10u);
}

TEST_F(ResolverTest, turns_to_the_next_server_when_one_fails_or_is_silent) {
  testing::FakeServer second(t_.loop);
  second.records = {record_of("a.x", 5, A{{10, 0, 0, 1}})};
  config_.system.servers = {server_.addr(), second.addr()};
  server_.rcode = Rcode::kServFail;
  EXPECT_EQ(resolve("a.x.")->addrs, std::vector{addr("10.0.0.1:8086")});

  server_.silent = true;
  Resolver resolver(t_.loop, config_);
  std::optional<Result<AnswerSet>> result;
  runtime::TaskScope scope(t_.loop, [](Error) {});
  const auto ask = [](Resolver& r, std::optional<Result<AnswerSet>>& out) -> runtime::Task<void> {
    out = co_await r.ask({name_of("a.x"), Type::kA, Class::kIn});
  };
  scope.spawn(ask(resolver, result));
  t_.advance(seconds(4), seconds(1));
  EXPECT_FALSE(result);
  t_.advance(seconds(2), seconds(1));
  for (int i = 0; i < 1000 && !result; ++i) t_.loop.run_turn(false);
  ASSERT_TRUE(result && *result);
  EXPECT_EQ((*result)->addresses, std::vector{ip("10.0.0.1")});
}

TEST_F(ResolverTest, names_the_server_when_all_fail) {
  server_.rcode = Rcode::kServFail;
  const auto found = resolve("a.x.");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(found.error().message.find(server_.addr().to_string()), std::string::npos);
  EXPECT_NE(found.error().message.find("SERVFAIL"), std::string::npos);
  EXPECT_EQ(server_.questions, 6u);  // SRV, A and AAAA, two attempts each
}

TEST_F(ResolverTest, tries_search_domains_by_the_number_of_dots) {
  config_.system.search = {name_of("svc.cluster.local")};
  config_.system.ndots = 2;
  server_.records = {record_of("dst.linkerd.svc.cluster.local", 5, A{{10, 0, 0, 1}}),
                     record_of("a.b.c", 5, A{{10, 0, 0, 2}})};
  EXPECT_EQ(resolve("dst.linkerd")->addrs, std::vector{addr("10.0.0.1:8086")});
  EXPECT_TRUE(resolve("dst.linkerd.")->addrs.empty());
  server_.questions = 0;
  EXPECT_EQ(resolve("a.b.c")->addrs, std::vector{addr("10.0.0.2:8086")});
  EXPECT_EQ(server_.questions, 3u);
}

TEST_F(ResolverTest, asks_no_server_for_addresses_hosts_and_localhost) {
  config_.hosts = Hosts::parse("10.0.0.7 api api.local # here\n");
  EXPECT_EQ(resolve("10.0.0.5")->addrs, std::vector{addr("10.0.0.5:8086")});
  EXPECT_EQ(resolve("API.local")->addrs, std::vector{addr("10.0.0.7:8086")});
  EXPECT_EQ(resolve("localhost.")->addrs.at(0), addr("127.0.0.1:8086"));
  EXPECT_EQ(server_.questions, 0u);
}

TEST_F(ResolverTest, refuses_what_is_no_name) {
  EXPECT_EQ(resolve("a..b").error().code, ErrorCode::kInvalidArgument);
}

TEST_F(ResolverTest, gives_up_on_aliases_in_a_circle) {
  const Message response = [] {
    Message m;
    m.answers = {record_of("a.x", 5, Cname{name_of("b.x")}),
                 record_of("b.x", 5, Cname{name_of("a.x")})};
    return m;
  }();
  EXPECT_EQ(read_answer({name_of("a.x"), Type::kA, Class::kIn}, response).error().code,
            ErrorCode::kProtocol);
}

}  // namespace
}  // namespace seine::dns
