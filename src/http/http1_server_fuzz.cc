// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <string_view>

#include "base/check.h"
#include "http/http1_server.h"
#include "runtime/task_scope.h"
#include "runtime/testing/memory_stream.h"
#include "runtime/testing/test_loop.h"

namespace {

using namespace seine;

// The content comes back; a path that begins with /x drops it unread.
class Echo final : public http::Service {
 public:
  runtime::Task<Result<http::Response>> call(http::Request request) override {
    http::Response response;
    if (!request.head.path.starts_with("/x")) response.body = std::move(request.body);
    co_return response;
  }
};

runtime::Task<void> serve(runtime::EventLoop& loop, runtime::Stream& stream, http::Service& service,
                          runtime::Drain& drain, bool& done) {
  const Result<void> ended = co_await http::serve_http1(loop, stream, {}, service, drain, {});
  SEINE_CHECK(ended || !ended.error().message.empty(), "an error has a sentence");
  done = true;
}

}  // namespace

// Whatever comes, in pieces of whatever size: the server ends, and holds nothing afterwards.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  runtime::testing::TestLoop t;
  auto [near, far] = runtime::testing::MemoryStream::make_pair();
  near->max_read = data[0];
  near->max_write = data[1];
  std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  Echo echo;
  runtime::Drain drain;
  bool done = false;
  runtime::TaskScope scope(t.loop, [](Error) {});
  scope.spawn(serve(t.loop, *near, echo, drain, done));
  while (!text.empty()) {
    iovec piece{const_cast<char*>(text.data()), std::min<std::size_t>(text.size(), 700)};
    text.remove_prefix(piece.iov_len);
    far->try_write({&piece, 1});
    t.settle();
  }
  const std::string_view answers = far->unread();
  SEINE_CHECK(answers.empty() || answers.starts_with("HTTP/1."), "it speaks HTTP/1");
  far->shutdown_write();
  t.settle();
  t.advance(std::chrono::seconds(3), std::chrono::seconds(1));
  SEINE_CHECK(done, "the connection ends");
  SEINE_CHECK(t.loop.pool().in_use() == 0, "nothing is held");
  return 0;
}
