// SPDX-License-Identifier: Apache-2.0
#include "proxy/trace/span_exporter.h"

#include <unistd.h>

#include "gtest/gtest.h"

#include "http/testing/http2_pair.h"
#include "opentelemetry/proto/collector/trace/v1/trace_service.pb.h"
#include "runtime/testing/test_loop.h"

namespace seine::proxy {
namespace {

using namespace std::chrono_literals;
namespace wire = opentelemetry::proto;

// A collector: answers with what `answer` says, and keeps what it got.
class Collector final : public http::Service {
 public:
  explicit Collector(runtime::EventLoop& loop) : loop_(loop) {}

  runtime::Task<Result<http::Response>> call(http::Request request) override {
    path = request.head.path;
    auto body = co_await http::collect(loop_, std::move(request.body), 1 << 24);
    if (hangs) {
      runtime::Waker never(loop_);
      co_await never.wait();
    }
    if (fails) co_return fail(make_error(ErrorCode::kConnectRefused, "nobody is there"));
    wire::collector::trace::v1::ExportTraceServiceRequest got;
    if (!body || !got.ParseFromString(body->bytes.substr(5))) {
      co_return fail(make_error(ErrorCode::kProtocol, "no request"));
    }
    requests.push_back(std::move(got));
    http::Response response;
    response.head.version = http::Version::kHttp2;
    response.head.headers.add("content-type", "application/grpc");
    http::Headers trailers;
    trailers.add("grpc-status", "0");
    const std::string message = answer.SerializeAsString();
    response.body = http::make_body(
        std::string(4, '\0') + static_cast<char>(message.size()) + message, std::move(trailers));
    co_return response;
  }

  std::string path;
  bool fails = false;
  bool hangs = false;
  wire::collector::trace::v1::ExportTraceServiceResponse answer;
  std::vector<wire::collector::trace::v1::ExportTraceServiceRequest> requests;

 private:
  runtime::EventLoop& loop_;
};

struct SpanExporterTest : ::testing::Test {
  std::string metrics() const {
    metrics::TextWriter writer;
    exporter.write(writer);
    return std::move(writer).finish();
  }
  void post(int count) {
    for (int i = 0; i < count; ++i) {
      Span span;
      span.name = "GET";
      box.post(std::move(span));
    }
  }

  runtime::testing::TestLoop t;
  const Log log{t.clock, STDERR_FILENO, LogLevel::kOff, LogFormat::kPlain};
  Collector collector{t.loop};
  const grpc::Channel channel{t.loop, collector, "collector:4317"};
  SpanBox box{t.loop};
  SpanExporter exporter{t.loop, log, channel,
                        box,    10s, {{"service.name", "one"}, {"service.name", "two"}}};
};

TEST_F(SpanExporterTest, a_span_says_all_that_is_known_of_it) {
  Span span;
  span.trace_id.fill(7);
  span.id.fill(8);
  span.parent.fill(9);
  span.is_server = true;
  span.flags = 1;
  span.trace_state = "a=b";
  span.name = "shop.Pay/Charge\xff";
  span.started = t.clock.wall_now();
  span.ended = span.started + 5ms;
  span.failed = true;
  span.error = "connect refused";
  span.attributes.emplace_back("url.path", "/a");
  span.attributes.emplace_back("http.response.status_code", std::int64_t{502});
  box.post(std::move(span));
  exporter.start();
  t.advance(11s);
  EXPECT_EQ(collector.path, "/opentelemetry.proto.collector.trace.v1.TraceService/Export");
  ASSERT_EQ(collector.requests.size(), 1U);
  const auto& all = collector.requests.front().resource_spans(0);
  ASSERT_EQ(all.resource().attributes_size(), 1);
  EXPECT_EQ(all.resource().attributes(0).value().string_value(), "two");
  const auto& sent = all.scope_spans(0).spans(0);
  EXPECT_EQ(sent.trace_id(), std::string(16, '\x07'));
  EXPECT_EQ(sent.span_id(), std::string(8, '\x08'));
  EXPECT_EQ(sent.parent_span_id(), std::string(8, '\x09'));
  EXPECT_EQ(sent.kind(), wire::trace::v1::Span::SPAN_KIND_SERVER);
  EXPECT_EQ(sent.name(), "shop.Pay/Charge\xef\xbf\xbd");
  EXPECT_EQ(sent.trace_state(), "a=b");
  EXPECT_EQ(sent.end_time_unix_nano() - sent.start_time_unix_nano(), 5'000'000U);
  EXPECT_EQ(sent.start_time_unix_nano(), 1'767'225'600'000'000'000U);
  EXPECT_EQ(sent.attributes(0).value().string_value(), "/a");
  EXPECT_EQ(sent.attributes(1).value().int_value(), 502);
  EXPECT_EQ(sent.status().code(), wire::trace::v1::Status::STATUS_CODE_ERROR);
  EXPECT_EQ(sent.status().message(), "connect refused");
}

TEST_F(SpanExporterTest, a_batch_goes_when_it_is_full_or_has_waited_for_the_interval) {
  exporter.start();
  post(3);
  t.advance(9s);
  EXPECT_TRUE(collector.requests.empty());
  t.advance(2s);
  ASSERT_EQ(collector.requests.size(), 1U);
  EXPECT_EQ(collector.requests[0].resource_spans(0).scope_spans(0).spans_size(), 3);

  post(static_cast<int>(kMaxBatch) + 1);
  t.advance(200ms);
  ASSERT_EQ(collector.requests.size(), 2U);
  EXPECT_EQ(collector.requests[1].resource_spans(0).scope_spans(0).spans_size(),
            static_cast<int>(kMaxBatch));
  t.advance(11s);
  ASSERT_EQ(collector.requests.size(), 3U);
  EXPECT_TRUE(metrics().contains("opentelemetry_span_exports_total 1004\n")) << metrics();
  EXPECT_TRUE(metrics().contains("opentelemetry_span_export_requests_total 3\n"));
}

TEST_F(SpanExporterTest, a_batch_is_no_larger_than_what_collectors_take) {
  exporter.start();
  for (int i = 0; i < 300; ++i) {
    Span span;
    span.name = std::string(10 * 1024, '\xff');
    box.post(std::move(span));
  }
  t.advance(21s);
  EXPECT_GT(collector.requests.size(), 1U);
  int got = 0;
  for (const auto& request : collector.requests) {
    EXPECT_LT(request.ByteSizeLong(), 4U * 1024 * 1024);
    got += request.resource_spans(0).scope_spans(0).spans_size();
  }
  EXPECT_EQ(got, 300);
}

TEST_F(SpanExporterTest, a_collector_that_is_away_or_silent_costs_the_spans_and_they_are_counted) {
  exporter.start();
  collector.fails = true;
  post(5);
  t.advance(11s);
  EXPECT_TRUE(metrics().contains("seine_trace_dropped_spans_total{reason=\"collector\"} 5\n"))
      << metrics();
  collector.fails = false;
  collector.hangs = true;
  post(2);
  t.advance(21s);
  EXPECT_TRUE(metrics().contains("seine_trace_dropped_spans_total{reason=\"collector\"} 7\n"));
  collector.hangs = false;
  post(1);
  t.advance(11s);
  EXPECT_TRUE(metrics().contains("opentelemetry_span_exports_total 1\n"));
}

TEST_F(SpanExporterTest, what_the_collector_refuses_is_counted) {
  exporter.start();
  collector.answer.mutable_partial_success()->set_rejected_spans(2);
  post(3);
  t.advance(11s);
  EXPECT_TRUE(metrics().contains("seine_trace_dropped_spans_total{reason=\"rejected\"} 2\n"));
  EXPECT_TRUE(metrics().contains("opentelemetry_span_exports_total 1\n"));
}

TEST_F(SpanExporterTest, at_the_end_what_is_left_is_sent) {
  exporter.start();
  post(static_cast<int>(kMaxBatch) + 500);
  t.run(exporter.finish());
  ASSERT_EQ(collector.requests.size(), 2U);
  EXPECT_EQ(collector.requests[1].resource_spans(0).scope_spans(0).spans_size(), 500);
}

TEST_F(SpanExporterTest, a_batch_that_is_under_way_at_the_end_is_not_forgotten) {
  exporter.start();
  collector.hangs = true;
  post(3);
  t.advance(11s);
  EXPECT_TRUE(metrics().contains("opentelemetry_span_export_requests_total 1\n")) << metrics();
  collector.hangs = false;
  t.run(exporter.finish());
  EXPECT_TRUE(metrics().contains("opentelemetry_span_exports_total 3\n")) << metrics();
}

TEST_F(SpanExporterTest, what_there_is_no_time_for_at_the_end_is_lost_and_counted) {
  collector.hangs = true;
  post(static_cast<int>(kMaxBatch) + 500);
  runtime::TaskScope scope(t.loop, [](Error) {});
  scope.spawn(exporter.finish());
  t.advance(kLastExportTimeout + 1s);
  EXPECT_EQ(scope.size(), 0U);
  EXPECT_TRUE(metrics().contains("seine_trace_dropped_spans_total{reason=\"collector\"} 1500\n"))
      << metrics();
}

}  // namespace
}  // namespace seine::proxy
