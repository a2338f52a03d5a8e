// SPDX-License-Identifier: Apache-2.0
#include "http/http2_session.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/check.h"
#include "http/http2_callbacks.h"

namespace seine::http {

namespace {

// fill() goes round while acting on streams brings new work; what is left then has the next turn.
constexpr int kMaxPasses = 8;
// Reading yields to others after so much.
constexpr std::size_t kReadBurst = 256 * 1024;
// RFC 9113, section 6.5.2.
constexpr std::uint32_t kMinFrameSize = 16'384;
constexpr std::uint32_t kMaxFrameSize = 16'777'215;

}  // namespace

Http2Session::Http2Session(runtime::EventLoop& loop, runtime::Stream& stream,
                           const Http2Options& options, Side side)
    : loop_(loop),
      stream_(stream),
      options_(options),
      side_(side),
      reader_(options.max_header_list_bytes, options.max_header_fields),
      guard_(loop.now()),
      writer_(loop, stream),
      waker_(loop),
      last_read_(loop.now()) {
  session_ = Http2Callbacks::make_session(*this, side == Side::kServer);
  if (side == Side::kServer) watch_.emplace();
  if (options_.adaptive_windows) {
    windows_.emplace(options_.initial_stream_window, options_.initial_connection_window);
  }
  start(side);
  writer_.set_source(this);
  writer_.touch();
  if (options_.keepalive_interval) loop_.add_timer(*this, *options_.keepalive_interval);
}

Http2Session::~Http2Session() {
  while (!streams_.empty()) delete &streams_.front();
  nghttp2_session_del(session_);
}

void Http2Session::start(Side side) {
  std::vector<nghttp2_settings_entry> settings = {
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE,
       std::min<std::uint32_t>(options_.initial_stream_window, NGHTTP2_MAX_WINDOW_SIZE)},
      {NGHTTP2_SETTINGS_MAX_FRAME_SIZE,
       std::clamp(options_.max_frame_size, kMinFrameSize, kMaxFrameSize)},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE,
       static_cast<std::uint32_t>(options_.max_header_list_bytes)},
      {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1}};
  if (side == Side::kServer) {
    settings.push_back({NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, options_.max_concurrent_streams});
  } else {
    settings.push_back({NGHTTP2_SETTINGS_ENABLE_PUSH, 0});
  }
  int rv = nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  SEINE_CHECK(rv == 0, "clamped settings are valid");
  const auto window =
      std::clamp<std::uint32_t>(options_.initial_connection_window,
                                NGHTTP2_INITIAL_CONNECTION_WINDOW_SIZE, NGHTTP2_MAX_WINDOW_SIZE);
  rv = nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0,
                                             static_cast<std::int32_t>(window));
  SEINE_CHECK(rv == 0, "a clamped window is valid");
}

std::vector<nghttp2_nv>& Http2Session::scratch() {
  scratch_.clear();
  return scratch_;
}

void Http2Session::submit_response(Http2Stream& stream, bool with_body) {
  const nghttp2_data_provider provider = Http2Callbacks::provider(stream);
  nghttp2_submit_response(session_, stream.id(), scratch_.data(), scratch_.size(),
                          with_body ? &provider : nullptr);
  if (with_body) watch_for_stalls();
}

void Http2Session::watch_for_stalls() {
  if (stalls_.linked()) return;
  stalls_checked_ = loop_.now();
  wait_for_stalls();
}

void Http2Session::wait_for_stalls() {
  const bool has_timeout = options_.stall_timeout > Duration::zero();
  loop_.add_timer(stalls_,
                  has_timeout ? std::min(options_.stall_timeout, kMemoryLook) : kMemoryLook);
}

void Http2Session::look_for_stalls() {
  const bool is_short_of_memory = loop_.pool().is_over_budget();
  const bool is_time = options_.stall_timeout > Duration::zero() &&
                       loop_.now() - stalls_checked_ >= options_.stall_timeout;
  if (side_ == Side::kServer && (is_short_of_memory || is_time)) {
    stalls_checked_ = loop_.now();
    reset_stalled(is_short_of_memory);
  }
  bool is_any_open = false;
  streams_.for_each([&](Http2Stream& stream) {
    if (is_short_of_memory) stream.give_up_untaken(kMemoryLook);
    is_any_open = is_any_open || stream.is_sending() || stream.holds_untaken();
  });
  if (is_any_open) wait_for_stalls();
}

// Only marks: the streams are reset when the session next settles.
void Http2Session::reset_stalled(bool is_short_of_memory) {
  std::size_t stalled = 0;
  streams_.for_each([&](Http2Stream& stream) {
    if (!stream.check_stall()) return;
    if (++stalled <= options_.stalls_let_be && !is_short_of_memory) return;
    if (is_short_of_memory) {
      loop_.pool().budget()->count(runtime::ByteBudget::Shed::kReader);
    }
    offence("stalled stream", "reset");
    stream.reset_as_stalled();
  });
}

void Http2Session::submit_early_head(Http2Stream& stream) {
  nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, stream.id(), nullptr, scratch_.data(),
                         scratch_.size(), nullptr);
}

std::int32_t Http2Session::submit_request(Http2Stream& stream, bool with_body) {
  const nghttp2_data_provider provider = Http2Callbacks::provider(stream);
  const std::int32_t id =
      nghttp2_submit_request(session_, nullptr, scratch_.data(), scratch_.size(),
                             with_body ? &provider : nullptr, &stream);
  return id > 0 ? id : 0;
}

void Http2Session::submit_goaway() {
  // A second GOAWAY may not promise more than the first (RFC 9113, section 6.8).
  const std::int32_t last = nghttp2_session_get_last_proc_stream_id(session_);
  last_accepted_ = std::min(last, last_accepted_.value_or(last));
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, *last_accepted_, NGHTTP2_NO_ERROR, nullptr, 0);
  writer_.touch();
}

void Http2Session::submit_drain_notice() {
  drain_noticed_ = true;
  nghttp2_submit_shutdown_notice(session_);
  nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, Http2Callbacks::kDrainPing);
  writer_.touch();
}

void Http2Session::say_goodbye() {
  if (over_ || writer_.failed()) return;
  submit_goaway();
  fill();
  writer_.finish();
  writer_.flush();
}

// Acting on what the callbacks and the readers have noted.
void Http2Session::settle() {
  while (!marked_.empty()) {
    Http2Stream& stream = marked_.pop_front().stream;
    if (!over_) stream.act(session_);
    // Acting may drop a body that was not read: then the stream is marked again, to give its bytes
    // back to the connection, or its window would shrink with each of them.
    if (stream.finished() && (over_ || !stream.owes())) delete &stream;
  }
  on_settled();
}

bool Http2Session::fill() {
  if (over_) {
    settle();
    return false;
  }
  filling_ = true;
  for (int pass = 0; pass < kMaxPasses; ++pass) {
    settle();
    measure_windows();
    const int rv = nghttp2_session_send(session_);
    if (rv != 0) {
      conclude(Http2Close::kIo, fail(ErrorCode::kInternal, nghttp2_strerror(rv)));
      break;
    }
    if (marked_.empty() || writer_.full()) break;
  }
  filling_ = false;
  if (!marked_.empty()) writer_.touch();
  if (conclusion_ ||
      (!nghttp2_session_want_read(session_) && !nghttp2_session_want_write(session_))) {
    waker_.on_wake();
  }
  return writer_.full();
}

void Http2Session::charge(Http2Close reason, std::int64_t points) {
  if (!guard_.charge(reason, points, loop_.now())) flooded_ = true;
}

// No new streams; a client that meant no harm opens them elsewhere. A server is left by its
// requests as it is.
void Http2Session::send_away() {
  if (side_ != Side::kServer || sent_away_) return;
  sent_away_ = true;
  offence(http2_close_name(guard_.reason()), "goaway");
  submit_goaway();
}

// After nghttp2, which is the first to refuse what it refuses itself.
void Http2Session::look_at_frames() {
  if (!watch_) return;
  if (const std::optional<Http2Code> broken = watch_->read(input_.view())) {
    nghttp2_session_terminate_session(session_, static_cast<std::uint32_t>(*broken));
  }
  const auto control = static_cast<std::int64_t>(watch_->take_control());
  if (control > 0) charge(Http2Close::kControlFlood, control * Http2Guard::kControl);
  const auto empty = static_cast<std::int64_t>(watch_->take_empty_data());
  if (empty > 0) charge(Http2Close::kEmptyFrames, empty * Http2Guard::kEmptyData);
}

void Http2Session::measure_windows() {
  if (!windows_ || !windows_->take_ping(loop_.now())) return;
  nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, Http2Callbacks::kWindowPing);
}

void Http2Session::on_window_ping() {
  if (!windows_ || !windows_->on_answer(loop_.now())) return;
  const nghttp2_settings_entry window{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, windows_->stream()};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, &window, 1);
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0,
                                        static_cast<std::int32_t>(windows_->connection()));
}

void Http2Session::receive(runtime::Bytes data) {
  last_read_ = loop_.now();
  awaiting_answer_ = false;
  input_ = std::move(data);
  const auto rv = nghttp2_session_mem_recv(
      session_, reinterpret_cast<const std::uint8_t*>(input_.data()), input_.size());
  look_at_frames();
  input_ = runtime::Bytes();
  writer_.touch();
  if (rv == NGHTTP2_ERR_FLOODED || rv == NGHTTP2_ERR_TOO_MANY_CONTINUATIONS) {
    conclude(
        Http2Close::kControlFlood,
        fail(ErrorCode::kLimit, rv == NGHTTP2_ERR_FLOODED
                                    ? "the peer sends control frames without reading the answers"
                                    : "the peer goes on and on with a header block"));
  } else if (rv < 0) {
    conclude(Http2Close::kProtocol,
             fail(ErrorCode::kProtocol, std::string("the peer does not speak HTTP/2: ") +
                                            nghttp2_strerror(static_cast<int>(rv))));
  } else if (side_ == Side::kServer &&
             nghttp2_session_get_outbound_queue_size(session_) > most_queued()) {
    conclude(Http2Close::kControlFlood,
             fail(ErrorCode::kLimit, "the peer has us answer without reading the answers"));
  } else if (flooded_ && !conclusion_) {
    nghttp2_session_terminate_session(session_, NGHTTP2_ENHANCE_YOUR_CALM);
    const Http2Close reason = guard_.reason();
    conclude(reason, fail(ErrorCode::kLimit, std::string("the peer was closed for ") +
                                                 std::string(http2_close_name(reason))));
  } else if (guard_.nearly_spent()) {
    send_away();
  }
  settle();
}

void Http2Session::conclude(Http2Close reason, Result<void> result) {
  if (conclusion_) return;
  if (!result) {
    result.error().origin =
        side_ == Side::kServer ? ErrorOrigin::kDownstream : ErrorOrigin::kUpstream;
  }
  conclusion_ = std::move(result);
  if (options_.close_counts != nullptr) {
    ++options_.close_counts->by_reason[static_cast<std::size_t>(reason)];
  }
  if (reason > Http2Close::kIo && !*conclusion_) {
    offence(http2_close_name(reason), "closed");
  }
}

void Http2Session::on_timer() {
  timer_fired_ = true;
  waker_.on_wake();
}

// False: the peer has not answered in time.
bool Http2Session::check_keepalive() {
  timer_fired_ = false;
  const TimePoint now = loop_.now();
  if (awaiting_answer_) return false;
  const Duration quiet = now - last_read_;
  if (quiet < *options_.keepalive_interval) {
    loop_.add_timer(*this, *options_.keepalive_interval - quiet);
    return true;
  }
  nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr);
  writer_.touch();
  awaiting_answer_ = true;
  loop_.add_timer(*this, options_.keepalive_timeout);
  return true;
}

// nghttp2 wants no more input: GOAWAY is out, or came, and no stream is open.
Result<void> Http2Session::wanted_end() {
  const std::uint32_t code = goaway_sent_code_.value_or(NGHTTP2_NO_ERROR);
  if (code == NGHTTP2_NO_ERROR && sent_away_) {
    return fail(ErrorCode::kLimit, std::string("the peer was sent away for ") +
                                       std::string(http2_close_name(guard_.reason())));
  }
  if (code == NGHTTP2_NO_ERROR) return {};
  return fail(http2_error(ErrorCode::kProtocol, static_cast<Http2Code>(code),
                          "the peer broke HTTP/2: " + std::string(http2_code_name(code))));
}

runtime::Task<Result<void>> Http2Session::run(runtime::Bytes first) {
  if (!first.empty()) receive(std::move(first));
  std::size_t burst = 0;
  bool peer_reads = true;
  bool peer_closed = false;
  while (!conclusion_) {
    if (!nghttp2_session_want_read(session_)) {
      peer_reads = co_await send_rest();
      if (writer_.failed()) conclude(Http2Close::kIo, fail(writer_.error()));
      if (!peer_reads && !stream_.hung_up()) {
        conclude(Http2Close::kIo, fail(ErrorCode::kTimeout, "the peer does not read"));
      }
      Result<void> end = wanted_end();
      const bool limited = !end && end.error().code == ErrorCode::kLimit;
      conclude(end       ? orderly_end()
               : limited ? guard_.reason()
                         : Http2Close::kProtocol,
               std::move(end));
      break;
    }
    runtime::Bytes data;
    const runtime::IoResult result = runtime::read_block(stream_, loop_.pool(), data);
    switch (result.status) {
      case runtime::IoResult::Status::kOk:
        burst += data.size();
        receive(std::move(data));
        if (burst < kReadBurst) break;
        burst = 0;
        co_await runtime::yield(loop_);
        break;
      case runtime::IoResult::Status::kWouldBlock:
        burst = 0;
        if (timer_fired_ && !check_keepalive()) {
          conclude(Http2Close::kKeepalive, fail(ErrorCode::kTimeout, "no answer to a PING"));
        } else if (writer_.failed()) {
          conclude(Http2Close::kIo, fail(writer_.error()));
        } else {
          stream_.arm_read(waker_);
          writer_.arm_failed(waker_);
          before_wait(waker_);
          co_await waker_.wait();
        }
        break;
      case runtime::IoResult::Status::kEof:
        peer_closed = true;
        conclude(orderly_end(), {});
        break;
      case runtime::IoResult::Status::kError:
        conclude(Http2Close::kIo, fail(stream_.error()));
        break;
    }
  }
  finish_run();
  if ((*conclusion_ || (sent_away_ && !flooded_)) && peer_reads) {
    peer_reads = co_await send_rest();
    if (peer_reads && !peer_closed && side_ == Side::kServer) co_await linger();
  }
  co_return *conclusion_;
}

void Http2Session::finish_run() {
  if (writer_.is_given_up()) {
    stream_.abort();
  } else if (!writer_.failed()) {
    // A GOAWAY that says why; whoever does not read gets none.
    nghttp2_session_send(session_);
    writer_.finish();
    writer_.flush();
  }
  over_ = true;
  Error error = make_error(ErrorCode::kEof, "the connection was closed in the middle of a message");
  error.origin = side_ == Side::kServer ? ErrorOrigin::kDownstream : ErrorOrigin::kUpstream;
  if (!*conclusion_) error = conclusion_->error();
  if (goaway_code_.value_or(0) != 0 && error.cause == Error::Cause::kNone) {
    error.cause = Error::Cause::kH2;
    error.cause_code = static_cast<std::int32_t>(*goaway_code_);
  }
  on_over();
  abandon_all(error);
}

// Until the writer has the last frames, or once over, until they have left. False: the peer is
// dead, or takes nothing of them; to wait for one that merely stopped reading would be to hold a
// finished connection for as long as it likes.
runtime::Task<bool> Http2Session::send_rest() {
  std::uint64_t sent = writer_.sent();
  timer_fired_ = false;
  loop_.add_timer(*this, options_.keepalive_timeout);
  while (over_ ? !writer_.idle() : nghttp2_session_want_write(session_) != 0) {
    if (writer_.failed() || stream_.hung_up() || (!over_ && conclusion_)) co_return false;
    if (std::exchange(timer_fired_, false)) {
      if (std::exchange(sent, writer_.sent()) == sent) co_return false;
      loop_.add_timer(*this, options_.keepalive_timeout);
    }
    stream_.arm_hangup(waker_);
    writer_.arm_failed(waker_);
    if (over_) writer_.arm_idle(waker_);
    co_await waker_.wait();
  }
  co_return true;
}

// To close with input unread is to reset the connection, and a reset may overtake the last answer.
runtime::Task<void> Http2Session::linger() {
  timer_fired_ = false;
  loop_.add_timer(*this, kHttp2Linger);
  while (!timer_fired_) {
    runtime::Bytes ignored;
    switch (runtime::read_block(stream_, loop_.pool(), ignored).status) {
      case runtime::IoResult::Status::kOk: co_await runtime::yield(loop_); break;
      case runtime::IoResult::Status::kWouldBlock:
        stream_.arm_read(waker_);
        co_await waker_.wait();
        break;
      case runtime::IoResult::Status::kEof:
      case runtime::IoResult::Status::kError: co_return;
    }
  }
}

void Http2Session::abandon_all(const Error& error) {
  over_ = true;
  streams_.for_each([&error](Http2Stream& stream) { stream.abandon(error); });
}

}  // namespace seine::http
