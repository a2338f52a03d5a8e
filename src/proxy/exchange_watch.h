// SPDX-License-Identifier: Apache-2.0
// One request and its answer, watched to the end on behalf of whoever tells of it: the access log,
// a trace. The end is told exactly once, also of what we answered ourselves, what failed, and what
// whoever asked went away from. One loop.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/time.h"
#include "http/message.h"

namespace seine::proxy {

struct ExchangeEnd {
  TimePoint started;
  std::optional<TimePoint> answered;  // the head of the answer
  TimePoint ended;
  std::uint16_t status = 0;  // 0: there was no answer
  std::optional<std::uint32_t> grpc_status;
  std::uint64_t response_bytes = 0;  // of the body, as passed on
  std::string_view error;            // error_name(); empty: it ended in order

  bool broken = false;  // it did not come to its end

  // No answer, one that broke off, a status of 500 or more, or a failure of gRPC's. What policy
  // refuses with less than that is an answer.
  bool is_failure() const;
};

class ExchangeTeller {
 public:
  virtual ~ExchangeTeller() = default;
  virtual void tell(const ExchangeEnd& end) = 0;
};

class ExchangeWatch {
 public:
  ExchangeWatch() = default;  // nobody wants to know: it costs nothing
  ExchangeWatch(const runtime::EventLoop& loop, std::unique_ptr<ExchangeTeller> teller);
  ExchangeWatch(ExchangeWatch&& other) noexcept;
  ExchangeWatch& operator=(ExchangeWatch&&) = delete;
  // Tells of it as cancelled unless its end was told.
  ~ExchangeWatch();

  bool on() const { return teller_ != nullptr; }
  // Why the answer that follows is ours, or why there will be none.
  void fail(const Error& error) { end_.error = error_name(error.code); }
  // The answer, which takes the watch along; it ends with its body.
  static http::Response watch(ExchangeWatch watch, http::Response response);
  // It has ended. `trailers` may be null.
  void end(const http::Headers* trailers);

 private:
  class WatchedBody;
  void answered(const http::ResponseHead& head);

  const runtime::EventLoop* loop_ = nullptr;
  std::unique_ptr<ExchangeTeller> teller_;  // null: nobody wants to know, or it was told
  ExchangeEnd end_;
  bool grpc_ = false;
};

}  // namespace seine::proxy
