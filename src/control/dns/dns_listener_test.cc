// SPDX-License-Identifier: Apache-2.0
#include "control/dns/dns_listener.h"

#include <gtest/gtest.h>

#include "control/testing/shop.h"
#include "dns/exchange.h"
#include "dns/testing/fake_server.h"
#include "runtime/testing/test_loop.h"

namespace seine::control {
namespace {

using dns::Rcode;
using dns::Rdata;

constexpr char kWeb[] = "web.shop.svc.cluster.local";

// The service web at `address`; whoever asks over loopback is one of its pods.
std::string shop_at(const std::string& address) {
  return R"({"workloads": [{"namespace": "shop", "name": "web",
                            "pods": [{"name": "web-0", "ips": ["127.0.0.1"]}]}],
             "services": [{"namespace": "shop", "name": "web", "ports": [{"port": 80}],
                           "cluster_ips": [")" +
         address + R"("]}]})";
}

class DnsListenerTest : public ::testing::Test {
 protected:
  void start(std::vector<SocketAddr> forward = {}) {
    listener_ = DnsListener::open(t_.loop, log_, source_, registry_,
                                  {.addr = {IpAddress::v4(0x7f000001), 0},
                                   .cluster_domain = "cluster.local",
                                   .forward = std::move(forward),
                                   .reverse_ranges = {IpNet::parse("10.96.0.0/16").value(),
                                                      IpNet::parse("fd00::/64").value()}})
                    .value();
  }
  dns::Message ask(std::string_view name, dns::Type type = dns::Type::kA) {
    const dns::Message query =
        dns::make_query(dns::random_id(), dns::Name::from_text(name).value(), type);
    return t_.run(dns::exchange_udp(t_.loop, query, listener_->addr())).value().message;
  }
  bool shows(std::string_view line) {
    const std::string metrics = registry_.scrape();
    EXPECT_NE(metrics.find(std::string(line) + "\n"), std::string::npos) << metrics;
    return true;
  }

  runtime::testing::TestLoop t_;
  const Log log_{t_.clock, 2, LogLevel::kOff, LogFormat::kPlain};
  metrics::Registry registry_{t_.clock, 1};
  testing::FakeSource source_{shop_at("10.96.0.1")};
  std::unique_ptr<DnsListener> listener_;
};

TEST_F(DnsListenerTest, tells_a_services_address_under_its_whole_and_its_short_names_and_back) {
  start();
  for (const char* name : {kWeb, "web.shop.svc", "web.shop", "web"}) {
    const dns::Message answer = ask(name);
    ASSERT_EQ(answer.answers.size(), 1u) << name;
    EXPECT_EQ(answer.answers[0].data, Rdata(dns::A{{10, 96, 0, 1}})) << name;
  }
  const dns::Message reverse = ask("1.0.96.10.in-addr.arpa", dns::Type::kPtr);
  EXPECT_EQ(std::get<dns::Ptr>(reverse.answers.at(0).data).target,
            dns::Name::from_text(kWeb).value());
  const dns::Message no_ipv6 = ask(kWeb, dns::Type::kAaaa);
  EXPECT_EQ(no_ipv6.rcode, Rcode::kNoError);
  EXPECT_TRUE(no_ipv6.answers.empty());
}

TEST_F(DnsListenerTest, knows_nobodys_short_names_but_a_pods) {
  source_.replace(R"({"workloads": [{"namespace": "shop", "name": "web"}],
                      "services": [{"namespace": "shop", "name": "web",
                                    "cluster_ips": ["10.96.0.1"], "ports": [{"port": 80}]}]})");
  start();
  EXPECT_EQ(ask("web").rcode, Rcode::kRefused);
  EXPECT_EQ(ask("web.shop").answers.size(), 1u);
}

TEST_F(DnsListenerTest, follows_its_source_and_takes_many_changes_at_once) {
  start();
  source_.replace(shop_at("10.96.0.2"));
  t_.settle();
  EXPECT_EQ(ask(kWeb).answers.at(0).data, Rdata(dns::A{{10, 96, 0, 2}}));
  source_.replace(shop_at("10.96.0.3"));
  source_.replace(shop_at("10.96.0.4"));
  t_.settle();
  EXPECT_EQ(ask(kWeb).answers.at(0).data, Rdata(dns::A{{10, 96, 0, 2}}));
  t_.advance(DnsListener::kZonePause);
  EXPECT_EQ(ask(kWeb).answers.at(0).data, Rdata(dns::A{{10, 96, 0, 4}}));
  const dns::Message no = ask("none.shop.svc.cluster.local");
  EXPECT_EQ(std::get<dns::Soa>(no.authorities.at(0).data).serial, 3u);
}

TEST_F(DnsListenerTest, asks_others_only_when_told) {
  dns::testing::FakeServer upstream(t_.loop);
  upstream.records = {{.name = dns::Name::from_text("example.com").value(),
                       .ttl = 60,
                       .data = dns::A{{192, 0, 2, 1}}}};
  start();
  EXPECT_EQ(ask("example.com").rcode, Rcode::kRefused);
  EXPECT_EQ(upstream.questions, 0u);
  start({upstream.addr()});
  EXPECT_EQ(ask("example.com").answers.at(0).data, Rdata(dns::A{{192, 0, 2, 1}}));
  EXPECT_EQ(ask(kWeb).answers.size(), 1u);
  EXPECT_EQ(upstream.questions, 1u);
}

TEST_F(DnsListenerTest, counts_queries_by_result_and_what_it_knows) {
  start();
  (void)ask(kWeb);
  (void)ask("example.com");
  EXPECT_TRUE(shows(R"(seine_dns_queries_total{transport="udp",result="answered"} 1)"));
  EXPECT_TRUE(shows(R"(seine_dns_queries_total{transport="udp",result="refused"} 1)"));
  EXPECT_TRUE(shows(R"(seine_dns_queries_total{transport="tcp",result="answered"} 0)"));
  EXPECT_TRUE(shows(R"(seine_dns_limited_total{limit="idle"} 0)"));
  EXPECT_TRUE(shows("seine_dns_left_out 0"));
  // A scrape may come after the end.
  listener_.reset();
  EXPECT_TRUE(shows(R"(seine_dns_queries_total{transport="udp",result="answered"} 1)"));
}

TEST_F(DnsListenerTest, leaves_out_what_is_no_name_and_tells_the_rest) {
  source_.replace(R"({"workloads": [{"namespace": "shop", "name": "web",
                                     "pods": [{"name": "web.0", "ips": ["10.0.0.1"]}]}],
                      "services": [{"namespace": "shop", "name": "web",
                                    "cluster_ips": ["10.96.0.1"], "ports": [{"port": 80}]}]})");
  start();
  EXPECT_TRUE(shows("seine_dns_left_out 1"));
  EXPECT_EQ(ask(kWeb).answers.size(), 1u);
  source_.replace(shop_at("10.96.0.1"));
  t_.settle();
  EXPECT_TRUE(shows("seine_dns_left_out 0"));
}

TEST_F(DnsListenerTest, ends_once_closed) {
  start();
  listener_->close();
  t_.run(listener_->finished());
}

TEST_F(DnsListenerTest, says_what_is_configured_wrong) {
  const std::string long_domain = std::string(60, 'a') + "." + std::string(60, 'b');
  for (const std::string& domain : {std::string("a..b"), long_domain}) {
    const auto refused =
        DnsListener::open(t_.loop, log_, source_, registry_,
                          {.addr = {IpAddress::v4(0x7f000001), 0}, .cluster_domain = domain});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidConfig);
  }
}

}  // namespace
}  // namespace seine::control
