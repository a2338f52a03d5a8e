// SPDX-License-Identifier: Apache-2.0
#include "control/registry/workload_file.h"

#include <gtest/gtest.h>

#include <string>

#include "control/registry/token_digest.h"

namespace seine::control {
namespace {

std::string refusal(std::string_view text) {
  const auto snapshot = parse_workload_file(text);
  EXPECT_FALSE(snapshot) << text;
  if (snapshot) return "";
  EXPECT_EQ(snapshot.error().code, ErrorCode::kInvalidConfig);
  return snapshot.error().message;
}

TEST(WorkloadFile, reads_everything_it_documents) {
  const auto snapshot = parse_workload_file(R"({
    "cluster": "demo",
    "workloads": [{
      "namespace": "shop", "name": "web", "kind": "statefulset", "service_account": "front",
      "version": "v2", "zone": "z1", "meshed": true, "labels": {"team": "a"},
      "inbound_policy": "deny",
      "token": "secret\n",
      "ports": [{"port": 8080, "name": "http", "protocol": "http2"},
                {"port": 25, "protocol": "opaque", "skip_inbound": true}],
      "pods": [{"name": "web-0", "ips": ["10.0.0.1", "::ffff:10.0.0.2"], "ready": false}]}],
    "services": [{
      "namespace": "shop", "name": "web", "cluster_ips": ["10.96.0.1"],
      "ports": [{"port": 80, "target_port": 8080, "opaque": true}, {"port": 443}],
      "workloads": ["web"], "routes": ["cart=*:/cart/*", "buy=POST:/cart/buy"]}]})");
  ASSERT_TRUE(snapshot) << snapshot.error().message;
  const Workload& web = *(*snapshot)->find_workload("shop", "web");
  EXPECT_EQ(web.cluster, "demo");
  EXPECT_EQ(web.kind, "statefulset");
  EXPECT_EQ(web.service_account, "front");
  EXPECT_EQ(web.labels.at("team"), "a");
  EXPECT_EQ(web.inbound_policy, "deny");
  EXPECT_EQ(web.tokens, std::vector<TokenDigest>{digest_token("secret")});
  EXPECT_EQ(web.port(8080)->protocol, PortProtocol::kHttp2);
  EXPECT_TRUE(web.port(25)->skipped);
  EXPECT_EQ(web.port(80), nullptr);
  EXPECT_FALSE(web.pods[0].ready);
  EXPECT_EQ(web.pods[0].ips[1].to_string(), "10.0.0.2");
  const Service& service = *(*snapshot)->find_service("shop", "web");
  EXPECT_EQ(service.port(80)->target, 8080);
  EXPECT_TRUE(service.port(80)->opaque);
  EXPECT_EQ(service.port(443)->target, 443);
  ASSERT_EQ(service.routes.size(), 2u);
  EXPECT_EQ(service.routes[0].name, "buy") << "the most precise first";
}

TEST(WorkloadFile, has_defaults_for_what_is_left_out) {
  const auto snapshot = parse_workload_file(R"({
    "workloads": [{"namespace": "shop", "name": "web", "pods": [{"name": "a", "ips": ["::1"]}]}],
    "services": [{"namespace": "shop", "name": "web", "ports": [{"port": 80}]}]})");
  ASSERT_TRUE(snapshot) << snapshot.error().message;
  const Workload& web = *(*snapshot)->find_workload("shop", "web");
  EXPECT_EQ(web.service_account, "web");
  EXPECT_EQ(web.kind, "deployment");
  EXPECT_EQ(web.inbound_policy, "");
  EXPECT_TRUE(web.meshed && web.pods[0].ready);
  EXPECT_TRUE(web.tokens.empty());
  EXPECT_EQ((*snapshot)->find_service("shop", "web")->workloads, std::vector<std::string>{"web"});
}

TEST(WorkloadFile, accepts_a_token_as_its_digest) {
  const auto snapshot = parse_workload_file(
      R"({"workloads": [{"namespace": "a", "name": "b", "token_sha256":
      "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"}]})");
  ASSERT_TRUE(snapshot) << snapshot.error().message;
  EXPECT_EQ((*snapshot)->workloads()[0].tokens[0], digest_token("abc"));
}

TEST(WorkloadFile, names_the_place_of_a_mistake) {
  EXPECT_TRUE(refusal("{\n\"workloads\": [}").starts_with("line 2, column 15"));
  EXPECT_EQ(refusal(R"({"workload": []})"), "workload is not a known setting");
  EXPECT_EQ(refusal(R"({"workloads": [{"namespace": "a"}]})"), "workloads[0].name is missing");
  EXPECT_EQ(refusal(R"({"workloads": [{"namespace": "a", "name": "B"}]})"),
            "workloads[0].name must be a name of lower-case letters, digits, '-' and '.'");
  EXPECT_EQ(refusal(R"({"workloads": [{"namespace": "a", "name": "b",
                        "pods": [{"name": "c", "ips": ["10.0.0"]}]}]})"),
            "workloads[0].pods[0].ips holds \"10.0.0\", which is no IP address");
  EXPECT_EQ(refusal(R"({"workloads": [{"namespace": "a", "name": "b",
                        "ports": [{"port": 1}, {"port": 0}]}]})"),
            "workloads[0].ports[1].port must be from 1 to 65535, not 0");
  EXPECT_EQ(refusal(R"({"workloads": [{"namespace": "a", "name": "b",
                        "ports": [{"port": 1, "protocol": "http"}]}]})"),
            "workloads[0].ports[0].protocol must be detect, http1, http2, grpc, opaque or tls, "
            "not \"http\"");
  EXPECT_EQ(refusal(R"({"workloads": [{"namespace": "a", "name": "b",
                        "ports": [{"port": 1, "probes": ["healthz"]}]}]})"),
            "workloads[0].ports[0].probes must hold paths, which open with '/'");
  EXPECT_EQ(refusal(R"({"workloads": [{"namespace": "a", "name": "b", "token_sha256": "00"}]})"),
            "workloads[0].token_sha256 must be 64 hexadecimal digits");
  EXPECT_EQ(refusal(R"({"workloads": [{"namespace": "a", "name": "b",
                        "inbound_policy": "cluster-authenticated"}]})"),
            "workloads[0].inbound_policy: the default policy cluster-authenticated needs cluster "
            "networks");
  EXPECT_EQ(refusal(R"({"services": [{"namespace": "a", "name": "b", "workloads": [],
                        "routes": ["buy"]}]})"),
            "services[0].routes holds \"buy\"; expected NAME=METHOD:PATH, as "
            "purchase=POST:/purchase");
  EXPECT_EQ(refusal(R"({"services": [{"namespace": "a", "name": "b", "workloads": [],
                        "routes": ["buy=GET:/a", "buy=GET:/b"]}]})"),
            "services[0].routes: the route \"buy=GET:/b\" has another's name");
}

}  // namespace
}  // namespace seine::control
