// SPDX-License-Identifier: Apache-2.0
// A server of ours and a peer that sends it frames by hand.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "http/http2_error.h"
#include "http/http2_server.h"
#include "http/testing/http2_frames.h"
#include "http/testing/http2_pair.h"
#include "http/testing/noted_offences.h"

namespace seine::http::testing {

class Http2Wire : public ::testing::Test {
 protected:
  Http2Wire() {
    options.close_counts = &counts;
    options.offences = &offences;
    auto [near, far] = runtime::testing::MemoryStream::make_pair();
    peer = std::move(near);
    server_end = std::move(far);
    scope.spawn(serve(*this));
  }
  static runtime::Task<void> serve(Http2Wire& self) {
    self.served = co_await serve_http2(self.t.loop, *self.server_end, {}, self.service, self.drain,
                                       self.options);
  }
  void begin() { send(std::string(kPreface) + frame(kSettings, 0, 0)); }
  void send(const std::string& bytes) {
    write_all(*peer, bytes);
    t.settle();
    for (RawFrame& one : take_frames(peer->unread())) came.push_back(std::move(one));
  }
  // The last frame of that type on that stream.
  const RawFrame* last(FrameType type, std::uint32_t stream) const {
    const RawFrame* found = nullptr;
    for (const RawFrame& one : came) {
      if (one.type == type && one.stream == stream) found = &one;
    }
    return found;
  }
  std::optional<Http2Code> reset_code(std::uint32_t stream) const {
    const RawFrame* reset = last(kRstStream, stream);
    if (reset == nullptr) return std::nullopt;
    return static_cast<Http2Code>(reset->code());
  }
  bool was_sent_away() const { return last(kGoaway, 0) != nullptr; }
  // The connection was closed, for `reason`, with GOAWAY `code`.
  void expect_closed(Http2Close reason, ErrorCode error, std::optional<Http2Code> code) {
    // Whoever was sent away may take what is left.
    t.advance(2 * kHttp2Linger);
    ASSERT_TRUE(served.has_value()) << "still open";
    ASSERT_FALSE(*served);
    EXPECT_EQ(served->error().code, error) << served->error().to_string();
    EXPECT_EQ(served->error().origin, ErrorOrigin::kDownstream);
    EXPECT_EQ(counts.of(reason), 1U) << served->error().to_string();
    if (!code) return;
    const RawFrame* goaway = last(kGoaway, 0);
    ASSERT_NE(goaway, nullptr);
    EXPECT_EQ(static_cast<Http2Code>(goaway->code()), *code);
  }

  runtime::testing::TestLoop t;
  ScriptedService service{t.loop};
  runtime::Drain drain;
  Http2CloseCounts counts;
  NotedOffences offences;
  Http2Options options;
  std::unique_ptr<runtime::testing::MemoryStream> peer;
  std::unique_ptr<runtime::testing::MemoryStream> server_end;
  std::optional<Result<void>> served;
  std::vector<RawFrame> came;
  runtime::TaskScope scope{t.loop, [](Error) {}};
};

}  // namespace seine::http::testing
