// SPDX-License-Identifier: Apache-2.0
// Arbitrary bytes to a server. The first byte says how the rest is cut; bit 7 leaves the preface
// out, bit 6 lets the peer stop reading. Whatever comes, the connection ends cleanly, every handler
// with it, and no block stays behind.
#include <algorithm>
#include <optional>

#include "base/check.h"
#include "http/http2_server.h"
#include "http/testing/http2_frames.h"
#include "http/testing/http2_pair.h"

namespace {

using namespace seine;  // NOLINT: a fuzz target
using http::testing::ScriptedService;

runtime::Task<void> serve(runtime::EventLoop& loop, runtime::Stream& stream, http::Service& service,
                          runtime::Drain& drain, std::optional<Result<void>>& out) {
  out = co_await http::serve_http2(loop, stream, {}, service, drain, {});
}

void run(std::string_view input, bool preface, bool lag, std::size_t piece) {
  runtime::testing::TestLoop t;
  ScriptedService service(t.loop);
  runtime::Drain drain;
  auto [peer, end] = runtime::testing::MemoryStream::make_pair();
  std::optional<Result<void>> served;
  {
    runtime::TaskScope scope(t.loop, [](Error) {});
    scope.spawn(serve(t.loop, *end, service, drain, served));
    if (lag) end->capacity = 64;
    if (preface) http::testing::write_all(*peer, http::testing::kPreface);
    for (; !input.empty() && !served; input.remove_prefix(std::min(piece, input.size()))) {
      http::testing::write_all(*peer, input.substr(0, piece));
      t.settle();
    }
    drain.fire();
    t.settle();
    peer->shutdown_write();
    t.settle();
    // Whoever reads has everything at once; the others are waited for, but not for ever.
    for (int i = 0; lag && i < 3; ++i) {
      t.clock.advance(http::Http2Options().keepalive_timeout);
      t.settle();
    }
    SEINE_CHECK(served.has_value(), "a peer that has gone ends the connection");
  }
  SEINE_CHECK(service.running == 0, "no handler outlives its connection");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 64 * 1024) return 0;
  run({reinterpret_cast<const char*>(data) + 1, size - 1}, (data[0] & 0x80) == 0,
      (data[0] & 0x40) != 0, (data[0] & 0x3fU) == 0 ? size : (data[0] & 0x3fU) * 16);
  return 0;
}
