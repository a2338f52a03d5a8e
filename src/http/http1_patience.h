// SPDX-License-Identifier: Apache-2.0
// How an HTTP/1 server waits for an answer on behalf of a client that may be gone.
//
// A client that gives up closes its socket, which looks just like one that has merely shut its
// sending side: both send a FIN. The latter reads on, so it is served; but when nothing has been
// sent to it for kClientPatience it is taken for gone, else an application that never answers would
// hold the connection, its places under every limit, and all behind it for good.
#pragma once

#include "http/http1_server.h"
#include "http/message.h"
#include "runtime/event_loop.h"
#include "runtime/stream.h"
#include "runtime/stream_writer.h"
#include "runtime/task.h"
#include "runtime/timer_wheel.h"
#include "runtime/wake.h"

namespace seine::http {

// Lives for one exchange. Everything it is given outlives it.
class Patience final : private runtime::Wakeable, private runtime::TimerNode {
 public:
  Patience(runtime::EventLoop& loop, runtime::Stream& stream, const runtime::StreamWriter& writer)
      : loop_(loop), stream_(stream), writer_(writer) {}

  // Wakes `who` once it has run out.
  void arm(runtime::Wakeable& who) {
    ended_.arm(who);
    if (!linked() && !run_out_) stream_.arm_peer_finished(*this);
  }
  bool run_out() const { return run_out_; }

 private:
  void on_wake() override { start(); }
  void on_timer() override {
    if (writer_.sent() != sent_) {
      start();
    } else {
      run_out_ = true;
      ended_.wake();
    }
  }
  void start() {
    sent_ = writer_.sent();
    loop_.add_timer(*this, kClientPatience);
  }

  runtime::EventLoop& loop_;
  runtime::Stream& stream_;
  const runtime::StreamWriter& writer_;
  std::uint64_t sent_ = 0;
  bool run_out_ = false;
  runtime::WakeSlot ended_;
};

// Awaits a call; ends early if the client hangs up, or has been silent for too long after its end.
class CallOrHangup final : private runtime::Wakeable {
 public:
  CallOrHangup(runtime::EventLoop& loop, runtime::Stream& stream, Patience& patience,
               runtime::Task<Result<Response>>& call)
      : loop_(loop), stream_(stream), patience_(patience), call_(call) {}
  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> parent) {
    call_.handle().resume();
    if (call_.done()) return parent;
    call_.set_continuation(parent);
    node_.handle = parent;
    stream_.arm_hangup(*this);
    patience_.arm(*this);
    return std::noop_coroutine();
  }
  void await_resume() const noexcept {}

 private:
  void on_wake() override { loop_.schedule(node_); }

  runtime::EventLoop& loop_;
  runtime::Stream& stream_;
  Patience& patience_;
  runtime::Task<Result<Response>>& call_;
  runtime::ReadyNode node_;
};

}  // namespace seine::http
