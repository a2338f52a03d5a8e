// SPDX-License-Identifier: Apache-2.0
#include "control/options.h"

#include <gtest/gtest.h>
#include <stdlib.h>

namespace seine::control {
namespace {

Result<std::variant<Options, Printed>> parse(std::vector<const char*> flags) {
  flags.insert(flags.begin(), "seine-controller");
  return parse_options(static_cast<int>(flags.size()), flags.data(), "edge-1");
}

Options good(std::vector<const char*> flags = {}) {
  flags.insert(flags.end(), {"--state-dir", "/s", "--workloads", "/w"});
  auto parsed = parse(std::move(flags));
  EXPECT_TRUE(parsed) << parsed.error().message;
  return parsed ? std::get<Options>(*parsed) : Options{};
}

std::string refusal(std::vector<const char*> flags) {
  flags.insert(flags.end(), {"--state-dir", "/s", "--workloads", "/w"});
  const auto parsed = parse(std::move(flags));
  EXPECT_FALSE(parsed);
  if (parsed) return "";
  EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidConfig);
  EXPECT_EQ(parsed.error().message.find('\n'), std::string::npos);
  return parsed.error().message;
}

TEST(Options, listen_on_loopback_by_default) {
  const Options options = good();
  EXPECT_EQ(options.listen_identity.to_string(), "127.0.0.1:8080");
  EXPECT_EQ(options.listen_destination.to_string(), "127.0.0.1:8086");
  EXPECT_EQ(options.listen_policy.to_string(), "127.0.0.1:8090");
  EXPECT_EQ(options.admin_listen.to_string(), "127.0.0.1:9990");
  EXPECT_EQ(options.issuance_lifetime, std::chrono::hours(24));
  EXPECT_EQ(options.identity_name,
            "linkerd-identity.linkerd.serviceaccount.identity.linkerd.cluster.local");
  EXPECT_EQ(options.default_inbound_policy.meta.name, "all-unauthenticated");
}

TEST(Options, take_flags_over_variables_over_defaults) {
  ::setenv("SEINE_CONTROLLER_TRUST_DOMAIN", "from.variable", 1);
  ::setenv("SEINE_CONTROLLER_LISTEN_POLICY", "127.0.0.1:1", 1);
  const Options options = good({"--listen-policy", "127.0.0.1:2"});
  ::unsetenv("SEINE_CONTROLLER_TRUST_DOMAIN");
  ::unsetenv("SEINE_CONTROLLER_LISTEN_POLICY");
  EXPECT_EQ(options.names.trust_domain, "from.variable");
  EXPECT_EQ(options.listen_policy.port, 2);
  EXPECT_TRUE(options.destination_name.ends_with(".from.variable"));
}

TEST(Options, name_the_flag_that_is_wrong_in_one_sentence) {
  EXPECT_NE(refusal({"--listen-identity", "nowhere"}).find("--listen-identity"), std::string::npos);
  EXPECT_NE(refusal({"--no-such-flag"}).find("no-such-flag"), std::string::npos);
  EXPECT_NE(refusal({"--issuance-lifetime", "1s"}).find("at least 10s"), std::string::npos);
  EXPECT_NE(refusal({"--issuance-lifetime", "x"}).find("--issuance-lifetime"), std::string::npos);
  EXPECT_NE(refusal({"--default-inbound-policy", "allow"}).find("--default-inbound-policy"),
            std::string::npos);
  EXPECT_NE(refusal({"--default-inbound-policy", "cluster-authenticated"}).find("networks"),
            std::string::npos);
  EXPECT_EQ(refusal({"--trust-domain", "Not Good"}),
            "--trust-domain: \"Not Good\" is not a DNS name in lower case");
  EXPECT_NE(refusal({"--log-level", "loud"}).find("--log-level"), std::string::npos);
  EXPECT_NE(refusal({"--log-format", "xml"}).find("--log-format"), std::string::npos);
  EXPECT_NE(parse({}).error().message.find("--state-dir"), std::string::npos);
  EXPECT_NE(parse({"--state-dir", "/s"}).error().message.find("--workloads"), std::string::npos);
}

Result<Options> with_registry(std::vector<const char*> flags) {
  flags.insert(flags.end(), {"--state-dir", "/s", "--registry-dir", "/r"});
  auto parsed = parse(std::move(flags));
  if (!parsed) return fail(parsed.error());
  return std::get<Options>(*parsed);
}

TEST(Options, take_a_registry_in_the_place_of_workloads_whose_members_alone_may_call) {
  const auto options = with_registry({});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->registry->directory, "/r");
  EXPECT_EQ(options->registry->scope.cluster, "local");
  EXPECT_EQ(options->registry->scope.pods.to_string(), "100.96.0.0/16,fd00:5e1e::/64");
  EXPECT_EQ(options->registry->scope.services.to_string(), "100.97.0.0/16");
  EXPECT_EQ(options->default_inbound_policy.meta.name, "all-authenticated");
  EXPECT_EQ(with_registry({"--default-inbound-policy", "deny"})->default_inbound_policy.meta.name,
            "deny");
}

TEST(Options, say_which_flags_of_a_registry_cannot_be) {
  const auto why = [](std::vector<const char*> flags) {
    const auto options = with_registry(std::move(flags));
    return options ? std::string() : options.error().message;
  };
  EXPECT_EQ(why({"--workloads", "/w"}),
            "--registry-dir: takes the place of --workloads, so give one of them");
  EXPECT_NE(why({"--cluster-name", "My Cluster"}).find("--cluster-name"), std::string::npos);
  EXPECT_NE(why({"--pod-networks", "10.0.0.0"}).find("--pod-networks"), std::string::npos);
  EXPECT_NE(why({"--service-networks", "fd00::/64"}).find("IPv4"), std::string::npos);
  EXPECT_EQ(why({"--pod-networks", "10.0.0.0/8", "--service-networks", "10.1.0.0/16"}),
            "--service-networks: shares addresses with --pod-networks");
  EXPECT_EQ(refusal({"--pod-networks", "10.0.0.0/8"}),
            "--pod-networks: is of a registry, and needs --registry-dir");
}

TEST(Options, serve_pages_of_a_registry_where_they_are_told_to) {
  EXPECT_FALSE(with_registry({})->pages);
  const auto options = with_registry({"--web-listen", "127.0.0.1:0", "--assets", "/a"});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->pages->listen.to_string(), "127.0.0.1:0");
  EXPECT_EQ(options->pages->assets, "/a");
  EXPECT_EQ(refusal({"--web-listen", "127.0.0.1:0"}),
            "--web-listen: is of a registry, and needs --registry-dir");
  EXPECT_EQ(refusal({"--assets", "/a"}), "--assets: is of pages, and needs --web-listen");
  EXPECT_TRUE(
      with_registry({"--web-listen", "here"}).error().message.starts_with("--web-listen: "));
}

TEST(Options, need_no_workloads_to_print_trust_anchors) {
  const auto parsed = parse({"--state-dir", "/s", "--print-trust-anchors"});
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(std::get<Options>(*parsed).print_trust_anchors);
}

TEST(Options, print_version_and_help) {
  EXPECT_EQ(std::get<Printed>(parse({"--version"}).value()).text, "edge-1\n");
  EXPECT_NE(std::get<Printed>(parse({"--help"}).value()).text.find("--state-dir"),
            std::string::npos);
}

}  // namespace
}  // namespace seine::control
