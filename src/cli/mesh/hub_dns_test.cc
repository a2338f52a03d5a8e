// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/hub_dns.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "dns/exchange.h"
#include "dns/testing/fake_server.h"
#include "grpc/server.h"
#include "http/http2_server.h"
#include "runtime/combine.h"
#include "runtime/listener.h"
#include "runtime/signal.h"
#include "runtime/testing/test_loop.h"

namespace seine::cli {
namespace {

namespace wire = seine::registry::v1;

using dns::Rcode;
using dns::Rdata;
using runtime::Task;

constexpr char kWeb[] = "web.shop.svc.cluster.local";

// The service web of namespace shop at `address`; who asks over loopback is one of its pods.
wire::MeshNames shop_at(const std::string& address) {
  wire::MeshNames out;
  out.set_cluster_domain("cluster.local");
  wire::NamedService& web = *out.add_services();
  web.set_namespace_("shop");
  web.set_name("web");
  web.add_ips(address);
  wire::NamedNamespace& shop = *out.add_namespaces();
  shop.set_name("shop");
  shop.add_pod_ips("127.0.0.1");
  return out;
}

// The registry's socket for as long as it lives. Whoever watches names is told those that it was
// made with, and then those of tell().
class FakeController {
 public:
  FakeController(runtime::EventLoop& loop, const std::string& path, wire::MeshNames names)
      : loop_(loop),
        names_(std::move(names)),
        listener_(runtime::Listener::unix_socket(loop, path).value()) {
    methods_.stream("/seine.registry.v1.Names/Watch", *this, &FakeController::watch);
    scope_.spawn(accept(*this));
  }

  void tell(wire::MeshNames names) {
    names_ = std::move(names);
    std::exchange(changed_, std::make_unique<runtime::Signal>())->fire();
  }

  bool refuses = false;
  int watches = 0;

 private:
  static Task<void> accept(FakeController& self) {
    for (;;) {
      auto socket = co_await self.listener_->accept();
      if (!socket) co_return;
      self.scope_.spawn(serve(self, *std::move(socket)));
    }
  }
  static Task<void> serve(FakeController& self, std::unique_ptr<runtime::Socket> socket) {
    grpc::Server server(self.loop_, self.methods_, "");
    (void)co_await http::serve_http2(self.loop_, *socket, {}, server, self.drain_, {});
  }
  Task<grpc::Status> watch(const grpc::Context&, const wire::WatchNamesRequest&,
                           grpc::Writer<wire::MeshNames>& out) {
    ++watches;
    if (refuses) co_return grpc::Status{grpc::StatusCode::kResourceExhausted, "16 watch already"};
    runtime::Waker waker(loop_);
    for (;;) {
      runtime::Signal::Watch change;
      changed_->arm(change, waker);
      co_await out.write(names_);
      co_await waker.wait();
    }
  }

  runtime::EventLoop& loop_;
  wire::MeshNames names_;
  runtime::Drain drain_;
  grpc::Methods methods_;
  std::unique_ptr<runtime::Signal> changed_ = std::make_unique<runtime::Signal>();
  const std::unique_ptr<runtime::Listener> listener_;
  runtime::TaskScope scope_{loop_, [](Error) {}};
};

class HubDnsTest : public ::testing::Test {
 protected:
  HubDnsTest() {
    std::string pattern = "/tmp/seine-hub-dns-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~HubDnsTest() override {
    dns_.reset();
    controller_.reset();
    std::filesystem::remove_all(folder_);
    std::fclose(logged_);
  }

  void open(std::vector<SocketAddr> forward = {}) {
    dns_ = HubDns::open(t_.loop, log_,
                        {.at = {IpAddress::v4(0x7f000001), 0},
                         .registry_socket = folder_ + "/registry.sock",
                         .reverse_ranges = {IpNet::parse("10.96.0.0/16").value()},
                         .host = IpAddress::parse("192.0.0.8").value(),
                         .forward = std::move(forward)})
               .value();
  }
  void start_controller(const std::string& address) {
    controller_ =
        std::make_unique<FakeController>(t_.loop, folder_ + "/registry.sock", shop_at(address));
    t_.advance(HubDns::kLongestPause);
  }
  void kill_controller() {
    controller_.reset();
    t_.advance(HubDns::kLongestPause);
  }
  dns::Message ask(std::string_view name, dns::Type type = dns::Type::kA) {
    const dns::Message query =
        dns::make_query(dns::random_id(), dns::Name::from_text(name).value(), type);
    return t_.run(dns::exchange_udp(t_.loop, query, dns_->addr())).value().message;
  }
  // Its one address, or nothing.
  Rdata address_of(std::string_view name) {
    const dns::Message answer = ask(name);
    EXPECT_EQ(answer.answers.size(), 1u) << name;
    return answer.answers.empty() ? Rdata() : answer.answers[0].data;
  }
  std::uint32_t serial() {
    const dns::Message no = ask("none.shop.svc.cluster.local");
    return std::get<dns::Soa>(no.authorities.at(0).data).serial;
  }

  // What was logged since the last call.
  std::string said() {
    std::string text(64 * 1024, '\0');
    const ssize_t size = ::pread(::fileno(logged_), text.data(), text.size(), told_);
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    told_ += static_cast<off_t>(text.size());
    return text;
  }

  std::string folder_;
  runtime::testing::TestLoop t_;
  FILE* const logged_ = std::tmpfile();
  off_t told_ = 0;
  const Log log_{t_.clock, ::fileno(logged_), LogLevel::kInfo, LogFormat::kPlain};
  std::unique_ptr<FakeController> controller_;
  std::unique_ptr<HubDns> dns_;
};

TEST_F(HubDnsTest, tells_what_the_controller_says_under_whole_and_short_names_and_back) {
  open();
  start_controller("10.96.0.1");
  for (const char* name : {kWeb, "web.shop.svc", "web.shop", "web"}) {
    EXPECT_EQ(address_of(name), Rdata(dns::A{{10, 96, 0, 1}})) << name;
  }
  EXPECT_EQ(address_of("host.seine.internal"), Rdata(dns::A{{192, 0, 0, 8}}));
  const dns::Message reverse = ask("1.0.96.10.in-addr.arpa", dns::Type::kPtr);
  EXPECT_EQ(std::get<dns::Ptr>(reverse.answers.at(0).data).target,
            dns::Name::from_text(kWeb).value());
  controller_->tell(shop_at("10.96.0.2"));
  t_.settle();
  EXPECT_EQ(address_of("web"), Rdata(dns::A{{10, 96, 0, 2}}));
}

TEST_F(HubDnsTest, goes_on_from_its_last_zone_while_the_controller_is_away) {
  open();
  start_controller("10.96.0.1");
  const std::uint32_t before = serial();
  kill_controller();
  t_.advance(std::chrono::seconds(20));
  EXPECT_EQ(address_of("web"), Rdata(dns::A{{10, 96, 0, 1}}));
  start_controller("10.96.0.2");
  EXPECT_EQ(address_of("web"), Rdata(dns::A{{10, 96, 0, 2}}));
  EXPECT_GT(serial(), before);
}

TEST_F(HubDnsTest, is_back_with_a_controller_that_ends_again_and_again) {
  open();
  for (int i = 1; i <= 5; ++i) {
    const std::string last = std::to_string(i);
    start_controller("10.96.0." + last);
    EXPECT_EQ(address_of("web"), Rdata(dns::A{{10, 96, 0, static_cast<std::uint8_t>(i)}}));
    kill_controller();
  }
}

TEST_F(HubDnsTest, lets_queries_wait_until_it_knows_what_to_say) {
  struct Local {
    static Task<void> ask(runtime::EventLoop& loop, SocketAddr at, bool& answered) {
      const dns::Message query =
          dns::make_query(dns::random_id(), dns::Name::from_text(kWeb).value(), dns::Type::kA);
      const auto reply = co_await dns::exchange_udp(loop, query, at);
      answered = reply && reply->message.answers.size() == 1;
    }
  };
  open();
  bool answered = false;
  runtime::TaskScope asking(t_.loop, [](Error) {});
  asking.spawn(Local::ask(t_.loop, dns_->addr(), answered));
  t_.advance(std::chrono::seconds(1));
  EXPECT_FALSE(answered);
  start_controller("10.96.0.1");
  EXPECT_TRUE(answered);
}

TEST_F(HubDnsTest, asks_others_only_when_told) {
  dns::testing::FakeServer upstream(t_.loop);
  upstream.records = {{.name = dns::Name::from_text("example.com").value(),
                       .ttl = 60,
                       .data = dns::A{{192, 0, 2, 1}}}};
  open();
  start_controller("10.96.0.1");
  EXPECT_EQ(ask("example.com").rcode, Rcode::kRefused);
  EXPECT_EQ(upstream.questions, 0u);
  open({upstream.addr()});
  t_.advance(HubDns::kLongestPause);
  EXPECT_EQ(address_of("example.com"), Rdata(dns::A{{192, 0, 2, 1}}));
  EXPECT_EQ(address_of(kWeb), Rdata(dns::A{{10, 96, 0, 1}}));
  EXPECT_EQ(upstream.questions, 1u);
}

TEST_F(HubDnsTest, keeps_its_zone_when_the_controller_talks_nonsense_and_says_so_once) {
  open();
  start_controller("10.96.0.1");
  said();
  wire::MeshNames nonsense = shop_at("10.96.0");
  controller_->tell(nonsense);
  t_.settle();
  controller_->tell(nonsense);
  t_.settle();
  const std::string text = said();
  const std::size_t first = text.find("does not tell the mesh's names");
  EXPECT_NE(first, std::string::npos) << text;
  EXPECT_EQ(text.find("does not tell", first + 1), std::string::npos) << text;
  EXPECT_EQ(address_of("web"), Rdata(dns::A{{10, 96, 0, 1}}));
  controller_->tell(shop_at("10.96.0.3"));
  t_.settle();
  EXPECT_EQ(address_of("web"), Rdata(dns::A{{10, 96, 0, 3}}));
}

TEST_F(HubDnsTest, asks_a_controller_that_refuses_again_and_says_so_once) {
  open();
  controller_ =
      std::make_unique<FakeController>(t_.loop, folder_ + "/registry.sock", shop_at("10.96.0.1"));
  controller_->refuses = true;
  said();
  t_.advance(std::chrono::seconds(1));
  const std::string text = said();
  EXPECT_GT(controller_->watches, 5);
  EXPECT_LT(controller_->watches, 12);
  const std::size_t first = text.find("16 watch already");
  EXPECT_NE(first, std::string::npos) << text;
  EXPECT_EQ(text.find("16 watch already", first + 1), std::string::npos) << text;
  controller_->refuses = false;
  t_.advance(HubDns::kLongestPause);
  EXPECT_EQ(address_of("web"), Rdata(dns::A{{10, 96, 0, 1}}));
}

TEST_F(HubDnsTest, says_what_is_left_out_and_tells_the_rest) {
  open();
  start_controller("10.96.0.1");
  wire::MeshNames names = shop_at("10.96.0.2");
  names.add_services()->set_namespace_("shop");
  names.mutable_services(1)->set_name("not a name");
  said();
  controller_->tell(names);
  t_.settle();
  const std::string text = said();
  EXPECT_NE(text.find("DNS leaves out"), std::string::npos) << text;
  EXPECT_EQ(address_of("web"), Rdata(dns::A{{10, 96, 0, 2}}));
}

TEST_F(HubDnsTest, logs_a_minutes_losses_at_its_end_and_none_where_there_were_none) {
  open({SocketAddr{IpAddress::v4(0x7f000001), 9}});  // where nobody answers
  start_controller("10.96.0.1");
  said();
  EXPECT_EQ(ask("example.com").rcode, Rcode::kServFail);
  t_.advance(HubDns::kTellEvery, std::chrono::seconds(1));
  const std::string text = said();
  EXPECT_NE(text.find("failed_forwards"), std::string::npos) << text;
  said();
  t_.advance(HubDns::kTellEvery, std::chrono::seconds(1));
  EXPECT_EQ(said(), "");
}

}  // namespace
}  // namespace seine::cli
