// SPDX-License-Identifier: Apache-2.0
// An HTTP/2 connection on the runtime: what client and server have in common. nghttp2 frames and
// keeps the state machine; it never does I/O and never calls back into us while we act.
//
// Input: run() reads blocks and feeds them; the callbacks take note on streams; then settle() acts.
// Output: nghttp2 is asked for frames in fill(), at the end of a turn in which something was
// marked, so that all output of a turn leaves in one flush. Bodies are sent as slices.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "http/adaptive_window.h"
#include "http/http2_frame_watch.h"
#include "http/http2_guard.h"
#include "http/http2_headers.h"
#include "http/http2_options.h"
#include "http/http2_stream.h"
#include "runtime/event_loop.h"
#include "runtime/list.h"
#include "runtime/stream.h"
#include "runtime/stream_writer.h"
#include "runtime/task.h"

namespace seine::http {

class Http2Session : private runtime::StreamWriter::Source, private runtime::TimerNode {
 public:
  enum class Side : std::uint8_t { kServer, kClient };

  // Loop, stream outlive the session. SETTINGS leave at the end of this turn.
  Http2Session(runtime::EventLoop& loop, runtime::Stream& stream, const Http2Options& options,
               Side side);
  // Derived classes abandon_all() in their destructors, while what streams refer to is alive.
  virtual ~Http2Session();
  Http2Session(const Http2Session&) = delete;
  Http2Session& operator=(const Http2Session&) = delete;

  // Until the connection is over; every stream has been abandoned then. See serve_http2 for the
  // errors.
  runtime::Task<Result<void>> run(runtime::Bytes first);

  // For streams: act on `stream` when this session next settles, at the end of this turn at last.
  void mark(Http2Stream& stream) {
    marked_.push_back(stream.mark());
    if (!filling_) writer_.touch();
  }
  // For streams, from act(): hand a message to nghttp2. The fields are those of scratch().
  void submit_response(Http2Stream& stream, bool with_body);
  void submit_early_head(Http2Stream& stream);
  // Returns the new stream's number, or 0 if there are none left.
  std::int32_t submit_request(Http2Stream& stream, bool with_body);
  // For streams: a reader has taken so much of what came.
  void note_taken(std::size_t bytes) {
    if (windows_) windows_->on_taken(bytes);
  }
  // Looks from now on whether somebody holds what nobody takes; until nobody holds anything.
  void watch_for_stalls();
  // An empty list to collect fields in.
  std::vector<nghttp2_nv>& scratch();
  runtime::EventLoop& loop() { return loop_; }
  const Http2Options& options() const { return options_; }

 protected:
  // A peer has opened a stream (server). The session owns what is returned.
  virtual Http2Stream* open_stream(std::int32_t) { return nullptr; }
  // What RST_STREAM by the peer costs it.
  virtual std::int64_t reset_cost(const Http2Stream&) { return 0; }
  // GOAWAY came; only notes.
  virtual void on_goaway() {}
  // SETTINGS came; only notes.
  virtual void on_settings() {}
  // The peer answered the PING with which a drain begins; nghttp2 runs.
  virtual void on_drain_ping() {}
  // The connection is over; its streams are abandoned next, and the last frames may yet wait to
  // leave.
  virtual void on_over() {}
  // At the end of each settling.
  virtual void on_settled() {}
  // Before run() waits; arm `waker` with whatever else must wake it.
  virtual void before_wait(runtime::Waker&) {}

  void adopt(Http2Stream& stream) { streams_.push_back(stream); }
  void abandon_all(const Error& error);
  // Sends GOAWAY for all that has been accepted so far; open streams go on.
  void submit_goaway();
  // Announces that GOAWAY will come and asks for the PING of on_drain_ping().
  void submit_drain_notice();
  // GOAWAY, as much output as the stream takes, end of output.
  void say_goodbye();
  bool over() const { return over_; }
  // See Http2Guard.
  bool is_free_to_cancel() { return guard_.is_free_to_cancel(loop_.now()); }
  nghttp2_session* native() { return session_; }
  void touch() { writer_.touch(); }
  const std::optional<std::uint32_t>& goaway_code() const { return goaway_code_; }

 private:
  friend struct Http2Callbacks;
  static constexpr std::size_t kMostQueued = 1'000;
  void start(Side side);
  bool fill() override;
  void on_timer() override;
  void settle();
  void receive(runtime::Bytes data);
  void look_at_frames();
  bool check_keepalive();
  void measure_windows();
  void on_window_ping();
  void charge(Http2Close reason, std::int64_t points);
  void send_away();
  void offence(std::string_view what, std::string_view action) {
    if (options_.offences != nullptr) options_.offences->count(what, action);
  }
  // Frames that may wait for a peer that does not read: an end for each stream, and some more.
  std::size_t most_queued() const {
    return std::size_t{2} * options_.max_concurrent_streams + kMostQueued;
  }
  void wait_for_stalls();
  void look_for_stalls();
  void reset_stalled(bool is_short_of_memory);
  void conclude(Http2Close reason, Result<void> result);
  runtime::Task<bool> send_rest();
  runtime::Task<void> linger();
  void finish_run();
  Result<void> wanted_end();
  Http2Close orderly_end() const {
    return drain_noticed_ ? Http2Close::kDrained : Http2Close::kPeer;
  }

  struct StallTimer final : runtime::TimerNode {
    explicit StallTimer(Http2Session& owner) : session(owner) {}
    void on_timer() override { session.look_for_stalls(); }
    Http2Session& session;
  };

  runtime::EventLoop& loop_;
  runtime::Stream& stream_;
  const Http2Options options_;
  const Side side_;
  nghttp2_session* session_ = nullptr;
  Http2HeadReader reader_;
  Http2Guard guard_;
  std::optional<Http2FrameWatch> watch_;   // of a server
  std::optional<AdaptiveWindow> windows_;  // where they are adaptive
  runtime::StreamWriter writer_;
  runtime::Waker waker_;
  runtime::Bytes input_;  // being fed
  std::vector<nghttp2_nv> scratch_;
  runtime::List<Http2Stream> streams_;
  runtime::List<Http2Stream::Mark> marked_;
  TimePoint last_read_;
  TimePoint stalls_checked_;
  std::optional<std::int32_t> last_accepted_;      // stream, as our GOAWAY says
  std::optional<std::uint32_t> goaway_code_;       // that came
  std::optional<std::uint32_t> goaway_sent_code_;  // that left
  std::optional<Result<void>> conclusion_;
  StallTimer stalls_{*this};
  bool drain_noticed_ = false;
  bool sent_away_ = false;  // GOAWAY was said for what the peer did
  bool flooded_ = false;
  bool timer_fired_ = false;
  bool awaiting_answer_ = false;  // a keepalive PING is out and nothing came since
  bool filling_ = false;
  bool over_ = false;
};

}  // namespace seine::http
