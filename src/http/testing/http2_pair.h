// SPDX-License-Identifier: Apache-2.0
// A client and a server of ours joined by a stream in memory, on a loop a test turns.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "http/http2_client.h"
#include "http/http2_server.h"
#include "runtime/task_scope.h"
#include "runtime/testing/memory_stream.h"
#include "runtime/testing/test_loop.h"

namespace seine::http::testing {

// Answers with a function of the test. Counts the calls that run.
class ScriptedService final : public Service {
 public:
  using Handler = runtime::Task<Result<Response>> (*)(ScriptedService&, Request);

  explicit ScriptedService(runtime::EventLoop& on) : loop(on) {}
  runtime::Task<Result<Response>> call(Request request) override {
    struct Running {
      int& n;
      explicit Running(int& count) : n(count) { ++n; }
      ~Running() { --n; }
      Running(const Running&) = delete;
      Running& operator=(const Running&) = delete;
    };
    const Running counted(running);
    ++calls;
    co_return co_await handler(*this, std::move(request));
  }

  // The default: 200 with the request's body and trailers.
  static runtime::Task<Result<Response>> echo(ScriptedService&, Request request) {
    Response response;
    response.head.headers.add("x-path", request.head.path);
    response.body = std::move(request.body);
    co_return response;
  }
  // Never answers.
  static runtime::Task<Result<Response>> hang(ScriptedService& self, Request request) {
    runtime::Waker never(self.loop);
    co_await never.wait();
    co_return fail(ErrorCode::kInternal, request.head.path);
  }

  runtime::EventLoop& loop;
  Handler handler = echo;
  int running = 0;
  int calls = 0;
  RequestHead last;            // for handlers to note what came
  BodyPtr kept;                // for handlers to keep a request's body in
  BodyPtr answer;              // for handlers to give out as the response's body
  std::optional<Error> error;  // for handlers to fail with
};

class Http2Pair {
 public:
  explicit Http2Pair(Http2Options server_options = {}, Http2Options client_options = {}) {
    auto [near, far] = runtime::testing::MemoryStream::make_pair();
    client_end = near.get();
    server_end = std::move(far);
    client = std::make_unique<Http2Client>(t.loop, std::move(near), client_options);
    scope.spawn(serve(*this, server_options));
  }
  ~Http2Pair() {
    client.reset();
    scope.cancel();
  }

  static runtime::Task<void> serve(Http2Pair& self, Http2Options options) {
    self.served =
        co_await serve_http2(self.t.loop, *self.server_end, {}, self.service, self.drain, options);
    self.server_end.reset();
  }

  // A call under way: its result once there is one, or the request again. Dropping it cancels.
  struct Call {
    Call(Http2Pair& pair, Request request) : scope(pair.t.loop, [](Error) {}) {
      scope.spawn(run(*this, *pair.client, std::move(request)));
    }
    static runtime::Task<void> run(Call& self, Http2Client& client, Request request) {
      self.result = co_await client.send(std::move(request), &self.attempt);
    }
    Http2Attempt attempt;
    std::optional<Result<Response>> result;
    runtime::TaskScope scope;
  };

  static Request request(std::string method, std::string path, BodyPtr body = nullptr) {
    Request made;
    made.head.method = std::move(method);
    made.head.scheme = "http";
    made.head.authority = "test:80";
    made.head.path = std::move(path);
    made.body = std::move(body);
    return made;
  }
  Result<Response> send(Request made) { return t.run(client->send(std::move(made))); }
  Result<Collected> read(BodyPtr body, std::size_t limit = 64 * 1024 * 1024) {
    return t.run(collect(t.loop, std::move(body), limit));
  }

  runtime::testing::TestLoop t;
  ScriptedService service{t.loop};
  runtime::Drain drain;
  runtime::testing::MemoryStream* client_end = nullptr;
  std::unique_ptr<runtime::testing::MemoryStream> server_end;
  std::unique_ptr<Http2Client> client;
  std::optional<Result<void>> served;
  runtime::TaskScope scope{t.loop, [](Error) {}};
};

}  // namespace seine::http::testing
