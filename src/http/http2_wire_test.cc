// SPDX-License-Identifier: Apache-2.0
// A server against a peer that sends frames by hand: malformed messages, limits, floods.
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "http/http2_guard.h"
#include "http/testing/http2_wire_fixture.h"

namespace seine::http {
namespace {

using namespace testing;  // NOLINT: frame names
using runtime::Task;

FieldList with(FieldList fields, std::string name, std::string value) {
  fields.emplace_back(std::move(name), std::move(value));
  return fields;
}
FieldList replaced(std::size_t index, std::string value) {
  FieldList fields = get_fields();
  fields[index].second = std::move(value);
  return fields;
}

runtime::Task<Result<Response>> answer_at_once(ScriptedService&, Request) {
  co_return Response();
}

TEST_F(Http2Wire, what_is_no_preface_ends_the_connection) {
  send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
  expect_closed(Http2Close::kProtocol, ErrorCode::kProtocol, std::nullopt);
}

TEST_F(Http2Wire, a_peer_that_leaves_is_no_error) {
  begin();
  send(headers(1, get_fields(), false) + std::string("\0\0\5\0\0", 5));
  EXPECT_EQ(service.calls, 1);
  peer->shutdown_write();
  t.settle();
  ASSERT_TRUE(served.has_value());
  EXPECT_TRUE(*served);
  EXPECT_EQ(counts.of(Http2Close::kPeer), 1U);
  EXPECT_EQ(service.running, 0);
}

TEST_F(Http2Wire, a_frame_over_the_size_limit_ends_the_connection) {
  begin();
  send(frame(kPing, 0, 0, std::string(16'385, 'x')));
  expect_closed(Http2Close::kProtocol, ErrorCode::kProtocol, Http2Code::kFrameSizeError);
}

TEST_F(Http2Wire, frames_where_they_do_not_belong_end_the_connection) {
  begin();
  send(frame(kData, 0, 0, "x"));
  expect_closed(Http2Close::kProtocol, ErrorCode::kProtocol, Http2Code::kProtocolError);
}

TEST_F(Http2Wire, more_data_than_the_window_ends_the_connection_or_the_stream) {
  service.handler = ScriptedService::hang;
  begin();
  send(headers(1, get_fields(), false));
  for (int i = 0; i < 5; ++i) send(frame(kData, 0, 1, std::string(16'000, 'x')));
  EXPECT_TRUE(served.has_value() || reset_code(1) == Http2Code::kFlowControlError);
  EXPECT_EQ(service.running, 0);
}

TEST_F(Http2Wire, a_malformed_request_is_reset_and_never_seen) {
  FieldList twice = get_fields();
  twice.insert(twice.begin(), {":path", "/b"});
  FieldList late = with(get_fields(), "x", "y");
  late.emplace_back(":authority", "b");
  FieldList no_path = get_fields();
  no_path.pop_back();
  const std::vector<FieldList> malformed = {
      with(get_fields(), "X-Upper", "1"),
      with(get_fields(), "connection", "close"),
      with(get_fields(), "transfer-encoding", "chunked"),
      with(get_fields(), "te", "gzip"),
      with(get_fields(), "x", "a\r\nsmuggled: 1"),
      with(get_fields(), "x", "a\nb"),
      with(get_fields(), "x", std::string("a\0b", 3)),
      with(get_fields(), "a\r\nb", "1"),
      with(get_fields(), "a b", "1"),
      with(get_fields(), ":unknown", "1"),
      with(get_fields(), ":status", "200"),
      with(get_fields(), "host", "b"),
      with(get_fields(), "content-length", "x"),
      with(with(get_fields(), "content-length", "1"), "content-length", "2"),
      twice,
      late,
      no_path,
      replaced(0, "GE T"),
      replaced(2, "user@a"),
      replaced(2, "a/b"),
      replaced(2, "a b"),
      replaced(3, ""),
      replaced(3, "nothing"),
      replaced(3, "/a b"),
      replaced(3, "/a#b"),
      replaced(3, "/a\r\nb"),
      replaced(3, "*"),
      {{":method", "CONNECT"}, {":authority", "a:1"}, {":path", "/"}},
      {{":method", "CONNECT"}},
      {},
  };
  begin();
  std::uint32_t stream = 1;
  for (const FieldList& fields : malformed) {
    const std::string which = fields.empty() ? "empty" : fields.back().first + fields.back().second;
    send(headers(stream, fields));
    EXPECT_EQ(reset_code(stream), Http2Code::kProtocolError) << which;
    stream += 2;
  }
  EXPECT_EQ(service.calls, 0);
  send(headers(stream, get_fields()));
  EXPECT_EQ(service.calls, 1) << "the connection goes on";
}

TEST_F(Http2Wire, a_host_that_says_the_same_as_authority_is_left_out) {
  service.handler = [](ScriptedService& self, Request request) -> Task<Result<Response>> {
    self.last = request.head;
    co_return Response();
  };
  begin();
  send(headers(1, with(get_fields(), "host", "A")));
  EXPECT_EQ(service.last.authority, "a");
  EXPECT_FALSE(service.last.headers.contains("host"));
  FieldList only_host = with(get_fields(), "host", "h");
  only_host.erase(only_host.begin() + 2);
  send(headers(3, only_host));
  EXPECT_EQ(service.last.effective_authority(), "h");
}

TEST_F(Http2Wire, content_that_belies_its_length_is_reset) {
  begin();
  send(headers(1, with(get_fields(), "content-length", "5"), false) +
       frame(kData, kEndStream, 1, "four"));
  EXPECT_EQ(reset_code(1), Http2Code::kProtocolError);
  send(headers(3, with(get_fields(), "content-length", "5"), true));
  EXPECT_EQ(reset_code(3), Http2Code::kProtocolError);
  send(headers(5, with(get_fields(), "content-length", "3"), false) + frame(kData, 0, 5, "four"));
  EXPECT_EQ(reset_code(5), Http2Code::kProtocolError);
}

TEST_F(Http2Wire, too_many_fields_are_refused_cookie_crumbs_included) {
  begin();
  FieldList fields = get_fields();
  while (fields.size() < options.max_header_fields) fields.emplace_back("cookie", "a=b");
  send(headers(1, fields));
  EXPECT_EQ(service.calls, 1);
  fields.emplace_back("cookie", "a=b");
  send(headers(3, fields));
  EXPECT_EQ(reset_code(3), Http2Code::kEnhanceYourCalm);
  EXPECT_EQ(service.calls, 1);
}

TEST_F(Http2Wire, too_large_a_header_list_is_refused) {
  begin();
  const std::string half(40'000, 'v');
  const std::string large = block(with(with(get_fields(), "x", half), "y", half));
  std::string bytes = frame(kHeaders, kEndStream, 1, large.substr(0, 16'000));
  for (std::size_t at = 16'000; at < large.size(); at += 16'000) {
    const bool end = at + 16'000 >= large.size();
    bytes += frame(kContinuation, end ? kEndHeaders : 0, 1, large.substr(at, 16'000));
  }
  send(bytes);
  EXPECT_EQ(service.calls, 0);
  EXPECT_EQ(reset_code(1), Http2Code::kEnhanceYourCalm);
  EXPECT_FALSE(served.has_value());
}

TEST_F(Http2Wire, references_to_one_field_do_not_multiply_in_memory) {
  begin();
  // One literal enters the dynamic table; 4000 one-byte references to it follow.
  std::string bomb = block(get_fields());
  bomb += '\x40' + hpack_string("x") + hpack_string(std::string(2000, 'v'));
  bomb += std::string(4000, '\xbe');
  std::uint32_t stream = 1;
  for (; stream < 400 && !was_sent_away(); stream += 2) {
    send(frame(kHeaders, kEndHeaders | kEndStream, stream, bomb));
  }
  EXPECT_EQ(service.calls, 0);
  expect_closed(Http2Close::kMalformed, ErrorCode::kLimit, Http2Code::kNoError);
}

TEST_F(Http2Wire, a_continuation_flood_ends_the_connection) {
  begin();
  std::string bytes = frame(kHeaders, 0, 1, block(get_fields()));
  for (int i = 0; i < 100; ++i) bytes += frame(kContinuation, 0, 1);
  send(bytes);
  expect_closed(Http2Close::kControlFlood, ErrorCode::kLimit, std::nullopt);
  EXPECT_EQ(service.calls, 0);
}

TEST_F(Http2Wire, rapid_resets_end_the_connection) {
  service.handler = ScriptedService::hang;
  begin();
  std::uint32_t stream = 1;
  while (!was_sent_away() && stream < 20'000) {
    send(headers(stream, get_fields()) + frame(kRstStream, 0, stream, number(8, 4)));
    stream += 2;
  }
  expect_closed(Http2Close::kRapidReset, ErrorCode::kLimit, Http2Code::kNoError);
  EXPECT_LT(stream, 2'000U);
  EXPECT_EQ(service.calls, 0) << "reset in the same breath, a request is never started";
}

TEST_F(Http2Wire, a_client_that_cancels_at_an_honest_rate_stays) {
  service.handler = ScriptedService::hang;
  begin();
  std::uint32_t stream = 1;
  for (int second = 0; second < 30; ++second) {
    for (int i = 0; i < 100; ++i, stream += 2) {
      send(headers(stream, get_fields()));
      send(frame(kRstStream, 0, stream, number(8, 4)));
    }
    t.clock.advance(std::chrono::seconds(1));
  }
  EXPECT_FALSE(served.has_value());
  EXPECT_EQ(service.calls, 3'000);
  EXPECT_EQ(service.running, 0);
}

TEST_F(Http2Wire, a_client_that_cancels_half_its_calls_in_haste_stays) {
  begin();
  for (std::uint32_t stream = 1; stream < 12'000; stream += 4) {
    send(headers(stream, get_fields()));
    service.handler = ScriptedService::hang;
    send(headers(stream + 2, get_fields()));
    send(frame(kRstStream, 0, stream + 2, number(8, 4)));
    service.handler = ScriptedService::echo;
  }
  EXPECT_FALSE(served.has_value());
}

// linkerd2#14908: what counts is neither how many were cancelled ever nor their share.
TEST_F(Http2Wire, a_grpc_client_that_cancels_most_of_its_calls_stays) {
  begin();
  std::uint32_t stream = 1;
  for (int i = 0; i < 20'000; ++i, stream += 2) {
    const bool cancelled = i % 10 != 0;
    service.handler = cancelled ? ScriptedService::hang : ScriptedService::echo;
    send(headers(stream, get_fields()));
    t.clock.advance(std::chrono::milliseconds(1));
    // A deadline of 20 ms, a thousand calls a second.
    if (i >= 20 && (i - 20) % 10 != 0) send(frame(kRstStream, 0, stream - 40, number(8, 4)));
    ASSERT_FALSE(served.has_value()) << i;
    came.clear();
  }
  EXPECT_EQ(offences.counts.size(), 0U);
}

// CVE-2025-8671: the client makes the server reset its own streams.
TEST_F(Http2Wire, resets_that_a_client_provokes_count_as_its_own) {
  service.handler = ScriptedService::hang;
  begin();
  std::uint32_t stream = 1;
  for (; !was_sent_away() && stream < 4'000; stream += 2) {
    send(headers(stream, with(get_fields(), "content-length", "1"), false));
    send(frame(kData, 0, stream, "more than one"));
  }
  expect_closed(Http2Close::kMalformed, ErrorCode::kLimit, Http2Code::kNoError);
  EXPECT_LT(service.calls, 300);
  came.clear();
}

TEST_F(Http2Wire, window_updates_of_nothing_count_as_resets) {
  service.handler = ScriptedService::hang;
  begin();
  std::uint32_t stream = 1;
  for (; !was_sent_away() && stream < 4'000; stream += 2) {
    send(headers(stream, get_fields()));
    send(frame(kWindowUpdate, 0, stream, number(0x7fff'ffff, 4)));
  }
  expect_closed(Http2Close::kMalformed, ErrorCode::kLimit, Http2Code::kNoError);
  EXPECT_LT(service.calls, 300);
}

TEST_F(Http2Wire, what_is_under_way_ends_before_a_peer_that_is_sent_away_is_closed) {
  service.handler = ScriptedService::hang;
  begin();
  send(headers(1, get_fields()));
  const auto ping = [&](std::int64_t count) {
    for (std::int64_t i = 0; i < count && !served; ++i) send(frame(kPing, 0, 0, "12345678"));
  };
  ping(Http2Guard::kBurst - Http2Guard::kWarning + 10);
  ASSERT_NE(last(kGoaway, 0), nullptr);
  EXPECT_EQ(last(kGoaway, 0)->code(), 0U);
  EXPECT_FALSE(served.has_value()) << "a stream is open";
  EXPECT_EQ(offences.counts["control flood goaway"], 1);
  send(headers(3, get_fields()));
  EXPECT_EQ(service.calls, 1) << "no new streams";
  ping(Http2Guard::kBurst);
  expect_closed(Http2Close::kControlFlood, ErrorCode::kLimit, Http2Code::kEnhanceYourCalm);
  EXPECT_EQ(offences.counts["control flood closed"], 1);
}

runtime::Task<Result<Response>> answer_with_much(ScriptedService&, Request) {
  Response response;
  response.body = make_body(std::string(500'000, 'x'));
  co_return response;
}

// Whoever reads that GOAWAY sends the request again elsewhere: it must not run here.
TEST_F(Http2Wire, a_request_that_comes_before_a_goaway_has_left_is_refused) {
  const auto write = [&](const std::string& bytes) {
    write_all(*peer, bytes);
    t.settle();
  };
  const std::string ping = frame(kPing, 0, 0, "12345678");
  service.handler = answer_with_much;
  server_end->capacity = 1000;
  write(std::string(kPreface) + frame(kSettings, 0, 0, number(4, 2) + number(1'000'000, 4)) +
        frame(kWindowUpdate, 0, 0, number(1'000'000, 4)));
  write(headers(1, get_fields()));
  service.handler = ScriptedService::hang;
  std::uint32_t stream = 3;
  for (int i = 0; i < 800; ++i) {
    write(ping);
    if (i % 10 != 9) continue;
    write(headers(stream, get_fields()));
    stream += 2;
  }
  std::string output;
  std::array<std::byte, 4096> buffer;
  for (int i = 0; i < 1000; ++i) {
    const runtime::IoResult got = peer->try_read(buffer);
    output.append(reinterpret_cast<const char*>(buffer.data()), got.bytes);
    t.settle();
  }
  came = take_frames(output);
  const RawFrame* goaway = last(kGoaway, 0);
  ASSERT_NE(goaway, nullptr);
  const std::uint32_t accepted = static_cast<unsigned char>(goaway->payload.at(3));
  EXPECT_LT(accepted, stream - 2);
  EXPECT_EQ(service.calls, (accepted + 1) / 2);
  EXPECT_EQ(reset_code(stream - 2), Http2Code::kRefusedStream);
}

TEST_F(Http2Wire, a_flood_of_pings_ends_the_connection) {
  begin();
  std::string pings;
  for (int i = 0; i < 3000; ++i) pings += frame(kPing, 0, 0, "12345678");
  send(pings);
  ASSERT_TRUE(served.has_value());
  EXPECT_EQ(served->error().code, ErrorCode::kLimit);
  EXPECT_EQ(counts.of(Http2Close::kControlFlood), 1U);
}

TEST_F(Http2Wire, a_flood_of_settings_ends_the_connection) {
  begin();
  for (int i = 0; i < 1000 && !was_sent_away(); ++i) send(frame(kSettings, 0, 0));
  expect_closed(Http2Close::kControlFlood, ErrorCode::kLimit, Http2Code::kNoError);
}

TEST_F(Http2Wire, windows_opened_by_the_octet_pay_for_nothing) {
  service.handler = [](ScriptedService&, Request) -> Task<Result<Response>> {
    Response response;
    response.body = make_body(std::string(10'000, 'x'));
    co_return response;
  };
  begin();
  const auto window = [&](std::uint32_t size) {
    send(frame(kSettings, 0, 0, number(4, 2) + number(size, 4)));
  };
  window(0);
  for (std::uint32_t id = 1; id < 100; id += 2) send(headers(id, get_fields()));
  for (std::uint32_t i = 1; i < 1000 && !served; ++i) window(i);
  expect_closed(Http2Close::kControlFlood, ErrorCode::kLimit, Http2Code::kEnhanceYourCalm);
}

TEST_F(Http2Wire, a_flood_of_goaways_ends_the_connection) {
  service.handler = ScriptedService::hang;
  begin();
  send(headers(1, get_fields()));
  for (int i = 0; i < 1000 && !served; ++i) send(frame(kGoaway, 0, 0, number(0, 4) + number(0, 4)));
  expect_closed(Http2Close::kControlFlood, ErrorCode::kLimit, Http2Code::kEnhanceYourCalm);
}

TEST_F(Http2Wire, a_flood_of_window_updates_ends_the_connection) {
  begin();
  for (int i = 0; i < 3000 && !was_sent_away(); ++i) send(frame(kWindowUpdate, 0, 0, number(1, 4)));
  expect_closed(Http2Close::kControlFlood, ErrorCode::kLimit, Http2Code::kNoError);
}

TEST_F(Http2Wire, a_flood_of_priorities_ends_the_connection) {
  begin();
  const std::string priority = frame(kPriority, 0, 1, number(0, 4) + "\x10");
  for (int i = 0; i < 3000 && !was_sent_away(); ++i) send(priority);
  expect_closed(Http2Close::kControlFlood, ErrorCode::kLimit, Http2Code::kNoError);
}

TEST_F(Http2Wire, a_flood_of_empty_data_ends_the_connection) {
  begin();
  send(headers(1, get_fields(), false));
  for (int i = 0; i < 3000 && !served; ++i) send(frame(kData, 0, 1));
  expect_closed(Http2Close::kEmptyFrames, ErrorCode::kLimit, Http2Code::kEnhanceYourCalm);
}

// nghttp2 says nothing of these.
class Http2WireNothing : public Http2Wire, public ::testing::WithParamInterface<std::string> {};
INSTANTIATE_TEST_SUITE_P(Frames, Http2WireNothing,
                         ::testing::Values(frame(kData, 0, 1),
                                           frame(kWindowUpdate, 0, 1, number(1, 4)),
                                           frame(kRstStream, 0, 1, number(8, 4)),
                                           frame(0x42, 0, 0, "unknown")));

TEST_P(Http2WireNothing, floods_of_frames_for_a_stream_that_is_over_end_the_connection) {
  service.handler = answer_at_once;
  begin();
  send(headers(1, get_fields(), false));
  ASSERT_EQ(reset_code(1), Http2Code::kNoError);
  for (int i = 0; i < 3000 && !was_sent_away(); ++i) send(GetParam());
  EXPECT_TRUE(was_sent_away());
}

TEST_F(Http2Wire, frames_on_a_stream_that_the_client_ended_end_the_connection) {
  begin();
  send(headers(1, get_fields()));
  ASSERT_NE(last(kHeaders, 1), nullptr) << "answered";
  send(headers(1, get_fields()));
  EXPECT_EQ(service.calls, 1);
  expect_closed(Http2Close::kProtocol, ErrorCode::kProtocol, Http2Code::kStreamClosed);
}

TEST_F(Http2Wire, frames_on_a_stream_that_the_server_reset_are_let_pass) {
  begin();
  FieldList malformed = get_fields();
  malformed.emplace_back("te", "gzip");
  send(headers(1, malformed, false));
  ASSERT_EQ(reset_code(1), Http2Code::kProtocolError);
  send(frame(kData, 0, 1, "on its way") + headers(1, {{"trailer", "too"}}));
  EXPECT_FALSE(served.has_value());
  send(headers(3, get_fields()));
  EXPECT_EQ(service.calls, 1);
}

TEST_F(Http2Wire, streams_over_the_limit_are_refused) {
  service.handler = ScriptedService::hang;
  begin();
  send(frame(kSettings, kAck, 0));
  std::uint32_t stream = 1;
  for (std::uint32_t i = 0; i < options.max_concurrent_streams; ++i, stream += 2) {
    send(headers(stream, get_fields()));
  }
  EXPECT_EQ(service.running, static_cast<int>(options.max_concurrent_streams));
  send(headers(stream, get_fields()));
  EXPECT_EQ(service.calls, static_cast<int>(options.max_concurrent_streams));
  EXPECT_TRUE(reset_code(stream) == Http2Code::kRefusedStream || served.has_value());
}

}  // namespace
}  // namespace seine::http
