// SPDX-License-Identifier: Apache-2.0
#include "proxy/access_log/access_log_config.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace seine::proxy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Read {
  explicit Read(Environment environment) : variables(std::move(environment)), env(variables) {
    config = read_access_log(env);
  }
  Environment variables;
  EnvironmentReader env;
  std::optional<AccessLogConfig> config;
};

Read fields(const std::string& list) {
  return Read({{"LINKERD2_PROXY_ACCESS_LOG", "json"}, {"SEINE_PROXY_ACCESS_LOG_FIELDS", list}});
}

TEST(AccessLogConfig, there_is_none_unless_it_is_asked_for) {
  const Read none({});
  EXPECT_FALSE(none.config);
  EXPECT_THAT(none.env.problems(), IsEmpty());
  const Read json({{"LINKERD2_PROXY_ACCESS_LOG", "json"}});
  ASSERT_TRUE(json.config);
  EXPECT_EQ(json.config->format, AccessLogFormat::kJson);
  EXPECT_EQ(json.config->fields.size(), 14U);
  EXPECT_EQ(json.config->sample, 1);
  const Read apache(
      {{"LINKERD2_PROXY_ACCESS_LOG", "apache"}, {"SEINE_PROXY_ACCESS_LOG_SAMPLE", "0.01"}});
  ASSERT_TRUE(apache.config);
  EXPECT_EQ(apache.config->format, AccessLogFormat::kApache);
  EXPECT_EQ(apache.config->sample, 0.01);
}

TEST(AccessLogConfig, facts_headers_and_fixed_texts_may_be_asked_for) {
  const Read read = fields("status, header:X-Team,env=prod,total_ns,header:x-request-id");
  ASSERT_TRUE(read.config);
  ASSERT_THAT(read.env.problems(), IsEmpty());
  EXPECT_EQ(read.config->format, AccessLogFormat::kFields);
  EXPECT_THAT(read.config->headers, ElementsAre("x-team", "x-request-id"));
  const auto& all = read.config->fields;
  ASSERT_EQ(all.size(), 5U);
  EXPECT_EQ(all[0].fact, AccessFact::kStatus);
  EXPECT_EQ(all[1].key, "header.x-team");
  EXPECT_EQ(all[2].key, "env");
  EXPECT_EQ(all[2].text, "prod");
  EXPECT_EQ(all[4].header, 1U);
}

TEST(AccessLogConfig, what_cannot_be_is_refused_in_a_sentence) {
  const auto problem = [](const Read& read) {
    return read.env.problems().empty() ? std::string() : read.env.problems().front();
  };
  EXPECT_EQ(problem(Read({{"LINKERD2_PROXY_ACCESS_LOG", "clf"}})),
            "LINKERD2_PROXY_ACCESS_LOG: expected apache or json");
  EXPECT_THAT(problem(Read({{"SEINE_PROXY_ACCESS_LOG_SAMPLE", "2"}})), HasSubstr("a ratio"));
  EXPECT_THAT(problem(Read({{"SEINE_PROXY_ACCESS_LOG_FIELDS", "status"}})),
              HasSubstr("needs LINKERD2_PROXY_ACCESS_LOG=json"));
  EXPECT_THAT(problem(fields("statsu")), HasSubstr("'statsu' is not known: expected client.addr"));
  EXPECT_THAT(problem(fields("header:a b")), HasSubstr("names no header"));
  EXPECT_THAT(problem(fields("header:Authorization")), HasSubstr("carries credentials"));
  EXPECT_THAT(problem(fields("header:cookie")), HasSubstr("carries credentials"));
  EXPECT_THAT(problem(fields("env=")), HasSubstr("is no key=value"));
  EXPECT_THAT(problem(fields("env=a\nb")), HasSubstr("'env=a\\x0ab' is no key=value"));
  EXPECT_THAT(problem(fields("status,status")), HasSubstr("stands there twice"));
  EXPECT_THAT(problem(fields(" , ")), HasSubstr("names no field"));
  std::string many;
  for (int i = 0; i < 33; ++i) many += "k" + std::to_string(i) + "=v,";
  EXPECT_THAT(problem(fields(many)), HasSubstr("more than 32 fields"));
  std::string wide;
  for (int i = 10; i < 20; ++i) wide += std::to_string(i) + std::string(60, 'k') + "=v,";
  EXPECT_THAT(problem(fields(wide)), HasSubstr("more than 512 bytes"));
}

}  // namespace
}  // namespace seine::proxy
