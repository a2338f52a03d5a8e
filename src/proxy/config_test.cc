// SPDX-License-Identifier: Apache-2.0
#include "proxy/config.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace seine::proxy {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Environment minimal() {
  return {{"LINKERD2_PROXY_IDENTITY_TRUST_ANCHORS", "pem"},
          {"LINKERD2_PROXY_IDENTITY_TOKEN_FILE", "/var/run/token"},
          {"LINKERD2_PROXY_IDENTITY_LOCAL_NAME", "web.shop.serviceaccount.identity.l5d.local"},
          {"LINKERD2_PROXY_IDENTITY_SVC_ADDR", "127.0.0.1:8080"},
          {"LINKERD2_PROXY_DESTINATION_SVC_ADDR", "linkerd-dst.linkerd.svc:8086"},
          {"LINKERD2_PROXY_DESTINATION_SVC_NAME", "linkerd-destination.linkerd"},
          {"LINKERD2_PROXY_POLICY_SVC_ADDR", "[::1]:8090"},
          {"LINKERD2_PROXY_POLICY_WORKLOAD", "{\"ns\":\"shop\",\"pod\":\"web-1\"}\n"}};
}

std::vector<std::string> problems(std::initializer_list<std::pair<std::string, std::string>> more) {
  Environment env = minimal();
  for (const auto& [name, value] : more) env["LINKERD2_PROXY_" + name] = value;
  const auto config = read_config(env);
  return config ? std::vector<std::string>{} : config.error().sentences;
}

TEST(Config, defaults_are_linkerds) {
  const auto config = read_config(minimal());
  ASSERT_TRUE(config.has_value()) << config.error().sentences.front();
  EXPECT_EQ(config->outbound.listen.front().to_string(), "127.0.0.1:4140");
  EXPECT_EQ(config->inbound.listen.front().to_string(), "0.0.0.0:4143");
  EXPECT_EQ(config->admin_listen.to_string(), "127.0.0.1:4191");
  EXPECT_EQ(config->outbound.connect_timeout, 1s);
  EXPECT_EQ(config->inbound.connect_timeout, 300ms);
  EXPECT_EQ(config->inbound.detect_timeout, 10s);
  EXPECT_EQ(config->outbound.failfast_timeout, 3s);
  EXPECT_EQ(config->outbound.connect_backoff.max, 60s);
  EXPECT_EQ(config->shutdown_grace, 2min);
  EXPECT_EQ(config->http2_client.connection_window, 1048576U);
  EXPECT_EQ(config->default_policy, DefaultPolicy::kAllUnauthenticated);
  EXPECT_EQ(config->destination_svc.authority(), "linkerd-dst.linkerd.svc:8086");
  EXPECT_EQ(config->policy_svc.authority(), "[::1]:8090");
  EXPECT_TRUE(config->policy_svc.loopback());
  EXPECT_EQ(config->log_level, LogLevel::kInfo);
}

TEST(Config, an_empty_list_of_profile_suffixes_is_none_and_no_list_the_default) {
  Environment env = minimal();
  EXPECT_EQ(read_config(env)->profile_suffixes, std::vector<std::string>{"svc.cluster.local."});
  env["LINKERD2_PROXY_DESTINATION_PROFILE_SUFFIXES"] = "";
  EXPECT_TRUE(read_config(env)->profile_suffixes.empty());
}

TEST(Config, without_suffixes_a_proxy_is_no_gateway) {
  Environment env = minimal();
  EXPECT_TRUE(read_config(env)->gateway_suffixes.empty());
  env["LINKERD2_PROXY_INBOUND_GATEWAY_SUFFIXES"] = "svc.Cluster.local., example.com";
  EXPECT_THAT(read_config(env)->gateway_suffixes, ElementsAre("svc.cluster.local.", "example.com"));
  EXPECT_THAT(problems({{"INBOUND_GATEWAY_SUFFIXES", "a b"}}),
              ElementsAre(HasSubstr("is not a DNS name")));
}

TEST(Config, in_ingress_mode_clients_are_told_nothing_unless_asked_for) {
  Environment env = minimal();
  EXPECT_FALSE(read_config(env)->ingress_mode);
  EXPECT_FALSE(read_config(env)->hide_informational_headers);
  env["LINKERD2_PROXY_INGRESS_MODE"] = "true";
  EXPECT_TRUE(read_config(env)->ingress_mode);
  EXPECT_TRUE(read_config(env)->hide_informational_headers);
  env["LINKERD2_PROXY_OUTBOUND_DISABLE_INFORMATIONAL_HEADERS"] = "false";
  EXPECT_FALSE(read_config(env)->hide_informational_headers);
}

TEST(Config, nobody_may_tap_unless_he_is_named) {
  Environment env = minimal();
  env["LINKERD2_PROXY_CONTROL_LISTEN_ADDR"] = "[::]:4190";
  EXPECT_EQ(read_config(env)->tap_identity, "");
  env["LINKERD2_PROXY_TAP_SVC_NAME"] = "tap.linkerd-viz.serviceaccount.identity.linkerd.l5d.local";
  EXPECT_TRUE(read_config(env)->tap_identity.starts_with("tap.linkerd-viz."));
  EXPECT_EQ(read_config(env)->control_listen.to_string(), "[::]:4190");
  env.erase("LINKERD2_PROXY_CONTROL_LISTEN_ADDR");
  EXPECT_EQ(read_config(env)->control_listen.to_string(), "0.0.0.0:4190");
}

TEST(Config, there_are_no_traces_unless_a_collector_is_named_and_a_remote_one_has_an_identity) {
  Environment env = minimal();
  env["SEINE_PROXY_TRACE_START_RATIO"] = "nonsense";
  EXPECT_FALSE(read_config(env)->trace);
  env.erase("SEINE_PROXY_TRACE_START_RATIO");
  env["LINKERD2_PROXY_TRACE_COLLECTOR_SVC_ADDR"] = "127.0.0.1:4317";
  ASSERT_TRUE(read_config(env)->trace);
  EXPECT_EQ(read_config(env)->trace->svc.authority(), "127.0.0.1:4317");
  EXPECT_THAT(problems({{"TRACE_COLLECTOR_SVC_ADDR", "collector:4317"}}),
              ElementsAre(HasSubstr("LINKERD2_PROXY_TRACE_COLLECTOR_SVC_NAME: must be set")));
}

TEST(Config, there_is_no_telemetry_unless_a_receiver_is_named) {
  Environment env = minimal();
  // Of no interest then, whatever they say.
  env["SEINE_PROXY_TELEMETRY_INTERVAL"] = "1d";
  env["SEINE_PROXY_WORKLOAD"] = "nonsense";
  ASSERT_TRUE(read_config(env).has_value());
  EXPECT_FALSE(read_config(env)->telemetry.has_value());
}

TEST(Config, telemetry_says_who_counts) {
  Environment env = minimal();
  env["SEINE_PROXY_TELEMETRY_SVC_ADDR"] = "seine-telemetry.linkerd.svc:8091";
  env["SEINE_PROXY_TELEMETRY_SVC_NAME"] = "seine-telemetry.linkerd";
  env["SEINE_PROXY_WORKLOAD"] = "shop/deployment/web";
  env["SEINE_PROXY_POD"] = "web-1";
  env["SEINE_PROXY_LEDGER_DIR"] = "/var/lib/seine/web";
  const auto config = read_config(env);
  ASSERT_TRUE(config.has_value()) << config.error().sentences.front();
  ASSERT_TRUE(config->telemetry.has_value());
  const TelemetryConfig& telemetry = *config->telemetry;
  EXPECT_EQ(telemetry.svc.authority(), "seine-telemetry.linkerd.svc:8091");
  EXPECT_EQ(telemetry.svc.identity, "seine-telemetry.linkerd");
  EXPECT_EQ(telemetry.interval, 10s);
  EXPECT_EQ(telemetry.ns, "shop");
  EXPECT_EQ(telemetry.workload_kind, "deployment");
  EXPECT_EQ(telemetry.workload, "web");
  EXPECT_EQ(telemetry.pod, "web-1");
  EXPECT_EQ(telemetry.ledger_dir, "/var/lib/seine/web");
  EXPECT_EQ(redacted(env).at("SEINE_PROXY_WORKLOAD"), "shop/deployment/web");
}

TEST(Config, telemetry_that_cannot_be_is_refused) {
  const auto refusals = [](const std::string& name, const std::string& value) {
    Environment env = minimal();
    env["SEINE_PROXY_TELEMETRY_SVC_ADDR"] = "127.0.0.1:8091";
    env["SEINE_PROXY_WORKLOAD"] = "shop/deployment/web";
    env[name] = value;
    const auto config = read_config(env);
    return config ? std::vector<std::string>{} : config.error().sentences;
  };
  EXPECT_TRUE(refusals("SEINE_PROXY_POD", "web-1").empty());
  for (const char* workload :
       {"web", "shop/web", "/deployment/web", "shop//web", "a/b/", "a/b/c/d"}) {
    EXPECT_THAT(refusals("SEINE_PROXY_WORKLOAD", workload),
                ElementsAre("SEINE_PROXY_WORKLOAD: expected namespace/kind/name, such as "
                            "shop/deployment/web"))
        << workload;
  }
  EXPECT_THAT(refusals("SEINE_PROXY_WORKLOAD", ""),
              ElementsAre("SEINE_PROXY_WORKLOAD: must be set"));
  EXPECT_THAT(refusals("SEINE_PROXY_TELEMETRY_INTERVAL", "61s"),
              ElementsAre("SEINE_PROXY_TELEMETRY_INTERVAL: must be whole seconds, 1s to 60s"));
  EXPECT_THAT(refusals("SEINE_PROXY_TELEMETRY_SVC_ADDR", "10.0.0.1:8091"),
              ElementsAre(HasSubstr("SEINE_PROXY_TELEMETRY_SVC_NAME: must be set")));
  EXPECT_THAT(refusals("SEINE_PROXY_POD", std::string(300, 'p')),
              ElementsAre("SEINE_PROXY_POD: longer than 253 bytes"));
}

TEST(Config, marks_and_the_loopback_fallback_are_off_unless_asked_for) {
  Environment env = minimal();
  EXPECT_EQ(read_config(env)->outbound.connect_socket.mark, 0U);
  EXPECT_FALSE(read_config(env)->loopback_fallback);
  env["SEINE_PROXY_SOCKET_MARK"] = "24094";
  env["SEINE_PROXY_INBOUND_LOOPBACK_FALLBACK"] = "true";
  EXPECT_EQ(read_config(env)->outbound.connect_socket.mark, 0x5e1eU);
  EXPECT_EQ(read_config(env)->inbound.connect_socket.mark, 0x5e1eU);
  EXPECT_TRUE(read_config(env)->loopback_fallback);
  env["SEINE_PROXY_SOCKET_MARK"] = "4294967296";
  EXPECT_FALSE(read_config(env).has_value());
}

TEST(Config, servers_that_speak_first_are_learned_unless_linkerds_way_is_asked_for) {
  Environment env = minimal();
  EXPECT_TRUE(read_config(env)->learns_first_speakers);
  env["SEINE_PROXY_LEARN_SERVER_SPEAKS_FIRST"] = "false";
  EXPECT_FALSE(read_config(env)->learns_first_speakers);
}

TEST(Config, windows_of_http2_adapt_where_they_are_told_to) {
  Environment env = minimal();
  EXPECT_FALSE(read_config(env)->inbound.http2_server.adaptive_windows);
  EXPECT_FALSE(read_config(env)->http2_client.adaptive_windows);
  env["LINKERD2_PROXY_INBOUND_SERVER_HTTP2_ADAPTIVE_FLOW_CONTROL"] = "true";
  EXPECT_TRUE(read_config(env)->inbound.http2_server.adaptive_windows);
  EXPECT_FALSE(read_config(env)->outbound.http2_server.adaptive_windows);
  env["LINKERD2_PROXY_HTTP2_ADAPTIVE_FLOW_CONTROL"] = "true";
  EXPECT_TRUE(read_config(env)->http2_client.adaptive_windows);
}

TEST(Config, connections_of_http2_to_an_endpoint_are_bounded) {
  Environment env = minimal();
  EXPECT_EQ(read_config(env)->http2_connections, 4U);
  env["SEINE_PROXY_HTTP2_CONNECTIONS"] = "1";
  EXPECT_EQ(read_config(env)->http2_connections, 1U);
  env["SEINE_PROXY_HTTP2_CONNECTIONS"] = "0";
  EXPECT_FALSE(read_config(env).has_value());
}

TEST(Config, clients_that_stand_still_are_not_waited_for_without_end) {
  Environment env = minimal();
  EXPECT_EQ(read_config(env)->http1_head_timeout, 60s);
  EXPECT_EQ(read_config(env)->http2_stall_timeout, 10min);
  env["SEINE_PROXY_HTTP1_HEAD_TIMEOUT"] = "5s";
  env["SEINE_PROXY_HTTP2_STALL_TIMEOUT"] = "0s";
  EXPECT_EQ(read_config(env)->http1_head_timeout, 5s);
  EXPECT_EQ(read_config(env)->http2_stall_timeout, 0s);
}

TEST(Config, buffers_may_hold_256_mib_unless_told_otherwise) {
  Environment env = minimal();
  EXPECT_EQ(read_config(env)->memory_limit, 256U << 20);
  env["SEINE_PROXY_MEMORY_LIMIT"] = "0";
  EXPECT_EQ(read_config(env)->memory_limit, 0U);
  env["SEINE_PROXY_MEMORY_LIMIT"] = "64MB";
  EXPECT_FALSE(read_config(env).has_value());
}

TEST(Config, an_empty_environment_names_everything_that_is_missing) {
  const auto config = read_config({});
  ASSERT_FALSE(config.has_value());
  EXPECT_EQ(config.error().sentences.size(), 7U);
}

TEST(Config, each_problem_names_its_variable) {
  EXPECT_THAT(problems({{"INBOUND_DETECT_TIMEOUT", "10"}}),
              ElementsAre(HasSubstr("LINKERD2_PROXY_INBOUND_DETECT_TIMEOUT: '10' is not")));
  EXPECT_THAT(problems({{"DESTINATION_SVC_NAME", ""}}),
              ElementsAre(HasSubstr("LINKERD2_PROXY_DESTINATION_SVC_NAME: must be set")));
  EXPECT_THAT(problems({{"POLICY_SVC_ADDR", "nowhere"}}), ElementsAre(HasSubstr("host:port")));
  EXPECT_THAT(problems({{"INBOUND_PORTS", "80,70000"}}), ElementsAre(HasSubstr("INBOUND_PORTS")));
  EXPECT_THAT(problems({{"INBOUND_PORTS", "80,80,0"}}),
              ElementsAre("LINKERD2_PROXY_INBOUND_PORTS: nothing can be served on port 0"));
  EXPECT_THAT(problems({{"INBOUND_PORTS", "90-80"}}), ElementsAre(HasSubstr("ends before")));
  EXPECT_THAT(problems({{"INBOUND_DEFAULT_POLICY", "maybe"}}), ElementsAre(HasSubstr("expected")));
  EXPECT_THAT(problems({{"INBOUND_DEFAULT_POLICY", "audit"}}),
              ElementsAre(HasSubstr("CLUSTER_NETWORKS")));
  EXPECT_THAT(problems({{"IDENTITY_DISABLED", "1"}}), ElementsAre(HasSubstr("no longer")));
  EXPECT_THAT(problems({{"LOG", "loud"}}), ElementsAre(HasSubstr("log level")));
  EXPECT_THAT(problems({{"CORES", "0"}}), ElementsAre(HasSubstr("1 to 1024")));
  EXPECT_THAT(problems({{"OUTBOUND_LISTEN_ADDRS", "127.0.0.1:1,[::1]:1,127.0.0.1:2"}}),
              ElementsAre(HasSubstr("at most 2")));
  EXPECT_THAT(problems({{"OUTBOUND_CONNECT_EXP_BACKOFF_JITTER", "nan"}}),
              ElementsAre(HasSubstr("ratio")));
}

TEST(Config, a_value_cannot_forge_the_log) {
  EXPECT_THAT(problems({{"CORES", "1\n2026 error"}}), ElementsAre(HasSubstr("1\\x0a2026")));
}

TEST(Config, reads_lists_and_ranges) {
  Environment env = minimal();
  env["LINKERD2_PROXY_INBOUND_PORTS"] = "80, 8080-8082,";
  env["LINKERD2_PROXY_INBOUND_IPS"] = "10.0.0.1,fd00::1";
  env["LINKERD2_PROXY_DESTINATION_PROFILE_NETWORKS"] = "10.0.0.0/8,fd00::/8";
  const auto config = read_config(env);
  ASSERT_TRUE(config.has_value());
  EXPECT_THAT(config->inbound_ports, ElementsAre(80, 8080, 8081, 8082));
  EXPECT_EQ(config->inbound_ips.size(), 2U);
  EXPECT_EQ(config->profile_networks.size(), 2U);
}

TEST(Redacted, keeps_paths_and_hides_secrets) {
  const Environment out = redacted({{"LINKERD2_PROXY_IDENTITY_TOKEN_FILE", "/t"},
                                    {"LINKERD2_PROXY_INBOUND_ACCEPT_KEEPALIVE", "10s"},
                                    {"SEINE_PROXY_JOIN_TOKEN", "hush"},
                                    {"HOME", "/root"}});
  EXPECT_EQ(out.at("LINKERD2_PROXY_IDENTITY_TOKEN_FILE"), "/t");
  EXPECT_EQ(out.at("LINKERD2_PROXY_INBOUND_ACCEPT_KEEPALIVE"), "10s");
  EXPECT_EQ(out.at("SEINE_PROXY_JOIN_TOKEN"), "<redacted>");
  EXPECT_FALSE(out.contains("HOME"));
}

}  // namespace
}  // namespace seine::proxy
