// SPDX-License-Identifier: Apache-2.0
#include "http/http2_stream.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include "http/http2_session.h"

namespace seine::http {

std::optional<std::uint64_t> content_length(const Headers& headers) {
  const auto text = headers.get("content-length");
  if (!text || text->empty()) return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return value;
}

Http2Stream::Http2Stream(Http2Session& session, std::int32_t id) : session_(session), id_(id) {}

Http2Stream::~Http2Stream() {
  if (body_ != nullptr) body_->stream_ = nullptr;
}

void Http2Stream::mark_now() {
  session_.mark(*this);
}

void Http2Stream::on_wake() {
  resume_ = true;
  woken_ = true;
  mark_now();
}

// Inbound.

BodyPtr Http2Stream::open_inbound(const Headers& headers, bool without_content) {
  auto body = std::make_unique<Http2Body>(
      *this, without_content ? std::optional<std::uint64_t>(0) : content_length(headers));
  body_ = body.get();
  return body;
}

bool Http2Stream::give_up_untaken(Duration patience) {
  runtime::EventLoop& loop = session_.loop();
  if (!holds_untaken() || body_->untaken_for(loop.now()) < patience) return false;
  loop.pool().budget()->count(runtime::ByteBudget::Shed::kStream);
  discarded_ += body_->give_up(
      make_error(ErrorCode::kMemory, "the data of a stream that nobody took was dropped"));
  discarding_ = true;
  reset(Http2Code::kEnhanceYourCalm);
  return true;
}

void Http2Stream::on_data(runtime::Bytes data) {
  const runtime::ByteBudget* const budget = session_.loop().pool().budget();
  const bool is_scarce = budget != nullptr && budget->is_far_over();
  if (body_ != nullptr && !discarding_ && !(is_scarce && give_up_untaken(kTakenWithin))) {
    body_->push(std::move(data));
    session_.watch_for_stalls();
    return;
  }
  discarded_ += data.size();
  mark_now();
}

void Http2Stream::end_inbound(std::optional<Headers> trailers) {
  inbound_ended_ = true;
  if (body_ != nullptr) body_->end(std::move(trailers));
}

void Http2Stream::on_body_destroyed(std::size_t unread) {
  body_ = nullptr;
  discarded_ += unread;
  mark_now();
  if (!inbound_ended_ && !closed_) on_body_dropped();
}

// Outbound.

void Http2Stream::set_outbound(BodyPtr body, std::optional<std::uint64_t> declared) {
  outbound_ = std::move(body);
  woken_ = outbound_ != nullptr;
  left_ = declared;
}

// The chunk stays: nghttp2 may have promised it in the header of a DATA frame that waits for room
// in the writer, and that frame goes out whole even if a reset follows it.
void Http2Stream::drop_outbound() {
  outbound_ended_ = true;
  outbound_.reset();
  ahead_ = runtime::Bytes();
}

void Http2Stream::reset(Http2Code code) {
  if (!reset_) reset_ = code;
  mark_now();
}

// One chunk of the outbound body; false if there is none now.
bool Http2Stream::pull(runtime::Bytes& into) {
  if (outbound_ == nullptr) return false;
  const BodyPoll polled = outbound_->poll(*this, into);
  outbound_begun_ = outbound_begun_ || polled != BodyPoll::kPending;
  switch (polled) {
    case BodyPoll::kData:
      if (left_) {
        if (into.size() > *left_) {
          into = runtime::Bytes();
          reset(Http2Code::kInternalError);  // more than its content-length
          return false;
        }
        *left_ -= into.size();
      }
      return true;
    case BodyPoll::kEnd:
      if (left_.value_or(0) != 0) {
        reset(Http2Code::kInternalError);  // less than its content-length
        return false;
      }
      if (const Headers* trailers = outbound_->trailers()) outbound_trailers_ = *trailers;
      outbound_ended_ = true;
      outbound_.reset();
      return false;
    case BodyPoll::kPending: return false;
    case BodyPoll::kError:
      outbound_error_ = outbound_->error();
      reset(http2_code_for(*outbound_error_, outbound_failure()));
      return false;
  }
  return false;
}

std::ptrdiff_t Http2Stream::read_outbound(nghttp2_session* session, std::size_t room,
                                          std::uint32_t& flags) {
  woken_ = false;
  if (chunk_.empty()) chunk_ = std::exchange(ahead_, runtime::Bytes());
  if (chunk_.empty() && !reset_) pull(chunk_);
  const bool looks_ahead = !session_.loop().pool().is_over_budget();
  if (!chunk_.empty() && ahead_.empty() && !reset_ && looks_ahead) pull(ahead_);
  if (reset_) return NGHTTP2_ERR_DEFERRED;
  if (chunk_.empty() && !outbound_ended_) {
    if (outbound_ != nullptr) outbound_->on_sent();
    // All has left: what waits at the next look has not waited since the last.
    waited_at_check_ = false;
    return NGHTTP2_ERR_DEFERRED;
  }
  const std::size_t n = std::min(room, chunk_.size());
  flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (outbound_ended_ && n == chunk_.size() && ahead_.empty()) {
    flags |= NGHTTP2_DATA_FLAG_EOF;
    if (outbound_trailers_ && !outbound_trailers_->empty()) {
      std::vector<nghttp2_nv>& fields = session_.scratch();
      append_trailers(*outbound_trailers_, fields);
      if (!fields.empty()) {
        // The one submission nghttp2 wants to be made from within its callback.
        flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        nghttp2_submit_trailer(session, id_, fields.data(), fields.size());
      }
    }
  }
  return static_cast<std::ptrdiff_t>(n);
}

bool Http2Stream::check_stall() {
  const bool waits = is_sending() && !reset_ && (!chunk_.empty() || !ahead_.empty() || woken_);
  const bool stalled = waits && waited_at_check_ && sent_ - sent_at_check_ < kMinStreamProgress;
  waited_at_check_ = waits;
  sent_at_check_ = sent_;
  return stalled;
}

void Http2Stream::on_local_end() {
  local_ended_ = true;
  if (discarding_) mark_now();
}

void Http2Stream::on_nghttp2_close(std::uint32_t code) {
  closed_ = true;
  close_code_ = code;
  mark_now();
}

// Acting.

void Http2Stream::act(nghttp2_session* session) {
  if (credit_ > 0) {
    session_.note_taken(credit_);
    nghttp2_session_consume(session, id_, std::exchange(credit_, 0));
  }
  if (discarded_ > 0) nghttp2_session_consume_connection(session, std::exchange(discarded_, 0));
  if (!closed_) {
    if (!reset_ && local_ended_ && discarding_ && !inbound_ended_) reset_ = Http2Code::kNoError;
    if (!reset_) submit(session);
    if (reset_ && !reset_sent_) {
      reset_sent_ = true;
      if (id_ > 0) {
        nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, id_,
                                  static_cast<std::uint32_t>(*reset_));
      }
      drop_outbound();
    } else if (std::exchange(resume_, false)) {
      nghttp2_session_resume_data(session, id_);
    }
    return;
  }
  if (std::exchange(close_told_, true)) return;
  if (inbound_ended_) {
    on_closed(nullptr);
  } else {
    const Error error = closed_error(close_code_, peer_reset_);
    if (body_ != nullptr) body_->fail(error);
    on_closed(&error);
  }
  drop_outbound();
}

void Http2Stream::abandon(const Error& error) {
  closed_ = true;
  if (std::exchange(close_told_, true)) return;
  if (body_ != nullptr && !inbound_ended_) body_->fail(error);
  on_closed(inbound_ended_ ? nullptr : &error);
  drop_outbound();
}

}  // namespace seine::http
