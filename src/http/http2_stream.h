// SPDX-License-Identifier: Apache-2.0
// One stream of an HTTP/2 session, either side, and the body that carries what the peer sends.
//
// The session owns its streams and frees one when nghttp2 has closed it and nobody holds its body.
// A body belongs to whoever reads the message; it and its stream point at each other, and whichever
// dies first unlinks. Everything that happens outside the session's turn (a reader takes data, an
// outbound body has more, a message is dropped) is only noted, and the stream is marked; the
// session acts on its marked streams when nghttp2 is not running (see Http2Session::settle).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "http/body.h"
#include "http/http2_error.h"
#include "http/http2_headers.h"
#include "runtime/buffer.h"
#include "runtime/list.h"
#include "runtime/recycled.h"
#include "runtime/wake.h"

namespace seine::http {

class Http2Session;
class Http2Stream;

// What the peer sends on a stream. Data that came before an error is given out before it.
class Http2Body final : public Body {
 public:
  Http2Body(Http2Stream& stream, std::optional<std::uint64_t> length)
      : stream_(&stream), length_(length) {}
  ~Http2Body() override;

  BodyPoll poll(runtime::Wakeable& who, runtime::Bytes& data) override;
  const Headers* trailers() const override { return trailers_ ? &*trailers_ : nullptr; }
  const Error& error() const override { return *error_; }
  std::optional<std::uint64_t> length() const override { return length_; }

 private:
  friend class Http2Stream;
  void push(runtime::Bytes data);
  void end(std::optional<Headers> trailers);
  void fail(const Error& error);
  // The same, and drops what nobody has taken yet; how much that was.
  std::size_t give_up(const Error& error);
  std::size_t unread() const;
  bool has_unread() const { return first_ < pieces_.size(); }
  // For how long nobody has taken anything of what is there.
  Duration untaken_for(TimePoint now) const {
    return has_unread() ? now - untaken_since_ : Duration::zero();
  }

  Http2Stream* stream_;
  const std::optional<std::uint64_t> length_;
  std::vector<runtime::Bytes, runtime::RecyclingAllocator<runtime::Bytes>> pieces_;
  std::size_t first_ = 0;  // pieces_ before it are taken
  TimePoint untaken_since_;
  bool ended_ = false;
  std::optional<Headers> trailers_;
  std::optional<Error> error_;
  runtime::WakeSlot reader_;
};

class Http2Stream : public runtime::Recycled, public runtime::ListNode, private runtime::Wakeable {
 public:
  // A place in the session's list of streams to act on.
  struct Mark : runtime::ListNode {
    explicit Mark(Http2Stream& owner) : stream(owner) {}
    Http2Stream& stream;
  };

  Http2Stream(Http2Session& session, std::int32_t id);
  virtual ~Http2Stream();

  std::int32_t id() const { return id_; }
  Mark& mark() { return mark_; }

  // From the session, while nghttp2 runs: only notes.
  // False: the message is malformed.
  virtual bool on_headers(Http2HeadReader& block, bool end_stream) = 0;
  void on_data(runtime::Bytes data);
  void on_end() { end_inbound(std::nullopt); }
  void on_peer_reset() { peer_reset_ = true; }
  // The head of a request of ours has left.
  virtual void on_head_sent() {}
  void on_local_end();
  void on_nghttp2_close(std::uint32_t code);
  // For nghttp2's data provider: how many bytes of DATA to send now, or its code for "later".
  std::ptrdiff_t read_outbound(nghttp2_session* session, std::size_t room, std::uint32_t& flags);
  runtime::Bytes take_outbound(std::size_t size) {
    sent_ += size;
    return chunk_.take_prefix(size);
  }

  // From the session, while nghttp2 does not run.
  void act(nghttp2_session* session);
  // The connection is gone: everything open on this stream fails with `error`.
  void abandon(const Error& error);
  bool finished() const { return closed_ && body_ == nullptr && !held(); }
  // Whether there are bytes to give back to the peer.
  bool owes() const { return credit_ > 0 || discarded_ > 0; }
  bool answered() const { return local_head_; }
  // Whether an answer is under way.
  bool is_sending() const { return local_head_ && !local_ended_ && !closed_; }
  // True: there was data to send at the last call too, and hardly any of it has left since.
  bool check_stall();
  void reset_as_stalled() { reset(Http2Code::kEnhanceYourCalm); }
  // What was received waits for its reader.
  bool holds_untaken() const { return body_ != nullptr && body_->has_unread(); }
  // Drops it, and resets the stream, if nobody has taken anything of it for `patience`.
  bool give_up_untaken(Duration patience);
  // Whether data is at hand that did not fit into what was sent last.
  bool has_rest() const { return !chunk_.empty(); }
  // Whether somebody reset it: the peer, or we for a reason of our own.
  bool was_reset() const { return peer_reset_ || refused_ || reset_.has_value(); }
  // The session resets it, and has charged the peer for it.
  void on_refused() { refused_ = true; }

 protected:
  // Submits what waits to be submitted: the head of a response, for a server.
  virtual void submit(nghttp2_session* session) = 0;
  // Once, after nghttp2 has closed the stream or the connection has gone. `error` says why the
  // inbound side did not end; null if it did.
  virtual void on_closed(const Error* error) = 0;
  // What an incomplete inbound message means, by how nghttp2 closed the stream.
  virtual Error closed_error(std::uint32_t code, bool by_peer) const = 0;
  // The reader has dropped the body before its end.
  virtual void on_body_dropped() = 0;
  // The code for an outbound body that fails for no HTTP/2 reason.
  virtual Http2Code outbound_failure() const = 0;
  // Whether somebody besides the body points at this stream.
  virtual bool held() const { return false; }

  // Makes the body of an inbound message.
  BodyPtr open_inbound(const Headers& headers, bool without_content);
  void end_inbound(std::optional<Headers> trailers);
  // Sets the body to send; `declared` is its content-length.
  void set_outbound(BodyPtr body, std::optional<std::uint64_t> declared);
  void drop_outbound();
  // Whether any of the body to send, or its end, has been taken from it.
  bool outbound_begun() const { return outbound_begun_; }
  // Why the outbound body failed, which reset the stream; null: it did not.
  const Error* outbound_error() const { return outbound_error_ ? &*outbound_error_ : nullptr; }
  BodyPtr take_back_outbound() { return std::move(outbound_); }
  void reset(Http2Code code);
  void mark_now();
  bool inbound_ended() const { return inbound_ended_; }
  bool closed() const { return closed_; }
  std::uint32_t close_code() const { return close_code_; }  // nghttp2's, once it has closed it
  void set_id(std::int32_t id) { id_ = id; }
  void set_local_head() { local_head_ = true; }
  void set_discarding() { discarding_ = true; }
  Http2Session& session() { return session_; }

 private:
  friend class Http2Body;
  void on_wake() override;
  void give_back(std::size_t bytes) {
    credit_ += bytes;
    mark_now();
  }
  void on_body_destroyed(std::size_t unread);
  bool pull(runtime::Bytes& into);

  Http2Session& session_;
  std::int32_t id_;
  Mark mark_{*this};
  Http2Body* body_ = nullptr;
  std::size_t credit_ = 0;     // bytes a reader has taken, to be given back to the peer
  std::size_t discarded_ = 0;  // bytes nobody will take: given back to the connection alone

  BodyPtr outbound_;
  runtime::Bytes chunk_;  // being sent
  runtime::Bytes ahead_;  // the next one, so that the end of stream rides on the last frame
  std::optional<std::uint64_t> left_;  // of the declared length
  std::optional<Headers> outbound_trailers_;
  std::optional<Error> outbound_error_;  // of the body that failed
  std::optional<Http2Code> reset_;
  std::uint32_t close_code_ = 0;
  std::uint64_t sent_ = 0;           // of the outbound body
  std::uint64_t sent_at_check_ = 0;  // at the last check_stall()
  bool waited_at_check_ = false;     // for room, with data at hand
  bool woken_ = false;               // the outbound body has more than was looked at
  bool outbound_begun_ = false;
  bool outbound_ended_ = false;
  bool local_head_ = false;  // a final head has been submitted
  bool local_ended_ = false;
  bool inbound_ended_ = false;
  bool discarding_ = false;  // what still comes has no reader
  bool resume_ = false;
  bool reset_sent_ = false;
  bool peer_reset_ = false;
  bool refused_ = false;
  bool closed_ = false;  // by nghttp2, or with the connection
  bool close_told_ = false;
};

// The value of a content-length field, null if there is none or it is not a number.
std::optional<std::uint64_t> content_length(const Headers& headers);

}  // namespace seine::http
