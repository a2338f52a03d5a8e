// SPDX-License-Identifier: Apache-2.0
// The client's side of an HTTP/1 connection: one exchange at a time. Usually a pool's (see
// http1_pool.h); one loop.
//
// What it does with a request:
//  - The body is sent while the answer is already awaited; an early answer is given at once, the
//    rest of the body still follows until the answer ends.
//  - With `expect: 100-continue` the body is not polled before a 100 or kContinueWait.
//  - Upgrade (a request with an `upgrade` field) and CONNECT: the body is a tunnel's, see
//    http1_server.h; it is polled once the answer opens the tunnel. The answer's body carries what
//    the server sends, raw. The connection lives until both ends of it have ended or been dropped.
//  - Framing and connection fields are derived, see http1_write.h. Answers come without hop-by-hop
//    fields but `upgrade` with 101. Informational answers other than 100 and 101 go to
//    Request::early.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/result.h"
#include "base/time.h"
#include "http/http1_body.h"
#include "http/http1_deadline.h"
#include "http/http1_head.h"
#include "http/http1_pump.h"
#include "http/message.h"
#include "runtime/buffer.h"
#include "runtime/event_loop.h"
#include "runtime/list.h"
#include "runtime/stream.h"
#include "runtime/stream_writer.h"
#include "runtime/task.h"

namespace seine::http {

class Http1Pool;

// How long a request with `expect: 100-continue` waits for the 100 (RFC 9110 10.1.1: not for ever).
inline constexpr Duration kContinueWait = std::chrono::seconds(1);

class Http1Connection final : public runtime::ListNode, private runtime::Wakeable {
 public:
  Http1Connection(runtime::EventLoop& loop, std::unique_ptr<runtime::Stream> stream);
  ~Http1Connection();

  // Sends `request`, whose head it may not change and whose body it takes, and fills `head` with
  // the answer's. Afterwards body_of() gives the answer's content. On failure the connection is of
  // no further use; request.body is handed back if it was never polled.
  // Errors, origin upstream: kRead, kWrite, kEof, kProtocol, kLimit; the request body's own Error
  // if that failed; kInvalidArgument if the head cannot be written. `retryable` where no byte of
  // the request left.
  runtime::Task<Result<void>> exchange(Request& request, ResponseHead& head);

  // The content of the answer; owns the connection until its end, then gives it back to its pool
  // if it can serve again. Dropped before, it closes the connection. Null: no content, and the
  // connection has been given back or closed already (not so for tunnels).
  static BodyPtr body_of(std::unique_ptr<Http1Connection> self);

  // About the last exchange: whether any byte of an answer came, whether any of the request left.
  bool heard() const { return heard_; }
  bool sent() const { return writer_.sent() != sent_before_; }

 private:
  friend class Http1Pool;
  class ResponseBody;
  enum class Step : std::uint8_t { kWait, kDone, kFailed };

  Result<void> begin(Request& request);
  Step advance(Request& request, ResponseHead& head);
  // Reads one head if a whole one is there: kDone a final one, kWait none or an informational one.
  Step take_head(Request& request, ResponseHead& head);
  Step read_more();
  Step fail_with(Error error);
  void start_body(Request& request);
  BodyPoll poll_body(runtime::Wakeable& who, runtime::Bytes& data, Error& error);
  static void give_back(std::unique_ptr<Http1Connection> self);
  // Ready for another request: everything of the last one is over, and nothing unasked has come.
  bool reusable() const;
  // Whether it is still silent and open.
  bool still_idle();
  void watch_idle();
  void on_wake() override;

  runtime::EventLoop& loop_;
  std::unique_ptr<runtime::Stream> stream_;
  runtime::StreamWriter writer_;
  HeadBuffer head_;
  runtime::Bytes in_;
  BodyDecoder decoder_;
  std::optional<BodyPump> pump_;  // a new one for each request
  Framing request_framing_;
  Asked asked_;
  bool body_held_ = false;  // not started: waits for a 100 or a tunnel
  bool keep_alive_ = false;
  bool tunnel_ = false;
  bool heard_ = false;
  bool stirred_ = false;  // something happened while idle
  std::uint64_t sent_before_ = 0;
  TimePoint idle_since_;
  Http1Pool* pool_ = nullptr;  // to go back to; null once that is gone
  std::unique_ptr<Error> failure_;
  runtime::Waker waker_;
  Deadline continue_deadline_;
};

}  // namespace seine::http
