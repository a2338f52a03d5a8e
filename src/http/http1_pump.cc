// SPDX-License-Identifier: Apache-2.0
#include "http/http1_pump.h"

#include <string>
#include <utility>

#include "http/http1_write.h"

namespace seine::http {

BodyPump::~BodyPump() {
  if (running()) writer_.set_source(nullptr);
}

void BodyPump::start(BodyPtr body, Framing framing) {
  body_ = std::move(body);
  framing_ = framing;
  state_ = State::kMoving;
  if (framing.kind == Framing::Kind::kNone) {
    settle(State::kDone);
    return;
  }
  writer_.set_source(this);
  move();
}

bool BodyPump::fill() {
  if (state_ == State::kFinishing) {
    if (writer_.idle()) settle(State::kDone);
    return false;
  }
  if (state_ != State::kMoving) return false;
  return writer_.full() || move();
}

bool BodyPump::move() {
  while (state_ == State::kMoving && !writer_.failed()) {
    if (writer_.full()) return true;
    runtime::Bytes data;
    switch (body_ == nullptr ? BodyPoll::kEnd : body_->poll(*this, data)) {
      case BodyPoll::kData: send(std::move(data)); break;
      case BodyPoll::kEnd: finish(); break;
      case BodyPoll::kPending: return false;
      case BodyPoll::kError: fail_with(body_->error()); break;
    }
  }
  return false;
}

void BodyPump::send(runtime::Bytes data) {
  switch (framing_.kind) {
    case Framing::Kind::kChunked:
      writer_.write(ChunkHeader(data.size()).view());
      writer_.write(std::move(data));
      writer_.write("\r\n");
      return;
    case Framing::Kind::kLength:
      if (data.size() > framing_.length) {
        fail_with(make_error(ErrorCode::kProtocol, "a body is longer than its content-length"));
        return;
      }
      framing_.length -= data.size();
      writer_.write(std::move(data));
      return;
    case Framing::Kind::kUntilClose:
    case Framing::Kind::kNone: writer_.write(std::move(data)); return;
  }
}

void BodyPump::finish() {
  switch (framing_.kind) {
    case Framing::Kind::kChunked: {
      const Headers* trailers = body_ == nullptr ? nullptr : body_->trailers();
      if (trailers == nullptr) {
        writer_.write("0\r\n\r\n");
      } else {
        std::string text = "0\r\n";
        append_trailers(text, *trailers);
        writer_.write(text);
      }
      settle(State::kDone);
      return;
    }
    case Framing::Kind::kLength:
      if (framing_.length > 0) {
        fail_with(make_error(ErrorCode::kProtocol, "a body is shorter than its content-length"));
        return;
      }
      settle(State::kDone);
      return;
    case Framing::Kind::kUntilClose:
      state_ = State::kFinishing;
      writer_.finish();
      writer_.arm_idle(*this);
      return;
    case Framing::Kind::kNone: settle(State::kDone); return;
  }
}

void BodyPump::fail_with(Error error) {
  error_ = std::make_unique<Error>(std::move(error));
  settle(State::kFailed);
}

void BodyPump::settle(State state) {
  writer_.set_source(nullptr);
  state_ = state;
  // Moved out first: a body's destructor may ask about this pump.
  if (!kept_) BodyPtr(std::move(body_)).reset();
  settled_.wake();
}

}  // namespace seine::http
