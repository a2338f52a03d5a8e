// SPDX-License-Identifier: Apache-2.0
// The client's side of one HTTP/2 connection: requests share it, each on a stream of its own.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "base/result.h"
#include "http/http2_options.h"
#include "http/message.h"
#include "runtime/event_loop.h"
#include "runtime/signal.h"
#include "runtime/stream.h"
#include "runtime/task.h"
#include "runtime/wake.h"

namespace seine::http {

class Http2ClientSession;

// One try of a request, for a caller that has others: another connection, another endpoint.
struct Http2Attempt {
  virtual ~Http2Attempt() = default;
  // The request's head leaves: from now on the server may see it. On the loop; only notes.
  virtual void on_sent() { sent = true; }

  bool sent = false;
  // With an error: the request again, if the server has processed none of it. Either it never left,
  // or its stream was refused (REFUSED_STREAM, or beyond the last stream of a GOAWAY) before any of
  // its body was taken.
  std::optional<Request> unprocessed;
};

// Owns the connection; destroying it says GOAWAY and closes. Calls under way then fail, bodies
// handed out stay valid and answer with an error. Not to be destroyed from within its own calls'
// destructors. One loop.
class Http2Client final : public Service {
 public:
  // Speaks at once, without a protocol negotiation (prior knowledge, or ALPN before).
  Http2Client(runtime::EventLoop& loop, std::unique_ptr<runtime::Stream> stream,
              Http2Options options);
  ~Http2Client();
  Http2Client(const Http2Client&) = delete;
  Http2Client& operator=(const Http2Client&) = delete;

  // Completes with the response's head; the request's body is sent meanwhile and afterwards.
  // Destroying the task before, or the response's body before its end, resets the stream with
  // CANCEL. Beyond the server's limit on streams requests wait in order.
  //
  // Errors: retryable ones where the server has seen nothing (REFUSED_STREAM, beyond the last
  // stream of a GOAWAY, never sent); kReset with cause kH2 for a reset; kLoadShed if too many wait;
  // kProtocol for a malformed response; kEof and others for a lost connection. The request, whose
  // parts are taken, and `attempt`, which may be null, outlive the task; with an attempt the
  // request's head is kept until the server answers.
  [[clang::coro_wrapper]] runtime::Task<Result<Response>> send(Request&& request,
                                                               Http2Attempt* attempt = nullptr);
  runtime::Task<Result<Response>> call(Request request) override {
    co_return co_await send(std::move(request));
  }

  // Whether another request may be sent: false after GOAWAY, at the end of stream numbers, and
  // once the connection is gone.
  bool usable() const;
  // Requests that are not over: waiting, or sent and not both answered and sent to the end.
  std::size_t active_streams() const;
  // How many more requests the server takes at once; no end of them until greeted() has fired.
  std::size_t room() const;
  // Wakes `who`, the last that asked, when the next request is over.
  void arm_room(runtime::Wakeable& who);
  // Fires when the server's SETTINGS have come, or the connection is gone without them.
  runtime::Signal& greeted();
  // Fires when usable() turns false.
  runtime::Signal& retired();
  // Fires when the connection is gone.
  runtime::Signal& closed();

 private:
  std::unique_ptr<runtime::Stream> stream_;
  std::unique_ptr<Http2ClientSession> session_;
};

}  // namespace seine::http
