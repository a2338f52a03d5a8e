// SPDX-License-Identifier: Apache-2.0
// seine-controller as a proxy meets it: its own process, real sockets, real TLS.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "base/file.h"
#include "child.h"
#include "controller_fixture.h"
#include "grpc/client.h"
#include "io/linkerd/proxy/destination.pb.h"
#include "io/linkerd/proxy/identity.pb.h"
#include "io/linkerd/proxy/inbound.pb.h"
#include "io/linkerd/proxy/outbound.pb.h"
#include "network.h"

namespace seine::integration {
namespace {

namespace destination = io::linkerd::proxy::destination;
namespace identity = io::linkerd::proxy::identity;
namespace inbound = io::linkerd::proxy::inbound;
namespace outbound = io::linkerd::proxy::outbound;

constexpr char kGetProfile[] = "/io.linkerd.proxy.destination.Destination/GetProfile";
constexpr char kWatch[] = "/io.linkerd.proxy.outbound.OutboundPolicies/Watch";

constexpr char kWeb[] = "web.shop.serviceaccount.identity.linkerd.cluster.local";
constexpr char kWebContext[] = "{\"ns\":\"shop\", \"nodeName\":\"n\", \"pod\":\"web-0\"}\n";
constexpr char kApiContext[] = "{\"ns\":\"shop\", \"pod\":\"api-0\"}\n";

std::string workloads(std::string_view second_web_pod) {
  return std::string(R"({"workloads": [
    {"namespace": "shop", "name": "web", "token": "web-token", "ports": [{"port": 8000}],
     "pods": [{"name": "web-0", "ips": ["10.0.0.1"]})") +
         std::string(second_web_pod) + R"(]},
    {"namespace": "shop", "name": "api", "token": "api-token",
     "pods": [{"name": "api-0", "ips": ["10.0.0.2"]}]}],
   "services": [{"namespace": "shop", "name": "web", "cluster_ips": ["10.96.0.1"],
                 "ports": [{"port": 80, "target_port": 8000}]}]})";
}

class ControllerTest : public ControllerFixture {
 protected:
  ControllerTest() { write_workloads(""); }

  void write_workloads(std::string_view second_web_pod) {
    const std::string path = folder_ + "/workloads.json";
    const std::string fresh = path + ".new";
    ASSERT_TRUE(create_file(fresh, workloads(second_web_pod), 0600));
    std::filesystem::rename(fresh, path);
  }
  void start(const std::string& host) {
    std::vector<std::string> flags = listen_flags(host);
    flags.insert(flags.end(), {"--workloads", folder_ + "/workloads.json"});
    start_with(host, std::move(flags));
  }
  std::shared_ptr<const crypto::TlsContext> web_context() {
    return certified_context(kWeb, "web-token");
  }
  static destination::GetDestination get_web(const char* context = kWebContext) {
    return get("web.shop.svc.cluster.local:80", context);
  }
};

TEST_F(ControllerTest, certifies_a_proxy_and_follows_the_file_to_it_over_mutual_tls) {
  start(kOwnAddress);
  const Connection connection = connect_tls(8086, kDestinationServer, web_context()).value();
  auto updates = connection.channel->stream<destination::Update>(kGet, get_web());
  const auto first = next(updates);
  ASSERT_TRUE(first) << first.error().to_string();
  ASSERT_EQ(first->add().addrs_size(), 1);
  const destination::WeightedAddr& addr = first->add().addrs(0);
  EXPECT_EQ(addr.addr().port(), 8000u);
  EXPECT_EQ(addr.tls_identity().dns_like_identity().name(), kWeb);
  EXPECT_TRUE(addr.protocol_hint().has_h2());

  write_workloads(R"(, {"name": "web-1", "ips": ["10.0.0.9"]})");
  const auto second = next(updates);
  ASSERT_TRUE(second) << second.error().to_string();
  ASSERT_EQ(second->add().addrs_size(), 1);
  EXPECT_EQ(second->add().addrs(0).addr().ip().ipv4(), 0x0a000009u);

  write_workloads("");
  const auto third = next(updates);
  ASSERT_TRUE(third) << third.error().to_string();
  ASSERT_EQ(third->remove().addrs_size(), 1);
  EXPECT_EQ(third->remove().addrs(0).ip().ipv4(), 0x0a000009u);
}

TEST_F(ControllerTest, refuses_a_token_of_somebody_else) {
  start(kOwnAddress);
  const Connection connection = connect_tls(8080, kIdentityServer).value();
  const auto answer = run(connection.channel->unary<identity::CertifyResponse>(
      kCertify, certify_request(kWeb, "api-token")));
  ASSERT_FALSE(answer);
  EXPECT_EQ(grpc::status_code(answer.error()), grpc::StatusCode::kPermissionDenied);
}

TEST_F(ControllerTest, closes_on_a_caller_without_a_certificate) {
  start(kOwnAddress);
  const Connection connection = connect_tls(8086, kDestinationServer).value();
  auto updates = connection.channel->stream<destination::Update>(kGet, get_web());
  EXPECT_FALSE(next(updates));
  EXPECT_NE(admin("/metrics").find("outcome=\"no client certificate\"} 1"), std::string::npos);
}

TEST_F(ControllerTest, refuses_a_caller_that_speaks_for_another_workload) {
  start(kOwnAddress);
  const auto context = web_context();
  const Connection to_destination = connect_tls(8086, kDestinationServer, context).value();
  auto updates = to_destination.channel->stream<destination::Update>(kGet, get_web(kApiContext));
  const auto refused = next(updates);
  ASSERT_FALSE(refused);
  EXPECT_EQ(grpc::status_code(refused.error()), grpc::StatusCode::kPermissionDenied);

  const Connection to_policy = connect_tls(8090, kDestinationServer, context).value();
  inbound::PortSpec port;
  port.set_workload(kApiContext);
  port.set_port(8000);
  auto policies = to_policy.channel->stream<inbound::Server>(kWatchPort, port);
  const auto policy = next(policies);
  ASSERT_FALSE(policy);
  EXPECT_EQ(grpc::status_code(policy.error()), grpc::StatusCode::kPermissionDenied);
}

TEST_F(ControllerTest, serves_profiles_and_policies_in_plain_on_loopback) {
  start("127.0.0.1");
  const Connection to_destination = connect_plain(8086).value();
  auto profiles = to_destination.channel->stream<destination::DestinationProfile>(
      kGetProfile, get("10.96.0.1:80", kWebContext));
  const auto profile = next(profiles);
  ASSERT_TRUE(profile) << profile.error().to_string();
  EXPECT_EQ(profile->fully_qualified_name(), "web.shop.svc.cluster.local");

  const Connection to_policy = connect_plain(8090).value();
  for (const std::uint32_t number : {8000u, 4191u}) {
    inbound::PortSpec port;
    port.set_workload(kWebContext);
    port.set_port(number);
    auto servers = to_policy.channel->stream<inbound::Server>(kWatchPort, port);
    const auto server = next(servers);
    ASSERT_TRUE(server) << server.error().to_string();
    EXPECT_EQ(server->protocol().detect().timeout().seconds(), 10);
    EXPECT_EQ(server->authorizations_size(), 1);
    EXPECT_EQ(server->labels().at("kind"), "default");
    EXPECT_EQ(server->labels().at("name"), "all-unauthenticated");
  }

  outbound::TrafficSpec spec;
  spec.set_source_workload(kWebContext);
  spec.mutable_addr()->mutable_ip()->set_ipv4(0x0a600001);
  spec.mutable_addr()->set_port(80);
  auto policies = to_policy.channel->stream<outbound::OutboundPolicy>(kWatch, spec);
  const auto policy = next(policies);
  ASSERT_TRUE(policy) << policy.error().to_string();
  EXPECT_EQ(policy->protocol().detect().http1().routes_size(), 1);

  spec.mutable_addr()->mutable_ip()->set_ipv4(0x0a090909);
  auto unknown = to_policy.channel->stream<outbound::OutboundPolicy>(kWatch, spec);
  const auto not_found = next(unknown);
  ASSERT_FALSE(not_found);
  EXPECT_EQ(grpc::status_code(not_found.error()), grpc::StatusCode::kNotFound);
}

TEST_F(ControllerTest, ends_its_streams_and_itself_on_sigterm) {
  start("127.0.0.1");
  const Connection connection = connect_plain(8086).value();
  auto updates = connection.channel->stream<destination::Update>(kGet, get_web());
  ASSERT_TRUE(next(updates));
  controller_->signal(SIGTERM);
  const auto end = run(updates.next());
  ASSERT_TRUE(end) << end.error().to_string();
  EXPECT_FALSE(*end) << "a clean end";
  EXPECT_EQ(controller_->wait(), 0) << controller_->log();
}

TEST_F(ControllerTest, keeps_its_anchors_over_a_restart) {
  start("127.0.0.1");
  const crypto::TrustAnchors before = anchors();
  controller_->signal(SIGKILL);
  controller_->wait();
  start("127.0.0.1");
  EXPECT_EQ(anchors(), before);
  const Finished printed = integration::run(
      SEINE_CONTROLLER_BINARY, {"--state-dir", folder_ + "/state", "--print-trust-anchors"});
  EXPECT_EQ(printed.exit_code, 0);
  EXPECT_EQ(crypto::TrustAnchors::from_pem(printed.out).value(), before);
}

TEST_F(ControllerTest, answers_on_its_admin_port) {
  start("127.0.0.1");
  EXPECT_TRUE(admin("/live").starts_with("HTTP/1.1 200"));
  EXPECT_TRUE(admin("/nothing").starts_with("HTTP/1.1 404"));
  const std::string metrics = admin("/metrics");
  EXPECT_NE(metrics.find("process_"), std::string::npos) << metrics;
}

TEST_F(ControllerTest, exits_64_with_one_sentence_for_what_it_cannot_use) {
  const std::string broken = folder_ + "/broken.json";
  ASSERT_TRUE(create_file(broken, R"({"workloads": [{"namespace": "shop"}]})", 0600));
  const std::vector<std::vector<std::string>> bad = {
      {"--no-such-flag"},
      {"--state-dir", folder_ + "/state", "--workloads", broken},
      {"--state-dir", folder_ + "/state", "--workloads", "/no/such/file"},
      {"--state-dir", folder_ + "/state", "--workloads", broken, "--listen-policy", "nowhere"}};
  for (const std::vector<std::string>& arguments : bad) {
    const Finished finished = integration::run(SEINE_CONTROLLER_BINARY, arguments);
    EXPECT_EQ(finished.exit_code, 64) << finished.err;
    EXPECT_EQ(std::ranges::count(finished.err, '\n'), 1) << finished.err;
  }
}

}  // namespace
}  // namespace seine::integration
