// SPDX-License-Identifier: Apache-2.0
#include "proxy/detect_stream.h"

#include "gtest/gtest.h"

#include "runtime/task_scope.h"
#include "runtime/testing/memory_stream.h"
#include "runtime/testing/test_loop.h"

namespace seine::proxy {
namespace {

using namespace std::chrono_literals;
using runtime::testing::MemoryStream;
using runtime::testing::TestLoop;

struct Lab {
  TestLoop t;
  std::unique_ptr<MemoryStream> near, far;
  ReadAhead ahead;
  std::optional<Result<HttpDetection>> http;
  std::optional<Result<crypto::ClientHello>> tls;
  runtime::TaskScope scope{t.loop, [](Error) {}};

  Lab() { std::tie(near, far) = MemoryStream::make_pair(); }
  static runtime::Task<void> run_http(Lab& lab) {
    lab.http = co_await detect_http(lab.t.loop, *lab.near, lab.ahead, 10s);
  }
  static runtime::Task<void> run_tls(Lab& lab) {
    lab.tls = co_await detect_tls(lab.t.loop, *lab.near, lab.ahead, 10s);
  }
  void write(std::string text) {
    const iovec piece{text.data(), text.size()};
    far->try_write({&piece, 1});
    t.settle();
  }
};

TEST(DetectStream, decides_however_the_bytes_are_cut_and_keeps_them) {
  Lab lab;
  lab.scope.spawn(Lab::run_http(lab));
  for (const char c : std::string("GET / HTTP/1.1\r\n")) lab.write(std::string(1, c));
  ASSERT_TRUE(lab.http && lab.http->has_value());
  EXPECT_EQ((*lab.http)->result, "http/1");
  EXPECT_EQ(lab.ahead.take().view().substr(0, 8), "GET / HT");
}

TEST(DetectStream, a_silent_client_is_no_http_after_the_timeout_and_loses_nothing) {
  Lab lab;
  lab.scope.spawn(Lab::run_http(lab));
  lab.write("GE");
  lab.t.advance(9s);
  EXPECT_FALSE(lab.http.has_value());
  lab.t.advance(2s);
  ASSERT_TRUE(lab.http && lab.http->has_value());
  EXPECT_EQ((*lab.http)->result, "read_timeout");
  EXPECT_EQ(lab.ahead.view(), "GE");
}

TEST(DetectStream, a_client_that_leaves_without_a_word_is_an_end_of_stream) {
  Lab lab;
  lab.scope.spawn(Lab::run_http(lab));
  lab.far->shutdown_write();
  lab.t.settle();
  ASSERT_TRUE(lab.http.has_value());
  EXPECT_EQ(lab.http->error().code, ErrorCode::kEof);
}

TEST(DetectStream, a_short_message_with_a_half_close_is_no_http) {
  Lab lab;
  lab.scope.spawn(Lab::run_http(lab));
  lab.write("GET");
  lab.far->shutdown_write();
  lab.t.settle();
  ASSERT_TRUE(lab.http && lab.http->has_value());
  EXPECT_EQ((*lab.http)->protocol, Detected::kNotHttp);
}

TEST(DetectStream, plain_bytes_are_not_tls) {
  Lab lab;
  lab.scope.spawn(Lab::run_tls(lab));
  lab.write("G");
  ASSERT_TRUE(lab.tls && lab.tls->has_value());
  EXPECT_EQ((*lab.tls)->kind, crypto::ClientHello::Kind::kNotTls);
  EXPECT_EQ(lab.ahead.view(), "G");
}

}  // namespace
}  // namespace seine::proxy
