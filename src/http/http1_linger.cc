// SPDX-License-Identifier: Apache-2.0
#include "http/http1_linger.h"

#include "runtime/buffer.h"

namespace seine::http {

using runtime::Bytes;
using runtime::IoResult;
using runtime::Task;

Task<void> close_http1(runtime::EventLoop& loop, runtime::Stream& stream,
                       runtime::StreamWriter& writer, runtime::Waker& waker, Deadline& deadline,
                       bool may_send) {
  if (stream.hung_up() || writer.failed()) co_return;
  deadline.clear();
  writer.finish();
  while (!writer.idle()) {
    if (writer.failed() || stream.hung_up()) co_return;
    writer.arm_idle(waker);
    writer.arm_failed(waker);
    stream.arm_hangup(waker);
    co_await waker.wait();
  }
  if (!may_send) co_return;
  deadline.set(kLingerTimeout);
  while (!deadline.passed()) {
    Bytes ignored;
    const IoResult result = read_block(stream, loop.pool(), ignored);
    if (result.status == IoResult::Status::kOk) {
      co_await runtime::yield(loop);
      continue;
    }
    if (result.status != IoResult::Status::kWouldBlock) co_return;
    stream.arm_read(waker);
    co_await waker.wait();
  }
}

}  // namespace seine::http
