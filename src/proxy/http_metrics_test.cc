// SPDX-License-Identifier: Apache-2.0
#include "proxy/http_metrics.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "runtime/testing/test_loop.h"

namespace seine::proxy {
namespace {

using namespace std::chrono_literals;
using runtime::testing::TestLoop;
using ::testing::HasSubstr;
using ::testing::Not;

// A body that a test drives: data, then an end or an error.
class ScriptedBody final : public http::Body {
 public:
  std::vector<std::string> pieces;
  std::optional<http::Headers> end_trailers;
  std::optional<Error> failure;

  http::BodyPoll poll(runtime::Wakeable&, runtime::Bytes& data) override {
    if (!pieces.empty()) {
      data = runtime::Bytes::copy_of(pieces.front());
      pieces.erase(pieces.begin());
      return http::BodyPoll::kData;
    }
    return failure ? http::BodyPoll::kError : http::BodyPoll::kEnd;
  }
  const http::Headers* trailers() const override { return end_trailers ? &*end_trailers : nullptr; }
  const Error& error() const override { return *failure; }
};

struct Lab {
  TestLoop t;
  metrics::Registry registry{t.clock, 1};
  Telemetry telemetry{registry};
  EndpointLabels labels{.direction = Direction::kOutbound,
                        .target = SocketAddr::parse("10.0.0.1:80").value(),
                        .tls = TlsLabels::meshed("web.id")};
  std::shared_ptr<HttpSeries> series = std::make_shared<HttpSeries>(telemetry, 0, labels);
  bool first_byte = false;

  http::Response observed(http::Response response) {
    return observe(std::move(response), {.loop = t.loop,
                                         .series = series,
                                         .started = t.loop.now(),
                                         .first_byte = [this] { first_byte = true; },
                                         .held = nullptr});
  }
  Result<http::Collected> read(http::Response response) {
    return t.run(http::collect(t.loop, std::move(response.body), 1000));
  }
};

constexpr char kCommon[] =
    "direction=\"outbound\",target_addr=\"10.0.0.1:80\",target_ip=\"10.0.0.1\","
    "target_port=\"80\",tls=\"true\",server_id=\"web.id\"";

TEST(HttpMetrics, a_response_without_content_counts_at_once) {
  Lab lab;
  http::Response response;
  response.head.status = 204;
  lab.observed(std::move(response));
  EXPECT_TRUE(lab.first_byte);
  EXPECT_THAT(lab.registry.scrape(),
              HasSubstr(std::string("response_total{") + kCommon +
                        ",status_code=\"204\",classification=\"success\",error=\"\"} 1"));
}

TEST(HttpMetrics, latency_ends_with_the_first_byte_and_the_count_with_the_last) {
  Lab lab;
  auto body = std::make_unique<ScriptedBody>();
  body->pieces = {"a", "b"};
  http::Response response = lab.observed({.head = {}, .body = std::move(body)});
  lab.t.advance(25ms);
  EXPECT_THAT(lab.registry.scrape(), Not(HasSubstr("response_total{")));
  ASSERT_TRUE(lab.read(std::move(response)).has_value());
  const std::string text = lab.registry.scrape();
  EXPECT_THAT(text, HasSubstr(std::string("response_latency_ms_bucket{") + kCommon +
                              ",status_code=\"200\",le=\"20\"} 0"));
  EXPECT_THAT(text, HasSubstr(std::string("response_latency_ms_bucket{") + kCommon +
                              ",status_code=\"200\",le=\"30\"} 1"));
  EXPECT_THAT(text, HasSubstr(std::string("response_total{") + kCommon +
                              ",status_code=\"200\",classification=\"success\",error=\"\"} 1"));
}

TEST(HttpMetrics, a_grpc_failure_is_found_in_the_trailers) {
  Lab lab;
  auto body = std::make_unique<ScriptedBody>();
  body->end_trailers.emplace().add("grpc-status", "13");
  http::Response response;
  response.head.headers.add("content-type", "application/grpc");
  response.body = std::move(body);
  ASSERT_TRUE(lab.read(lab.observed(std::move(response))).has_value());
  EXPECT_THAT(lab.registry.scrape(),
              HasSubstr("classification=\"failure\",grpc_status=\"13\",error=\"\"} 1"));
}

TEST(HttpMetrics, a_broken_stream_says_which_cause) {
  Lab lab;
  auto body = std::make_unique<ScriptedBody>();
  body->failure = errno_error(ErrorCode::kRead, 104, "gone");
  ASSERT_FALSE(lab.read(lab.observed({.head = {}, .body = std::move(body)})).has_value());
  EXPECT_THAT(lab.registry.scrape(),
              HasSubstr("classification=\"failure\",error=\"read error ECONNRESET\"} 1"));
}

TEST(HttpMetrics, a_reader_that_gives_up_is_no_failure_of_the_server) {
  Lab lab;
  auto body = std::make_unique<ScriptedBody>();
  body->pieces = {"a"};
  {
    const http::Response dropped = lab.observed({.head = {}, .body = std::move(body)});
  }
  EXPECT_THAT(lab.registry.scrape(), HasSubstr("classification=\"success\",error=\"\"} 1"));
}

TEST(HttpMetrics, a_response_may_end_after_the_policy_that_permitted_it_is_gone) {
  Lab lab;
  auto policy = std::make_unique<model::Metadata>(model::Metadata::make_default("a-route"));
  lab.labels.route = *policy;
  lab.series = std::make_shared<HttpSeries>(lab.telemetry, 0, lab.labels);
  auto body = std::make_unique<ScriptedBody>();
  body->pieces = {"a"};
  http::Response response = lab.observed({.head = {}, .body = std::move(body)});
  policy.reset();
  ASSERT_TRUE(lab.read(std::move(response)).has_value());
  EXPECT_THAT(lab.registry.scrape(),
              HasSubstr("route_name=\"a-route\",status_code=\"200\",classification"));
}

TEST(HttpMetrics, classification_follows_status_and_grpc_code) {
  EXPECT_TRUE(is_success(200, ""));
  EXPECT_TRUE(is_success(404, ""));
  EXPECT_FALSE(is_success(500, ""));
  EXPECT_TRUE(is_success(200, "5"));
  for (const char* code : {"2", "4", "7", "13", "14", "15"}) EXPECT_FALSE(is_success(200, code));
}

}  // namespace
}  // namespace seine::proxy
