// SPDX-License-Identifier: Apache-2.0
#include "proxy/trace/trace_config.h"

#include <map>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace seine::proxy {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

std::map<std::string, std::string> last_words(const TraceAttributes& attributes) {
  std::map<std::string, std::string> words;
  for (const auto& [key, value] : attributes) words[key] = value;
  return words;
}

TEST(TraceConfig, the_lines_of_the_downward_api_are_read_and_others_left_out) {
  EXPECT_THAT(parse_attribute_lines("app=\"web\"\nnote=\"a\\\"b\\\\c\\nd\"\r\n\nno line\n=\"x\"\n"
                                    "broken=\"x\nplain=word\nodd=\"a\\qb\""),
              ElementsAre(Pair("app", "web"), Pair("note", "a\"b\\c\nd"), Pair("plain", "word")));
}

TEST(TraceConfig, nothing_is_longer_or_more_than_its_limit) {
  std::string lines;
  for (int i = 0; i < 1000; ++i) lines += "k" + std::to_string(i) + "=v\n";
  EXPECT_EQ(parse_attribute_lines(lines).size(), kMaxResourceAttributes);
  EXPECT_THAT(parse_attribute_lines("k=" + std::string(kMaxResourceText + 1, 'v')), IsEmpty());
}

TEST(TraceConfig, a_proxy_is_called_as_linkerds_and_starts_no_traces_unless_told) {
  const Environment variables;
  EnvironmentReader env(variables);
  const TraceConfig config = read_trace_config(env);
  EXPECT_THAT(config.attributes, ElementsAre(Pair("service.name", "linkerd-proxy")));
  EXPECT_EQ(config.start_ratio, 0);
  EXPECT_EQ(config.interval, 10s);
  EXPECT_THAT(env.problems(), IsEmpty());
}

TEST(TraceConfig, what_a_process_says_of_itself_comes_from_four_variables) {
  const Environment variables = {
      {"OTEL_RESOURCE_ATTRIBUTES", "service.name=lost,team=a%20b%2Cc,bad=%zz,zone=z1"},
      {"HOSTNAME", "web-0"},
      {"LINKERD2_PROXY_TRACE_EXTRA_ATTRIBUTES", "k8s.pod.uid=123\nzone=z2\n"},
      {"LINKERD2_PROXY_TRACE_SERVICE_NAME", "web"},
      {"SEINE_PROXY_TRACE_START_RATIO", "0.25"},
      {"SEINE_PROXY_TRACE_INTERVAL", "1s"}};
  EnvironmentReader env(variables);
  const TraceConfig config = read_trace_config(env);
  EXPECT_THAT(last_words(config.attributes),
              ElementsAre(Pair("host.name", "web-0"), Pair("k8s.pod.uid", "123"),
                          Pair("service.name", "web"), Pair("team", "a b,c"), Pair("zone", "z2")));
  EXPECT_EQ(config.start_ratio, 0.25);
  EXPECT_EQ(config.interval, 1s);
}

TEST(TraceConfig, what_cannot_be_is_refused_in_a_sentence) {
  const Environment variables = {{"SEINE_PROXY_TRACE_START_RATIO", "-1"},
                                 {"SEINE_PROXY_TRACE_INTERVAL", "5m"}};
  EnvironmentReader env(variables);
  (void)read_trace_config(env);
  EXPECT_THAT(env.problems(),
              ElementsAre("SEINE_PROXY_TRACE_START_RATIO: expected a ratio from 0.0 to 1.0",
                          "SEINE_PROXY_TRACE_INTERVAL: must be from 100ms to 60s"));
}

}  // namespace
}  // namespace seine::proxy
