// SPDX-License-Identifier: Apache-2.0
// An HTTP/1 pool of ours, whose servers a test plays itself.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "http/http1_pool.h"
#include "http/testing/fed_body.h"
#include "runtime/task_scope.h"
#include "runtime/testing/memory_stream.h"
#include "runtime/testing/test_loop.h"

namespace seine::http::testing {

// Gives streams whose far ends the test plays the server on.
class FakeConnector final : public Connector {
 public:
  std::vector<std::unique_ptr<runtime::testing::MemoryStream>>
      servers;                                           // one for each connection, in order
  std::vector<runtime::testing::MemoryStream*> clients;  // their other ends, while they live
  std::size_t capacity = 0;                              // of what a server has not read yet
  std::optional<Error> refusal;

  runtime::Task<Result<std::unique_ptr<runtime::Stream>>> connect() override {
    if (refusal) co_return fail(*refusal);
    auto [near, far] = runtime::testing::MemoryStream::make_pair();
    servers.push_back(std::move(far));
    clients.push_back(near.get());
    near->capacity = capacity;
    co_return std::unique_ptr<runtime::Stream>(std::move(near));
  }
};

class Http1ClientFixture : public ::testing::Test {
 protected:
  // An exchange under way.
  struct Call {
    std::optional<Result<Response>> response;
    bool done() const { return response.has_value(); }
    bool ok() const { return response && response->has_value(); }
    Response& operator*() { return **response; }
    const Error& error() const { return response->error(); }
  };

  ~Http1ClientFixture() override { scope_.cancel(); }

  static Request get(std::string path = "/", std::string method = "GET") {
    Request request;
    request.head.method = std::move(method);
    request.head.path = std::move(path);
    request.head.headers.add("host", "h");
    return request;
  }
  static Request post(BodyPtr body, std::string method = "POST") {
    Request request = get("/", std::move(method));
    request.body = std::move(body);
    return request;
  }
  runtime::Task<void> run(Request request, std::shared_ptr<Call> call) {
    call->response.emplace(co_await pool_->call(std::move(request)));
  }
  std::shared_ptr<Call> start(Request request) {
    auto call = std::make_shared<Call>();
    scope_.spawn(run(std::move(request), call));
    t_.settle();
    return call;
  }
  runtime::testing::MemoryStream& server(std::size_t index = 0) {
    return *connector_.servers.at(index);
  }
  // What connection `index` has received since the last call.
  std::string received(std::size_t index = 0) {
    t_.settle();
    return std::exchange(server(index).unread(), std::string());
  }
  void answer(std::string_view bytes, std::size_t index = 0) {
    iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
    ASSERT_EQ(server(index).try_write({&piece, 1}).bytes, bytes.size());
    t_.settle();
  }
  std::string content(Call& call) {
    Result<Collected> got = t_.run(collect(t_.loop, std::move((*call).body), 1 << 20));
    return got ? got->bytes : "error: " + got.error().to_string();
  }

  static constexpr std::string_view kGet = "GET / HTTP/1.1\r\nhost: h\r\n\r\n";
  static constexpr std::string_view kEmpty = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

  runtime::testing::TestLoop t_;
  std::deque<BodyFeed> feeds_;  // outlive the bodies they feed
  FakeConnector connector_;
  std::unique_ptr<Http1Pool> pool_ = std::make_unique<Http1Pool>(t_.loop, connector_);
  runtime::TaskScope scope_{t_.loop, [](Error) {}};
};

}  // namespace seine::http::testing
