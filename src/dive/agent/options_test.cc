// SPDX-License-Identifier: Apache-2.0
#include "dive/agent/options.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <vector>

namespace seine::dive {
namespace {

Result<std::variant<AgentOptions, Printed>> parse(std::vector<const char*> words) {
  words.insert(words.begin(), "seine-dive-agent");
  return parse_agent_options(static_cast<int>(words.size()), words.data(), "edge-test");
}

std::vector<const char*> whole(std::vector<const char*> more) {
  std::vector<const char*> words = {"--dive",        "dive.dive.svc.cluster.local:8085",
                                    "--feed-socket", "/run/feed.sock",
                                    "--state-dir",   "/var/lib/agent"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::string refusal(std::vector<const char*> words) {
  const auto parsed = parse(std::move(words));
  EXPECT_FALSE(parsed);
  if (parsed) return "";
  EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidConfig);
  return parsed.error().message;
}

TEST(AgentOptions, are_read_from_flags) {
  const auto parsed = parse(whole({"--cluster", "prod", "--log-format", "json"}));
  ASSERT_TRUE(parsed) << parsed.error().message;
  const auto& options = std::get<AgentOptions>(*parsed);
  EXPECT_EQ(options.dive_host, "dive.dive.svc.cluster.local");
  EXPECT_EQ(options.dive_port, 8085);
  EXPECT_EQ(options.authority(), "dive.dive.svc.cluster.local:8085");
  EXPECT_EQ(options.cluster, "prod");
  EXPECT_EQ(options.admin_listen.to_string(), "127.0.0.1:9991");
  EXPECT_EQ(options.log_format, LogFormat::kJson);
}

TEST(AgentOptions, are_read_from_the_environment_where_there_is_no_flag) {
  ::setenv("SEINE_DIVE_AGENT_CLUSTER", "prod", 1);
  ::setenv("SEINE_DIVE_AGENT_DIVE", "[fd00::1]:80", 1);
  const auto parsed = parse({"--feed-socket", "/f", "--state-dir", "/s", "--cluster", "mine"});
  ::unsetenv("SEINE_DIVE_AGENT_CLUSTER");
  ::unsetenv("SEINE_DIVE_AGENT_DIVE");
  ASSERT_TRUE(parsed) << parsed.error().message;
  const auto& options = std::get<AgentOptions>(*parsed);
  EXPECT_EQ(options.cluster, "mine");
  EXPECT_EQ(options.dive_host, "fd00::1");
  EXPECT_EQ(options.authority(), "[fd00::1]:80");
}

TEST(AgentOptions, that_cannot_be_used_are_refused_in_one_sentence) {
  EXPECT_EQ(refusal({}), "--dive: is required");
  EXPECT_NE(refusal({"--dive", "dive"}).find("HOST:PORT"), std::string::npos);
  for (const char* dive : {"dive:", "dive:0", "dive:65536", "dive:80x", ":80"}) {
    EXPECT_TRUE(refusal({"--dive", dive}).starts_with("--dive: ")) << dive;
  }
  EXPECT_EQ(refusal({"--dive", "d:1"}), "--feed-socket: is required");
  EXPECT_EQ(refusal({"--dive", "d:1", "--feed-socket", "/f"}), "--state-dir: is required");
  EXPECT_TRUE(refusal(whole({"--admin-listen", "x"})).starts_with("--admin-listen: "));
  EXPECT_TRUE(refusal(whole({"--log-level", "loud"})).starts_with("--log-level: "));
  EXPECT_TRUE(refusal(whole({"--log-format", "xml"})).starts_with("--log-format: "));
  EXPECT_TRUE(refusal(whole({"--cluster", ""})).starts_with("--cluster: "));
  EXPECT_NE(refusal(whole({"--join-token", "secret"})), "") << "a token is never a flag";
}

TEST(AgentOptions, print_help_and_version) {
  EXPECT_EQ(std::get<Printed>(*parse({"--version"})).text, "edge-test\n");
  EXPECT_NE(std::get<Printed>(*parse({"--help"})).text.find("--feed-socket"), std::string::npos);
}

}  // namespace
}  // namespace seine::dive
