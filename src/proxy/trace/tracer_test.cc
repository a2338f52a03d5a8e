// SPDX-License-Identifier: Apache-2.0
#include "proxy/trace/tracer.h"

#include <map>
#include <set>

#include "gtest/gtest.h"

#include "runtime/testing/test_loop.h"

namespace seine::proxy {
namespace {

using namespace std::chrono_literals;

const std::string kParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

struct TracerTest : ::testing::Test {
  Traced open(http::RequestHead& head, double start_ratio = 0, bool may_start = true) {
    tracers.push_back(std::make_unique<Tracer>(t.loop, t.clock, box, start_ratio));
    return tracers.back()->open(head, {.direction = Direction::kOutbound,
                                       .client = SocketAddr::parse("10.0.0.9:1234").value(),
                                       .target = SocketAddr::parse("10.0.0.1:80").value(),
                                       .may_start = may_start});
  }
  static http::RequestHead head_with(const std::string& parent) {
    http::RequestHead head;
    head.method = "GET";
    head.path = "/a?secret=1";
    head.headers.add("host", "payments");
    if (!parent.empty()) head.headers.add("traceparent", parent);
    return head;
  }
  static std::map<std::string, std::string> texts(const Span& span) {
    std::map<std::string, std::string> out;
    for (const auto& [key, value] : span.attributes) {
      const auto* text = std::get_if<std::string>(&value);
      out.emplace(key, text != nullptr ? *text : std::to_string(std::get<std::int64_t>(value)));
    }
    return out;
  }

  runtime::testing::TestLoop t;
  SpanBox box{t.loop};
  std::vector<std::unique_ptr<Tracer>> tracers;
};

TEST_F(TracerTest, a_request_of_a_sampled_trace_goes_on_from_a_span_of_ours) {
  http::RequestHead head = head_with(kParent);
  head.headers.add("tracestate", "a=b");
  {
    Traced traced = open(head);
    ASSERT_NE(traced.span, nullptr);
    traced.span->note("server.id", "payments.id");
    t.advance(7ms);
    http::Response response;
    response.head.status = 204;
    response = ExchangeWatch::watch(std::move(traced.watch), std::move(response));
  }
  const std::vector<Span> spans = box.take();
  ASSERT_EQ(spans.size(), 1U);
  const Span& span = spans.front();
  EXPECT_EQ(span.trace_id[0], 0x0a);
  EXPECT_EQ(span.parent, (SpanId{0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31}));
  EXPECT_NE(span.id, span.parent);
  EXPECT_FALSE(span.is_server);
  EXPECT_EQ(span.name, "GET");
  EXPECT_EQ(span.trace_state, "a=b");
  EXPECT_EQ(span.ended - span.started, 7ms);
  EXPECT_FALSE(span.failed);
  const auto attributes = texts(span);
  EXPECT_EQ(attributes.at("url.path"), "/a");
  EXPECT_EQ(attributes.at("http.request.method"), "GET");
  EXPECT_EQ(attributes.at("http.response.status_code"), "204");
  EXPECT_EQ(attributes.at("authority"), "payments");
  EXPECT_EQ(attributes.at("server.id"), "payments.id");
  // Whoever gets the request sees our span as its parent.
  const auto sent = read_trace(head.headers);
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->span_id, span.id);
  EXPECT_EQ(sent->trace_id, span.trace_id);
  EXPECT_EQ(head.headers.get("tracestate"), "a=b");
}

TEST_F(TracerTest, unsampled_and_unreadable_and_no_traces_are_passed_on_as_they_came) {
  for (const std::string& parent :
       {kParent.substr(0, 53) + "00", std::string("nonsense"), std::string()}) {
    http::RequestHead head = head_with(parent);
    EXPECT_FALSE(open(head).watch.on());
    EXPECT_EQ(head.headers.get("traceparent").value_or(""), parent);
  }
  EXPECT_TRUE(box.take().empty());
}

TEST_F(TracerTest, a_request_that_was_given_up_is_a_failed_span) {
  http::RequestHead head = head_with(kParent);
  {
    const Traced traced = open(head);
  }
  const std::vector<Span> spans = box.take();
  ASSERT_EQ(spans.size(), 1U);
  EXPECT_TRUE(spans.front().failed);
  EXPECT_EQ(texts(spans.front()).at("error.type"), "cancelled");
}

TEST_F(TracerTest, a_trace_is_started_only_where_that_is_asked_for_and_allowed) {
  http::RequestHead head = head_with("");
  EXPECT_FALSE(open(head, 1, /*may_start=*/false).watch.on());
  EXPECT_TRUE(open(head, 1).watch.on());
  const auto started = read_trace(head.headers);
  ASSERT_TRUE(started);
  EXPECT_TRUE(started->is_sampled);
  const std::vector<Span> spans = box.take();
  ASSERT_EQ(spans.size(), 1U);
  EXPECT_EQ(spans.front().parent, SpanId{});
  // A trace that others decided not to sample stays unsampled.
  http::RequestHead unsampled = head_with(kParent.substr(0, 53) + "00");
  EXPECT_FALSE(open(unsampled, 1).watch.on());
  // Of one that cannot be read its state goes too.
  http::RequestHead broken = head_with("nonsense");
  broken.headers.add("tracestate", "a=b");
  EXPECT_TRUE(open(broken, 1).watch.on());
  EXPECT_FALSE(broken.headers.contains("tracestate"));
}

TEST_F(TracerTest, as_many_traces_are_started_as_the_ratio_says_and_no_two_are_the_same) {
  Tracer tracer(t.loop, t.clock, box, 0.5);
  for (int i = 0; i < 2000; ++i) {
    http::RequestHead head = head_with("");
    tracer.open(head, {.may_start = true});
  }
  std::set<SpanId> ids;
  for (const Span& span : box.take()) ids.insert(span.id);
  EXPECT_GT(ids.size(), 850U);
  EXPECT_LT(ids.size(), 1150U);
}

TEST_F(TracerTest, what_waits_is_bounded_and_the_rest_is_counted) {
  for (std::size_t i = 0; i < kMaxWaitingSpans + 5; ++i) box.post(Span{});
  EXPECT_EQ(box.dropped(), 5U);
  std::vector<Span> taken = box.take();
  EXPECT_EQ(taken.size(), kMaxWaitingSpans);
  box.release(taken);
  Span large;
  large.name = std::string(1024 * 1024, 'x');
  for (int i = 0; i < 40; ++i) box.post(large);
  EXPECT_EQ(box.dropped(), 5U + 40 - 31);
  taken = box.take();
  EXPECT_EQ(taken.size(), 31U);
  box.post(large);
  EXPECT_TRUE(box.take().empty()) << "what is not sent yet still counts";
  box.release(taken);
  box.post(large);
  EXPECT_EQ(box.take().size(), 1U);
}

TEST_F(TracerTest, of_a_long_text_no_more_memory_is_held_than_of_what_is_kept) {
  http::RequestHead head = head_with(kParent);
  head.path = "/" + std::string(60'000, 'a');
  open(head);
  const std::vector<Span> spans = box.take();
  ASSERT_EQ(spans.size(), 1U);
  for (const auto& [key, value] : spans.front().attributes) {
    const auto* text = std::get_if<std::string>(&value);
    if (text != nullptr) EXPECT_LE(text->capacity(), 2 * kMaxSpanText) << key;
  }
  EXPECT_EQ(texts(spans.front()).at("url.path").size(), kMaxSpanText);
}

TEST_F(TracerTest, the_name_of_a_grpc_span_has_no_query) {
  http::RequestHead head = head_with(kParent);
  head.path = "/shop.Pay/Charge?secret=1";
  head.headers.add("content-type", "application/grpc");
  open(head);
  EXPECT_EQ(box.take().at(0).name, "shop.Pay/Charge");
}

TEST_F(TracerTest, no_trace_is_started_where_b3_says_no_without_naming_one) {
  for (const auto& [name, value] :
       {std::pair("b3", "0"), {"x-b3-sampled", "0"}, {"x-b3-sampled", "false"}}) {
    http::RequestHead head = head_with("");
    head.headers.add(name, value);
    EXPECT_FALSE(open(head, 1).watch.on()) << name << ": " << value;
  }
  http::RequestHead head = head_with("");
  head.headers.add("x-b3-sampled", "1");
  EXPECT_TRUE(open(head, 1).watch.on());
}

}  // namespace
}  // namespace seine::proxy
