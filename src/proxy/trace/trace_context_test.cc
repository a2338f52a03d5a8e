// SPDX-License-Identifier: Apache-2.0
#include "proxy/trace/trace_context.h"

#include "gtest/gtest.h"

namespace seine::proxy {
namespace {

constexpr TraceId kTrace = {0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd, 0x43, 0xdd,
                            0x84, 0x48, 0xeb, 0x21, 0x1c, 0x80, 0x31, 0x9c};
constexpr SpanId kSpan = {0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31};
constexpr SpanId kChild = {1, 2, 3, 4, 5, 6, 7, 8};
const std::string kHexTrace = "0af7651916cd43dd8448eb211c80319c";
const std::string kHexSpan = "b7ad6b7169203331";

http::Headers with(std::initializer_list<std::pair<std::string, std::string>> fields) {
  http::Headers headers;
  for (const auto& [name, value] : fields) headers.add(name, value);
  return headers;
}

TEST(TraceContext, w3c_is_read_and_its_child_written) {
  http::Headers headers = with({{"traceparent", "00-" + kHexTrace + "-" + kHexSpan + "-01"},
                                {"tracestate", "vendor=x,other=y"}});
  const auto context = read_trace(headers);
  ASSERT_TRUE(context);
  EXPECT_EQ(context->trace_id, kTrace);
  EXPECT_EQ(context->span_id, kSpan);
  EXPECT_TRUE(context->is_sampled);
  write_trace(*context, kChild, headers);
  EXPECT_EQ(headers.get("traceparent"), "00-" + kHexTrace + "-0102030405060708-01");
  EXPECT_EQ(headers.get("tracestate"), "vendor=x,other=y");
}

TEST(TraceContext, w3c_that_is_not_written_as_it_has_to_be_is_no_trace) {
  const std::string rest = "-" + kHexTrace + "-" + kHexSpan + "-01";
  for (const std::string& bad :
       {std::string(), std::string("00"), "ff" + rest, "0" + rest, "00" + rest + "-more",
        "00" + rest + " ", "0g" + rest, "00-0AF7651916CD43DD8448EB211C80319C-" + kHexSpan + "-01",
        "00-" + std::string(32, '0') + "-" + kHexSpan + "-01",
        "00-" + kHexTrace + "-" + std::string(16, '0') + "-01",
        "00-" + kHexTrace + "_" + kHexSpan + "-01", "00-" + kHexTrace + "-" + kHexSpan + "-1",
        "01" + rest + "more"}) {
    EXPECT_FALSE(read_trace(with({{"traceparent", bad}}))) << bad;
  }
  EXPECT_FALSE(read_trace(with({{"traceparent", "00" + rest}, {"traceparent", "00" + rest}})));
}

TEST(TraceContext, a_later_version_of_w3c_is_read_as_far_as_it_is_known) {
  http::Headers headers =
      with({{"traceparent", "cc-" + kHexTrace + "-" + kHexSpan + "-ff-and-more"}});
  const auto context = read_trace(headers);
  ASSERT_TRUE(context);
  write_trace(*context, kChild, headers);
  EXPECT_EQ(headers.get("traceparent"), "00-" + kHexTrace + "-0102030405060708-03");
}

TEST(TraceContext, an_unsampled_trace_is_one_all_the_same) {
  const auto context =
      read_trace(with({{"traceparent", "00-" + kHexTrace + "-" + kHexSpan + "-00"}}));
  ASSERT_TRUE(context);
  EXPECT_FALSE(context->is_sampled);
}

TEST(TraceContext, opencensus_is_read_padded_or_not_and_written) {
  for (const char* text :
       {"AAAK92UZFs1D3YRI6yEcgDGcAbeta3FpIDMxAgE=", "AAAK92UZFs1D3YRI6yEcgDGcAbeta3FpIDMxAgE"}) {
    http::Headers headers = with({{"grpc-trace-bin", text}});
    const auto context = read_trace(headers);
    ASSERT_TRUE(context) << text;
    EXPECT_EQ(context->trace_id, kTrace);
    EXPECT_EQ(context->span_id, kSpan);
    EXPECT_TRUE(context->is_sampled);
    write_trace(*context, kChild, headers);
    const auto child = read_trace(headers);
    ASSERT_TRUE(child);
    EXPECT_EQ(child->trace_id, kTrace);
    EXPECT_EQ(child->span_id, kChild);
    EXPECT_TRUE(child->is_sampled);
  }
  for (const char* bad : {"", "AAAK", "!!!!", "AQAK92UZFs1D3YRI6yEcgDGcAbeta3FpIDMxAgE",
                          "AAAAAAAAAAAAAAAAAAAAAAAAAbeta3FpIDMxAgE"}) {
    EXPECT_FALSE(read_trace(with({{"grpc-trace-bin", bad}}))) << bad;
  }
}

TEST(TraceContext, b3_in_one_header_is_read_and_written_with_its_parent) {
  http::Headers headers = with({{"b3", kHexTrace + "-" + kHexSpan + "-1-05e3ac9a4f6e3b90"}});
  const auto context = read_trace(headers);
  ASSERT_TRUE(context);
  EXPECT_EQ(context->trace_id, kTrace);
  EXPECT_TRUE(context->is_sampled);
  write_trace(*context, kChild, headers);
  EXPECT_EQ(headers.get("b3"), kHexTrace + "-0102030405060708-1-" + kHexSpan);

  EXPECT_TRUE(read_trace(with({{"b3", kHexTrace + "-" + kHexSpan + "-d"}}))->is_sampled);
  EXPECT_FALSE(read_trace(with({{"b3", kHexTrace + "-" + kHexSpan + "-0"}}))->is_sampled);
  // Who decides is not said, and it is not us.
  EXPECT_FALSE(read_trace(with({{"b3", kHexTrace + "-" + kHexSpan}}))->is_sampled);
  for (const std::string& bad :
       {std::string("0"), std::string("1"), std::string("d"), std::string("-"),
        kHexTrace + "-" + kHexSpan + "-2", kHexTrace + "-" + kHexSpan + "-1-xyz",
        kHexTrace + "-" + kHexSpan + "-1-" + kHexSpan + "-", kHexTrace + "0-" + kHexSpan + "-1"}) {
    EXPECT_FALSE(read_trace(with({{"b3", bad}}))) << bad;
  }
}

TEST(TraceContext, b3_in_several_headers_keeps_its_short_identifier) {
  http::Headers headers = with(
      {{"X-B3-TraceId", "463ac35c9f6413ad"}, {"X-B3-SpanId", kHexSpan}, {"X-B3-Sampled", "1"}});
  const auto context = read_trace(headers);
  ASSERT_TRUE(context);
  EXPECT_EQ(context->trace_id,
            (TraceId{0, 0, 0, 0, 0, 0, 0, 0, 0x46, 0x3a, 0xc3, 0x5c, 0x9f, 0x64, 0x13, 0xad}));
  EXPECT_TRUE(context->is_sampled);
  write_trace(*context, kChild, headers);
  EXPECT_EQ(headers.get("x-b3-traceid"), "463ac35c9f6413ad");
  EXPECT_EQ(headers.get("x-b3-spanid"), "0102030405060708");
  EXPECT_EQ(headers.get("x-b3-parentspanid"), kHexSpan);
  EXPECT_EQ(headers.get("x-b3-sampled"), "1");
  EXPECT_FALSE(read_trace(with({{"x-b3-traceid", kHexTrace}})));
  EXPECT_FALSE(
      read_trace(with({{"x-b3-traceid", kHexTrace}, {"x-b3-spanid", kHexSpan}}))->is_sampled);
  EXPECT_TRUE(
      read_trace(
          with({{"x-b3-traceid", kHexTrace}, {"x-b3-spanid", kHexSpan}, {"x-b3-flags", "1"}}))
          ->is_sampled);
}

TEST(TraceContext, of_several_formats_w3c_decides_even_where_it_cannot_be_read) {
  const std::string b3 = kHexTrace + "-" + kHexSpan + "-1";
  const auto both =
      read_trace(with({{"b3", b3}, {"traceparent", "00-" + kHexTrace + "-" + kHexSpan + "-00"}}));
  ASSERT_TRUE(both);
  EXPECT_EQ(both->format, TraceFormat::kW3c);
  EXPECT_FALSE(read_trace(with({{"b3", b3}, {"traceparent", "nonsense"}})));
  EXPECT_FALSE(read_trace(http::Headers()));
}

}  // namespace
}  // namespace seine::proxy
