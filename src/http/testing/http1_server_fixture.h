// SPDX-License-Identifier: Apache-2.0
// An HTTP/1 server of ours, with a service that answers as a test says, and the client's end of its
// connection in the test's hands.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "http/http1_server.h"
#include "http/testing/fed_body.h"
#include "runtime/combine.h"
#include "runtime/task_scope.h"
#include "runtime/testing/memory_stream.h"
#include "runtime/testing/test_loop.h"

namespace seine::http::testing {

// Counts the calls that were destroyed before their end.
struct CancelCount {
  int& count;
  bool done = false;
  ~CancelCount() {
    if (!done) ++count;
  }
};

// Answers as the test says; without an `answer` the request's content comes back.
class FakeService final : public Service {
 public:
  explicit FakeService(runtime::EventLoop& loop) : loop_(loop) {}
  std::function<Result<Response>(Request&)> answer;
  Duration delay{};
  std::vector<std::string> asked;
  int cancelled = 0;

  runtime::Task<Result<Response>> call(Request request) override {
    asked.push_back(request.head.method + " " + request.head.path);
    CancelCount guard{cancelled};
    co_await runtime::sleep_for(loop_, delay);
    Result<Response> response;
    if (answer) {
      response = answer(request);
    } else {
      Result<Collected> got = co_await collect(loop_, std::move(request.body), 1 << 20);
      if (got) {
        response->body = make_body(std::string_view(got->bytes));
        if (!got->trailers.empty()) response->head.headers.add("got-trailers", "yes");
      } else {
        response = fail(got.error());
      }
    }
    guard.done = true;
    co_return response;
  }

 private:
  runtime::EventLoop& loop_;
};

inline Result<Response> text(std::string_view body) {
  Response response;
  response.body = make_body(body);
  return response;
}

inline Result<Response> with_body(BodyPtr body, std::uint16_t status = 200) {
  Response response;
  response.head.status = status;
  response.body = std::move(body);
  return response;
}

class Http1ServerFixture : public ::testing::Test {
 protected:
  Http1ServerFixture() {
    auto [near, far] = runtime::testing::MemoryStream::make_pair();
    server_ = std::move(near);
    client_ = std::move(far);
  }
  ~Http1ServerFixture() override { scope_.cancel(); }

  runtime::Task<void> serve(runtime::Bytes already_read) {
    result_ = co_await serve_http1(t_.loop, *server_, std::move(already_read), service_, drain_,
                                   options_);
    done_ = true;
    server_.reset();
  }
  void start(std::string_view already_read = "") {
    scope_.spawn(serve(runtime::Bytes::copy_of(already_read)));
    t_.settle();
  }
  void send(std::string_view bytes) {
    iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
    ASSERT_EQ(client_->try_write({&piece, 1}).bytes, bytes.size());
    t_.settle();
  }
  // What the server has written since the last call.
  std::string received() {
    t_.settle();
    return std::exchange(client_->unread(), std::string());
  }
  // As received(), but through reads, so that a bounded pipe gets room again.
  std::string read_some(std::size_t n) {
    std::string out(n, '\0');
    const auto result = client_->try_read(std::as_writable_bytes(std::span(out)));
    out.resize(result.bytes);
    t_.settle();
    return out;
  }

  runtime::testing::TestLoop t_;
  std::deque<BodyFeed> feeds_;  // outlive the bodies they feed
  std::unique_ptr<runtime::testing::MemoryStream> server_;
  std::unique_ptr<runtime::testing::MemoryStream> client_;
  FakeService service_{t_.loop};
  runtime::Drain drain_;
  Http1ServerOptions options_;
  Result<void> result_;
  bool done_ = false;
  runtime::TaskScope scope_{t_.loop, [](Error) {}};
};

}  // namespace seine::http::testing
