// SPDX-License-Identifier: Apache-2.0
// The mesh's DNS server as programs meet it: dig and host, and the resolvers of glibc, musl and
// Node, each a process of its own that reads a resolv.conf as a pod has it.
#include <gtest/gtest.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/check.h"
#include "child.h"
#include "dns/server.h"
#include "dns/testing/shop_zone.h"
#include "netns/launch.h"
#include "network.h"
#include "runtime/event_loop.h"

namespace seine::integration {
namespace {

constexpr char kWeb[] = "web.shop.svc.cluster.local";
constexpr char kWebAddress[] = "10.96.0.1";
// The longest there is, so that a test can tell an answer from silence on a busy machine.
constexpr std::chrono::seconds kClientTimeout{30};

// The pod at kOwnAddress is of namespace shop, that at kOtherAddress of namespace other.
class TwoPods final : public dns::ClientNamespaces {
 public:
  std::string namespace_of(const IpAddress& client) const override {
    if (client.to_string() == kOwnAddress) return "shop";
    return client.to_string() == kOtherAddress ? "other" : "";
  }
};

dns::ZoneSpec zone_spec() {
  dns::ZoneSpec spec = dns::testing::shop_spec();
  dns::ZoneService many{.name = "many", .namespace_name = "shop"};
  for (std::uint32_t i = 0; i < 120; ++i) {
    many.pods.push_back({"pod-" + std::to_string(i), IpAddress::v4(0x0a610100 + i)});
  }
  spec.services.push_back(std::move(many));
  return spec;
}

// A server on a loop and a thread of its own, until the object dies.
class RunningServer {
 public:
  explicit RunningServer(const SocketAddr& at)
      : server_(dns::Server::listen({loop_, pods_, counters_}, at,
                                    dns::Zone::make(zone_spec()).value(), {})
                    .value()),
        thread_([this] { loop_.run(); }) {}
  ~RunningServer() {
    loop_.stop();
    thread_.join();
  }

 private:
  SystemClock clock_;
  runtime::EventLoop loop_{clock_};
  TwoPods pods_;
  dns::ServerCounters counters_;
  std::unique_ptr<dns::Server> server_;
  std::thread thread_;
};

class DnsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    enter_own_network();
    std::string pattern = "/tmp/seine-dns-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    SEINE_CHECK(::unshare(CLONE_NEWNS) == 0, "integration tests run as root");
    SEINE_CHECK(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0,
                "mounts made here stay here");
    replace("/etc/resolv.conf", "");
    replace("/etc/hosts", "127.0.0.1 localhost\n");
    replace("/etc/nsswitch.conf", "hosts: files dns\n");
    lookup_ = folder_ + "/lookup";
    const Finished compiled =
        run("/usr/bin/musl-gcc", {"-static", "-o", lookup_, SEINE_LOOKUP_SOURCE});
    SEINE_CHECK(compiled.exit_code == 0, "tools/bootstrap has installed musl-tools");
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(folder_); }

  DnsTest() : server_({IpAddress::parse(kOwnAddress).value(), 53}) { use_search_list(true); }

  // Mounts a file of ours in the place of the machine's.
  static void replace(const std::string& path, const std::string& content) {
    const std::string own = folder_ + "/" + std::filesystem::path(path).filename().string();
    std::ofstream(own) << content;
    SEINE_CHECK(::mount(own.c_str(), path.c_str(), nullptr, MS_BIND, nullptr) == 0,
                "a file may be mounted over the one of this machine");
  }

  // The resolv.conf of a pod of namespace shop; or one that leaves all to the server.
  static void use_search_list(bool used) {
    const IpAddress server = IpAddress::parse(kOwnAddress).value();
    std::ofstream(folder_ + "/resolv.conf")
        << (used ? netns::render_resolv_conf(server, "shop", "cluster.local")
                 : "nameserver " + server.to_string() + "\n")
        << "options timeout:" << kClientTimeout.count() << "\n";
  }

  static std::string dig(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"@" + std::string(kOwnAddress), "+tries=1", "+time=30"});
    const Finished finished = run("/usr/bin/dig", std::move(arguments));
    EXPECT_EQ(finished.exit_code, 0) << finished.out << finished.err;
    return finished.out;
  }
  static std::string short_dig(std::vector<std::string> arguments) {
    arguments.emplace_back("+short");
    return dig(std::move(arguments));
  }
  // The first word of what getent says first; its exit code in brackets if it says nothing.
  static std::string getent(const std::string& database, const std::string& name) {
    const Finished finished = run("/usr/bin/getent", {database, name});
    if (finished.exit_code != 0) return "[" + std::to_string(finished.exit_code) + "]";
    return finished.out.substr(0, finished.out.find(' '));
  }
  static std::string musl(const std::string& name) {
    const Finished finished = run(lookup_, {name});
    if (finished.exit_code != 0) return "[" + std::to_string(finished.exit_code) + "]";
    return finished.out;
  }
  // What calls of Node's dns.promises come to, a line each: JSON, or the error's code.
  static std::string node(const std::vector<std::string>& calls) {
    std::string script = "const dns = require('dns').promises; (async () => {";
    for (const std::string& call : calls) {
      script += "await dns." + call +
                ".then(v => console.log(JSON.stringify(v)), e => console.log(e.code));";
    }
    const Finished finished = run(SEINE_NODE, {"-e", script + "})()"});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return finished.out;
  }

  static std::string folder_;
  static std::string lookup_;
  RunningServer server_;
};

std::string DnsTest::folder_;
std::string DnsTest::lookup_;

TEST_F(DnsTest, dig_gets_answers_by_udp_and_by_tcp) {
  for (const char* transport : {"+notcp", "+tcp"}) {
    const std::string answer = dig({transport, kWeb, "A"});
    EXPECT_NE(answer.find("status: NOERROR"), std::string::npos) << answer;
    EXPECT_NE(answer.find("flags: qr aa rd;"), std::string::npos) << answer;
    EXPECT_NE(answer.find("EDNS: version: 0, flags:; udp: 1232"), std::string::npos) << answer;
    EXPECT_NE(answer.find("web.shop.svc.cluster.local. 5\tIN\tA\t10.96.0.1"), std::string::npos)
        << answer;
  }
  // Several queries on one connection.
  EXPECT_EQ(short_dig({"+tcp", "+keepopen", kWeb, "A", "web.other", "A", "-x", kWebAddress}),
            "10.96.0.1\n10.96.0.2\nweb.shop.svc.cluster.local.\n");
}

TEST_F(DnsTest, dig_tells_no_data_from_no_name_from_refusal) {
  const std::string no_data = dig({kWeb, "AAAA"});
  EXPECT_NE(no_data.find("status: NOERROR"), std::string::npos) << no_data;
  EXPECT_NE(no_data.find("ANSWER: 0, AUTHORITY: 1"), std::string::npos) << no_data;
  EXPECT_NE(no_data.find("cluster.local.\t\t5\tIN\tSOA\tns.dns.cluster.local."), std::string::npos)
      << no_data;
  EXPECT_NE(dig({"none.shop.svc.cluster.local"}).find("status: NXDOMAIN"), std::string::npos);
  EXPECT_NE(dig({"example.com"}).find("status: REFUSED"), std::string::npos);
  EXPECT_NE(dig({"-c", "CH", "version.bind", "TXT"}).find("status: REFUSED"), std::string::npos);
  EXPECT_NE(dig({"+opcode=notify", kWeb}).find("status: NOTIMP"), std::string::npos);
  EXPECT_NE(dig({"+edns=1", "+noednsnegotiation", kWeb}).find("status: BADVERS"),
            std::string::npos);
}

TEST_F(DnsTest, dig_is_sent_to_tcp_by_what_does_not_fit) {
  const std::string name = "many.shop.svc.cluster.local";
  EXPECT_NE(dig({"+ignore", name}).find("flags: qr aa tc rd;"), std::string::npos);
  const std::string whole = dig({name});
  EXPECT_NE(whole.find("Truncated, retrying in TCP mode"), std::string::npos) << whole;
  EXPECT_NE(whole.find("ANSWER: 120,"), std::string::npos) << whole;
}

TEST_F(DnsTest, each_pod_asks_from_its_own_namespace) {
  EXPECT_EQ(short_dig({"-b", kOwnAddress, "web"}), "10.96.0.1\n");
  EXPECT_EQ(short_dig({"-b", kOtherAddress, "web"}), "10.96.0.2\n");
  EXPECT_NE(dig({"-b", "127.0.0.1", "web"}).find("status: REFUSED"), std::string::npos);
}

TEST_F(DnsTest, host_finds_names_and_addresses) {
  const Finished forward = run("/usr/bin/host", {"web"});
  EXPECT_NE(forward.out.find("web.shop.svc.cluster.local has address 10.96.0.1"), std::string::npos)
      << forward.out;
  const Finished ports = run("/usr/bin/host", {"-t", "SRV", "_grpc._tcp.ledger"});
  EXPECT_NE(ports.out.find("100 50051 ledger-1.ledger.shop.svc.cluster.local."), std::string::npos)
      << ports.out;
}

TEST_F(DnsTest, glibc_finds_every_form_of_a_name_with_and_without_a_search_list) {
  for (const bool with_search : {true, false}) {
    use_search_list(with_search);
    for (const char* name : {"web", "web.shop", "web.shop.svc", kWeb, "WEB.shop"}) {
      EXPECT_EQ(getent("ahosts", name), kWebAddress) << name << with_search;
    }
    EXPECT_EQ(getent("hosts", "web"), kWebAddress);
    EXPECT_EQ(getent("ahosts", "ledger-0.ledger.shop.svc.cluster.local"), "10.97.0.6");
    EXPECT_EQ(getent("ahosts", "host.seine.internal"), "10.97.255.254");
    // Not found, and by an answer.
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(getent("ahosts", "wbe"), "[2]");
    EXPECT_EQ(getent("ahosts", "example.com"), "[2]");
    EXPECT_LT(std::chrono::steady_clock::now() - start, kClientTimeout);
  }
  const Finished reverse = run("/usr/bin/getent", {"hosts", kWebAddress});
  EXPECT_NE(reverse.out.find(kWeb), std::string::npos) << reverse.out;
}

TEST_F(DnsTest, musl_finds_every_form_of_a_name_with_and_without_a_search_list) {
  for (const bool with_search : {true, false}) {
    use_search_list(with_search);
    for (const char* name : {"web", "web.shop", "web.shop.svc", kWeb}) {
      EXPECT_EQ(musl(name), "10.96.0.1\n") << name << with_search;
    }
    EXPECT_EQ(musl("wbe"), "[2]");
  }
  // More answers than fit a datagram of 512 bytes: this musl takes the ones that do.
  EXPECT_TRUE(musl("many").starts_with("10.97.1."));
}

TEST_F(DnsTest, node_finds_names_by_lookup_and_by_resolve) {
  for (const bool with_search : {true, false}) {
    use_search_list(with_search);
    EXPECT_EQ(node({"lookup('web')", "lookup('web.shop')", "lookup('web.shop.svc')",
                    "lookup('web.shop.svc.cluster.local')"}),
              R"({"address":"10.96.0.1","family":4})"
              "\n"
              R"({"address":"10.96.0.1","family":4})"
              "\n"
              R"({"address":"10.96.0.1","family":4})"
              "\n"
              R"({"address":"10.96.0.1","family":4})"
              "\n");
    EXPECT_EQ(node({"resolve4('web')", "resolve4('web.shop')", "resolve4('web.shop.svc')",
                    "resolve4('web.shop.svc.cluster.local')"}),
              "[\"10.96.0.1\"]\n[\"10.96.0.1\"]\n[\"10.96.0.1\"]\n[\"10.96.0.1\"]\n");
  }
  EXPECT_EQ(node({"reverse('10.96.0.1')", "resolveSrv('_http._tcp.web.shop.svc.cluster.local')",
                  "resolve4('many').then(v => v.length)"}),
            "[\"web.shop.svc.cluster.local\"]\n"
            R"([{"name":"web.shop.svc.cluster.local","port":80,"priority":0,"weight":100}])"
            "\n120\n");
  EXPECT_EQ(
      node({"resolve6('web')", "resolve4('wbe')", "lookup('wbe')", "resolve4('example.com')"}),
      "ENODATA\nENOTFOUND\nENOTFOUND\nEREFUSED\n");
}

}  // namespace
}  // namespace seine::integration
