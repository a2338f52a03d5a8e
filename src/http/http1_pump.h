// SPDX-License-Identifier: Apache-2.0
// BodyPump: carries a Body into a StreamWriter in HTTP/1's framing. It runs inline as far as the
// body and the writer let it, then at the ends of turns; no coroutine waits for each piece. It
// stops at StreamWriter::full(). Used for responses by the server and for requests by the client.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "http/body.h"
#include "http/http1_head.h"
#include "runtime/stream_writer.h"
#include "runtime/wake.h"

namespace seine::http {

class BodyPump final : private runtime::StreamWriter::Source, private runtime::Wakeable {
 public:
  // `writer` outlives the pump, and has no other source.
  explicit BodyPump(runtime::StreamWriter& writer) : writer_(writer) {}
  ~BodyPump();
  BodyPump(const BodyPump&) = delete;
  BodyPump& operator=(const BodyPump&) = delete;

  // Begins to send; a null body is empty. The head is in the writer already. kNone: nothing of the
  // body is sent (HEAD). kUntilClose ends with the shutdown of the stream, once all has left.
  void start(BodyPtr body, Framing framing);

  // Nothing more will be moved: sent whole, or failed.
  bool settled() const { return state_ == State::kDone || state_ == State::kFailed; }
  bool running() const { return state_ == State::kMoving || state_ == State::kFinishing; }
  // The body has ended, what it gave is leaving, and then the stream is shut.
  bool finishing() const { return state_ == State::kFinishing; }
  // The body failed, or was not as long as its framing says (kProtocol). What was sent is then no
  // whole message. A failing writer does not settle the pump: see StreamWriter::failed().
  bool failed() const { return state_ == State::kFailed; }
  const Error& error() const { return *error_; }
  bool ends_with_connection() const { return framing_.kind == Framing::Kind::kUntilClose; }
  // Wakes `who` once, when it settles.
  void arm_settled(runtime::Wakeable& who) { settled_.arm(who); }
  // Gives the body up, which stays here once settled if `kept` was asked for.
  void drop_body() { body_.reset(); }
  // The body outlives its end, for a tunnel whose other direction still needs it.
  void keep_body() { kept_ = true; }

 private:
  enum class State : std::uint8_t { kIdle, kMoving, kFinishing, kDone, kFailed };

  bool fill() override;
  void on_wake() override { writer_.touch(); }
  // Until the body has no more for now; true if the writer is full instead.
  bool move();
  void send(runtime::Bytes data);
  void finish();
  void fail_with(Error error);
  void settle(State state);

  runtime::StreamWriter& writer_;
  BodyPtr body_;
  Framing framing_;  // length: what is left
  State state_ = State::kIdle;
  bool kept_ = false;
  std::unique_ptr<Error> error_;
  runtime::WakeSlot settled_;
};

}  // namespace seine::http
