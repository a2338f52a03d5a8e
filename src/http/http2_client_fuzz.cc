// SPDX-License-Identifier: Apache-2.0
// Arbitrary bytes to a client with three calls under way: one without content, one with a large
// body, one that is dropped half way. The first byte says how the rest is cut. Every call ends when
// the server has gone.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include "base/check.h"
#include "http/http2_client.h"
#include "http/testing/http2_frames.h"
#include "http/testing/http2_pair.h"

namespace {

using namespace seine;  // NOLINT: a fuzz target
using http::testing::Http2Pair;

runtime::Task<void> call(runtime::EventLoop& loop, http::Http2Client& client,
                         http::Request request) {
  Result<http::Response> response = co_await client.send(std::move(request));
  if (!response) co_return;
  (void)co_await http::collect(loop, std::move(response->body), 100'000);
}

void run(std::string_view input, std::size_t piece) {
  runtime::testing::TestLoop t;
  auto [near, server] = runtime::testing::MemoryStream::make_pair();
  http::Http2Client client(t.loop, std::move(near), {});
  runtime::TaskScope calls(t.loop, [](Error) {});
  auto dropped = std::make_unique<runtime::TaskScope>(t.loop, [](Error) {});
  calls.spawn(call(t.loop, client, Http2Pair::request("GET", "/")));
  calls.spawn(call(t.loop, client,
                   Http2Pair::request("POST", "/", http::make_body(std::string(100'000, 'x')))));
  dropped->spawn(call(t.loop, client, Http2Pair::request("GET", "/")));
  t.settle();
  const std::size_t half = input.size() / 2;
  while (!input.empty() && !client.closed().fired()) {
    if (input.size() <= half) dropped.reset();
    http::testing::write_all(*server, input.substr(0, piece));
    input.remove_prefix(std::min(piece, input.size()));
    t.settle();
  }
  dropped.reset();
  server->shutdown_write();
  t.settle();
  SEINE_CHECK(client.closed().fired(), "a server that has gone ends the connection");
  SEINE_CHECK(calls.size() == 0, "every call ends with its connection");
  SEINE_CHECK(client.active_streams() == 0, "every stream ends with its connection");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 64 * 1024) return 0;
  run({reinterpret_cast<const char*>(data) + 1, size - 1},
      data[0] == 0 ? size : data[0] * std::size_t{16});
  return 0;
}
