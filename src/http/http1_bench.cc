// SPDX-License-Identifier: Apache-2.0
// What the codec costs of a proxied request (parse the request's head, write it again), what a
// whole exchange costs without system calls, and what an idle connection holds.
#include <malloc.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "benchmark/benchmark.h"
#include "http/http1_head.h"
#include "http/http1_server.h"
#include "http/http1_write.h"
#include "runtime/task_scope.h"
#include "runtime/testing/memory_stream.h"
#include "runtime/testing/test_loop.h"

namespace {

using namespace seine::http;
using seine::runtime::Bytes;

// What wrk and curl send.
constexpr std::string_view kShort = "GET /1k HTTP/1.1\r\nHost: server:8080\r\nAccept: */*\r\n\r\n";
// What a browser sends through an ingress.
constexpr std::string_view kTypical =
    "GET /api/v1/orders/12345?expand=items HTTP/1.1\r\n"
    "Host: shop.example.svc.cluster.local:8080\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/131.0.0.0\r\n"
    "Accept: application/json, text/plain, */*\r\n"
    "Accept-Encoding: gzip, deflate, br\r\n"
    "Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\n"
    "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark\r\n"
    "X-Request-Id: 7f9c24e8-3b12-4c1a-9a6e-0d5f2b8e1c33\r\n"
    "X-Forwarded-For: 10.42.0.17\r\n"
    "X-Forwarded-Proto: https\r\n"
    "Traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n"
    "Connection: keep-alive\r\n\r\n";

void parse(benchmark::State& state, std::string_view text) {
  const Bytes bytes = Bytes::copy_of(text);
  for (auto _ : state) {
    HeadBuffer buffer;
    Bytes in = bytes;
    benchmark::DoNotOptimize(buffer.feed(in));
    RequestHead head;
    benchmark::DoNotOptimize(parse_request_head(buffer.text(), head));
    benchmark::DoNotOptimize(head);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}

void parse_and_write(benchmark::State& state, std::string_view text) {
  const Bytes bytes = Bytes::copy_of(text);
  for (auto _ : state) {
    HeadBuffer buffer;
    Bytes in = bytes;
    benchmark::DoNotOptimize(buffer.feed(in));
    RequestHead head;
    const auto facts = parse_request_head(buffer.text(), head);
    if (facts->hop_by_hop) remove_hop_by_hop(head.headers);
    std::string out;
    benchmark::DoNotOptimize(append_request_head(out, head, {}, ConnectionOption::kNone));
    benchmark::DoNotOptimize(out);
  }
}

class Answer final : public Service {
 public:
  seine::runtime::Task<seine::Result<Response>> call(Request) override {
    Response response;
    response.body = make_body(content_);
    co_return response;
  }

 private:
  Bytes content_ = Bytes::copy_of(std::string(1024, 'x'));
};

using seine::runtime::testing::MemoryStream;

// Connections that `service` answers, their far ends in our hands.
struct Served {
  explicit Served(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      auto [near, far] = MemoryStream::make_pair();
      servers.push_back(std::move(near));
      clients.push_back(std::move(far));
    }
  }
  void start() {
    for (const auto& stream : servers) {
      scope.spawn(serve_http1(t.loop, *stream, Bytes(), service, drain, {}));
    }
    t.settle();
  }
  void exchange(std::size_t index) {
    iovec piece{const_cast<char*>(kShort.data()), kShort.size()};
    clients[index]->try_write({&piece, 1});
    while (clients[index]->unread().empty()) t.loop.run_turn(/*may_block=*/false);
    clients[index]->unread().clear();
  }

  seine::runtime::testing::TestLoop t;
  Answer service;
  seine::runtime::Drain drain;
  std::vector<std::unique_ptr<MemoryStream>> servers;
  std::vector<std::unique_ptr<MemoryStream>> clients;
  seine::runtime::TaskScope scope{t.loop, [](seine::Error) {}};
};

// One turn of the loop with its epoll_wait included.
void exchange(benchmark::State& state) {
  Served served(1);
  served.start();
  for (auto _ : state) served.exchange(0);
}

void idle_turn(benchmark::State& state) {
  Served served(1);
  served.start();
  for (auto _ : state) served.t.loop.run_turn(/*may_block=*/false);
}

void idle_connection(benchmark::State& state) {
  constexpr std::size_t kCount = 1000;
  Served served(kCount);
  for (const auto& client : served.clients) client->unread().reserve(2048);
  for (const auto& server : served.servers) server->unread().reserve(2048);
  const auto before = mallinfo2().uordblks;
  served.start();
  for (std::size_t i = 0; i < kCount; ++i) served.exchange(i);
  const auto after = mallinfo2().uordblks;
  for (auto _ : state) benchmark::ClobberMemory();
  state.counters["bytes"] = static_cast<double>(after - before) / kCount;
}

}  // namespace

BENCHMARK(exchange);
BENCHMARK(idle_turn);
BENCHMARK(idle_connection)->Iterations(1);
BENCHMARK_CAPTURE(parse, short_head, kShort);
BENCHMARK_CAPTURE(parse, typical_head, kTypical);
BENCHMARK_CAPTURE(parse_and_write, short_head, kShort);
BENCHMARK_CAPTURE(parse_and_write, typical_head, kTypical);
