// SPDX-License-Identifier: Apache-2.0
// The client's half of Http2Session: requests that wait for a stream, calls that wait for a head.
#pragma once

#include <cstddef>
#include <optional>

#include "http/http2_client.h"
#include "http/http2_session.h"
#include "http/message.h"
#include "runtime/signal.h"
#include "runtime/task_scope.h"

namespace seine::http {

class Http2ClientStream;

// Where a call waits for the head of its response; lives in the call's frame. It and the stream
// point at each other until the head is there or one of them dies.
struct Http2Exchange {
  Http2Exchange(runtime::EventLoop& loop, Http2Attempt* of) : attempt(of), waker(loop) {}
  ~Http2Exchange();
  Http2Exchange(const Http2Exchange&) = delete;
  Http2Exchange& operator=(const Http2Exchange&) = delete;

  void complete(Result<Response> with);

  Http2ClientStream* stream = nullptr;
  Http2Attempt* const attempt;  // may be null
  EarlyHeads* early = nullptr;
  std::optional<Result<Response>> result;
  runtime::Waker waker;
};

class Http2ClientStream final : public Http2Stream {
 public:
  // A place among the requests that wait for a stream.
  struct Place : runtime::ListNode {
    explicit Place(Http2ClientStream& owner) : stream(owner) {}
    Http2ClientStream& stream;
  };

  Http2ClientStream(Http2ClientSession& session, Http2Exchange& exchange, Request&& request);

  Place& place() { return place_; }
  // Takes the request to nghttp2, which may hold it until there is room, and drops it if a GOAWAY
  // comes before that. False: no stream numbers are left.
  bool open();
  // Never sent, and never will be.
  void refuse(const Error& error) { abandon(error); }
  // The same, and nobody shall send it elsewhere.
  void expire(const Error& error);
  TimePoint queued_at() const { return queued_at_; }
  void on_exchange_gone();

 private:
  bool on_headers(Http2HeadReader& block, bool end_stream) override;
  void on_head_sent() override;
  void submit(nghttp2_session*) override {}
  void on_closed(const Error* error) override;
  Error closed_error(std::uint32_t code, bool by_peer) const override;
  void on_body_dropped() override { reset(Http2Code::kCancel); }
  Http2Code outbound_failure() const override { return Http2Code::kCancel; }
  bool held() const override { return exchange_ != nullptr; }

  Http2ClientSession& client_;
  Http2Exchange* exchange_;
  Place place_{*this};
  const TimePoint queued_at_;
  // Until its head is sent; for an attempt until it is answered, then without the body.
  std::optional<Request> request_;
  bool for_head_ = false;  // the method is HEAD: an answer has no content
  bool head_sent_ = false;
  bool head_seen_ = false;
};

class Http2ClientSession final : public Http2Session {
 public:
  Http2ClientSession(runtime::EventLoop& loop, runtime::Stream& stream,
                     const Http2Options& options);
  ~Http2ClientSession() override;

  static runtime::Task<Result<Response>> send(Http2ClientSession& session, Request&& request,
                                              Http2Attempt* attempt);
  bool usable() const { return !retired_.fired(); }
  std::size_t active() const { return waiting_ + open_; }
  std::size_t room();
  void arm_room(runtime::Wakeable& who) { room_slot_.arm(who); }
  runtime::Signal& greeted() { return greeted_; }
  runtime::Signal& retired() { return retired_; }
  runtime::Signal& closed() { return closed_; }

 private:
  friend class Http2ClientStream;
  runtime::Task<void> drive();
  void on_goaway() override { retired_.fire(); }
  void on_settings() override { greeted_.fire(); }
  void on_over() override {
    retired_.fire();
    greeted_.fire();
  }
  void on_settled() override;
  void leave_queue(Http2ClientStream& stream);
  // Fails those that have waited for too long; the first of the others sets the clock.
  void expire_queue();

  // Settles again, when the first of the queue has waited for long enough.
  struct QueueTimer final : runtime::TimerNode {
    Http2ClientSession& session;
    explicit QueueTimer(Http2ClientSession& s) : session(s) {}
    void on_timer() override { session.touch(); }
  };

  QueueTimer queue_timer_{*this};
  std::size_t waiting_ = 0;
  std::size_t open_ = 0;
  runtime::List<Http2ClientStream::Place> queue_;
  runtime::WakeSlot room_slot_;
  runtime::Signal greeted_;
  runtime::Signal retired_;
  runtime::Signal closed_;
  runtime::TaskScope scope_;
};

}  // namespace seine::http
