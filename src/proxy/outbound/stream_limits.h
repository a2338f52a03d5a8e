// SPDX-License-Identifier: Apache-2.0
// How long one exchange may take: the whole of it, the answer once the request has been sent, and
// without a byte in either direction; how long one try of it may take to its answer's head once it
// has been sent, and all tries together to the head of the answer that is taken. Held by
// shared_ptr: by whoever waits for the head, and by the bodies of both directions. One loop.
#pragma once

#include <memory>
#include <optional>

#include "http/message.h"
#include "model/client_policy.h"
#include "runtime/combine.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"

namespace seine::proxy {

class StreamLimits final : public runtime::TimerNode,
                           public std::enable_shared_from_this<StreamLimits> {
 public:
  // The whole begins now. `head`: until accept().
  StreamLimits(runtime::EventLoop& loop, const model::Timeouts& timeouts,
               std::optional<Duration> head = std::nullopt);

  // Another try: of its request nothing has been sent. `head`: its own limit. The error of both
  // limits of heads is kResponseTimeout, that of the others kTimeout.
  void begin_try(std::optional<Duration> head);
  // Whether a limit has passed that further tries are within as well.
  bool is_over() const { return expired_ && !expired_by_try_; }
  // What the last try gave is taken; it is the error if the time for its head is over, which may
  // have been kept back.
  Result<http::Response> accept(Result<http::Response> response);
  // The try can be the last after all: it has no limit of its own.
  void lift_head() { head_.reset(); }
  // The body, whose end begins the wait for the answer.
  http::BodyPtr watch_request(http::BodyPtr body);
  // The request leaves for its endpoint, with this body; without one, or with an empty one, that is
  // all of it.
  void on_leave(const http::Body* body);
  // Until the end of its body, which fails when a limit has passed; gRPC's over HTTP/2 ends with a
  // status in its trailers instead.
  http::Response watch_response(http::Response response);
  // The task's result, or the error of the limit that passed before. `limits` outlives it by being
  // held.
  template <class T>
  static runtime::Task<Result<T>> within(std::shared_ptr<StreamLimits> limits,
                                         runtime::Task<Result<T>> task);

 private:
  class RequestBody;
  class ResponseBody;

  void on_timer() override;
  void set_timer();
  // The earliest limit, and the error of it.
  struct Due {
    TimePoint at = TimePoint::max();
    ErrorCode code = ErrorCode::kTimeout;
    const char* what = "";
    Duration after{};
    bool is_of_try = false;
  };
  Due next() const;
  void on_activity() { active_ = loop_.now(); }
  void on_request_end();
  void stop();
  runtime::Task<Error> expire();

  runtime::EventLoop& loop_;
  const model::Timeouts timeouts_;
  const TimePoint begun_;
  std::optional<Duration> accepted_head_;
  std::optional<Duration> head_;   // of this try, while it is waited for
  std::uint32_t try_ = 0;          // what earlier ones do counts for nothing
  std::optional<TimePoint> sent_;  // the request's end
  TimePoint active_;
  bool over_ = false;
  std::optional<Error> expired_;
  bool expired_by_try_ = false;
  runtime::WakeSlot waiter_;  // of the head
  runtime::WakeSlot request_reader_;
  runtime::WakeSlot response_reader_;
};

template <class T>
runtime::Task<Result<T>> StreamLimits::within(std::shared_ptr<StreamLimits> limits,
                                              runtime::Task<Result<T>> task) {
  auto first = co_await runtime::race(std::move(task), limits->expire());
  if (first.index() == 0) co_return std::get<0>(std::move(first));
  co_return fail(std::get<1>(std::move(first)));
}

}  // namespace seine::proxy
