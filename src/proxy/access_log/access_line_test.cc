// SPDX-License-Identifier: Apache-2.0
#include "proxy/access_log/access_line.h"

#include "gtest/gtest.h"

namespace seine::proxy {
namespace {

using namespace std::chrono_literals;

AccessFacts sample() {
  const TimePoint start(1000s);
  AccessFacts facts{.timestamp = ManualClock().wall_now(),
                    .client_addr = "10.0.0.9:1234",
                    .client_id = "web.shop.id",
                    .target_addr = "10.0.0.1:8080",
                    .host = "payments:8080",
                    .method = "POST",
                    .uri = "/charge?a=b",
                    .version = "HTTP/1.1",
                    .request_bytes = "5",
                    .trace_id = "",
                    .user_agent = "curl/8",
                    .headers = {},
                    .end = {}};
  facts.end = {.started = start,
               .answered = start + 2ms,
               .ended = start + 5ms,
               .status = 200,
               .grpc_status = std::nullopt,
               .response_bytes = 12,
               .error = {},
               .broken = false};
  return facts;
}

AccessLogConfig json() {
  AccessLogConfig config;
  config.fields = linkerd_access_fields();
  return config;
}
AccessLogConfig apache() {
  AccessLogConfig config;
  config.format = AccessLogFormat::kApache;
  return config;
}

TEST(AccessLine, apache_is_as_linkerds) {
  EXPECT_EQ(access_line(apache(), sample()),
            "10.0.0.9:1234 web.shop.id - [2026-01-01T00:00:00.000Z] \"POST /charge?a=b HTTP/1.1\" "
            "200\n");
}

TEST(AccessLine, json_has_linkerds_fields_with_linkerds_types) {
  EXPECT_EQ(
      access_line(json(), sample()),
      R"({"client.addr":"10.0.0.9:1234","client.id":"web.shop.id","host":"payments:8080",)"
      R"("method":"POST","processing_ns":"2000000","request_bytes":"5","response_bytes":"12",)"
      R"("status":200,"timestamp":"2026-01-01T00:00:00.000Z","total_ns":"5000000","trace_id":"",)"
      R"("uri":"/charge?a=b","user_agent":"curl/8","version":"HTTP/1.1"})"
      "\n");
}

TEST(AccessLine, a_request_without_an_answer_and_a_client_without_an_identity_show_dashes) {
  AccessFacts facts = sample();
  facts.client_id = {};
  facts.end.status = 0;
  facts.end.answered.reset();
  EXPECT_EQ(access_line(apache(), facts),
            "10.0.0.9:1234 - - [2026-01-01T00:00:00.000Z] \"POST /charge?a=b HTTP/1.1\" -\n");
  EXPECT_TRUE(access_line(json(), facts).contains(R"("client.id":"-")"));
  EXPECT_TRUE(access_line(json(), facts).contains(R"("processing_ns":"5000000")"));
}

TEST(AccessLine, no_value_ends_its_line_or_its_quotes) {
  AccessFacts facts = sample();
  facts.uri = "/\" 200\n10.0.0.1 x\x7f\\";
  facts.user_agent = "a\"b\\c\r\n\x1b[31m\xff\xc3\xa9 \xe2\x80\xae \xe2\x80\xa8 \xc2\x85";
  EXPECT_TRUE(access_line(apache(), facts)
                  .contains("\"POST /\\\" 200\\x0a10.0.0.1 x\\x7f\\\\ HTTP/1.1\" 200\n"));
  const std::string line = access_line(json(), facts);
  EXPECT_TRUE(line.contains(R"("uri":"/\" 200\u000a10.0.0.1 x\u007f\\")")) << line;
  EXPECT_TRUE(
      line.contains("\"user_agent\":\"a\\\"b\\\\c\\u000d\\u000a\\u001b[31m\\ufffd\xc3\xa9 "
                    "\\u202e \\u2028 \\u0085\""))
      << line;
  EXPECT_EQ(line.find('\n'), line.size() - 1);
}

TEST(AccessLine, long_values_are_cut_between_characters_and_say_so) {
  AccessFacts facts = sample();
  const std::string uri(100'000, 'u');
  facts.uri = uri;
  std::string agent;
  for (int i = 0; i < 1000; ++i) agent += "\xc3\xa9";
  facts.user_agent = agent;
  const std::string line = access_line(json(), facts);
  EXPECT_TRUE(line.contains("\"uri\":\"" + uri.substr(0, kMaxAccessUri - 3) + "...\"")) << line;
  EXPECT_TRUE(line.contains(agent.substr(0, kMaxAccessValue - 4) + "...\"")) << line;
  EXPECT_TRUE(access_line(apache(), facts).ends_with("... HTTP/1.1\" 200\n"));
}

TEST(AccessLine, a_value_that_just_fits_is_not_cut) {
  AccessFacts facts = sample();
  const std::string agent(kMaxAccessValue, 'a');
  facts.user_agent = agent;
  EXPECT_TRUE(access_line(json(), facts).contains("\"" + agent + "\""));
}

TEST(AccessLine, of_many_long_fields_the_line_stays_whole_and_within_its_limit) {
  AccessLogConfig config;
  config.format = AccessLogFormat::kFields;
  const std::string control(10'000, '\x01');
  std::vector<std::string> values;
  config.fields = {{"uri", AccessFact::kUri, {}}};
  for (std::size_t i = 0; i < kMaxAccessFields - 2; ++i) {
    config.fields.push_back(
        {std::string(16, static_cast<char>('A' + i)), AccessFact::kHeader, "x", i});
    values.push_back(control);
  }
  config.fields.push_back({"total_ns", AccessFact::kTotalNs, {}});
  AccessFacts facts = sample();
  facts.uri = control;
  facts.headers = values;
  const std::string line = access_line(config, facts);
  EXPECT_LE(line.size(), kMaxAccessLine);
  EXPECT_TRUE(line.ends_with(",\"total_ns\":5000000}\n")) << line;
}

TEST(AccessLine, fields_that_were_asked_for_have_their_own_types) {
  AccessLogConfig config;
  config.format = AccessLogFormat::kFields;
  config.fields = {{"env", AccessFact::kText, "a\"b"},
                   {"status", AccessFact::kStatus, {}},
                   {"request_bytes", AccessFact::kRequestBytes, {}},
                   {"grpc_status", AccessFact::kGrpcStatus, {}},
                   {"error", AccessFact::kError, {}},
                   {"header.x-team", AccessFact::kHeader, "x-team", 0}};
  AccessFacts facts = sample();
  const std::vector<std::string> headers = {"blue"};
  facts.headers = headers;
  facts.request_bytes = "12x";
  facts.end.error = "loadshed";
  facts.end.status = 503;
  EXPECT_EQ(access_line(config, facts),
            R"({"env":"a\"b","status":503,"request_bytes":null,"grpc_status":null,)"
            R"("error":"loadshed","header.x-team":"blue"})"
            "\n");
  facts.end.grpc_status = 14;
  EXPECT_TRUE(access_line(config, facts).contains("\"grpc_status\":14,"));
}

}  // namespace
}  // namespace seine::proxy
