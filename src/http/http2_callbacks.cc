// SPDX-License-Identifier: Apache-2.0
#include "http/http2_callbacks.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string_view>

#include "base/check.h"
#include "http/http2_session.h"
#include "runtime/task.h"

namespace seine::http {

namespace {

Http2Stream* stream_of(nghttp2_session* native, std::int32_t id) {
  return static_cast<Http2Stream*>(nghttp2_session_get_stream_user_data(native, id));
}

std::string_view text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// nghttp2 asks for some pieces of memory for each stream and frame. It does not say the size when
// it gives one back, so that stands before it.
struct Piece {
  static constexpr std::size_t kHeader = alignof(std::max_align_t);
  static_assert(kHeader >= sizeof(std::size_t));

  static void* allocate(std::size_t size, void* /*user*/) {
    auto* memory = static_cast<std::byte*>(runtime::allocate_frame(kHeader + size));
    std::memcpy(memory, &size, sizeof size);
    return memory + kHeader;
  }
  static void release(void* piece, void* /*user*/) {
    if (piece == nullptr) return;
    runtime::free_frame(static_cast<std::byte*>(piece) - kHeader, kHeader + size_of(piece));
  }
  // nghttp2 multiplies small numbers.
  static void* allocate_zeroed(std::size_t count, std::size_t size, void* user) {
    void* piece = allocate(count * size, user);
    std::memset(piece, 0, count * size);
    return piece;
  }
  static void* resize(void* piece, std::size_t size, void* user) {
    void* larger = allocate(size, user);
    if (piece != nullptr) std::memcpy(larger, piece, std::min(size, size_of(piece)));
    release(piece, user);
    return larger;
  }

 private:
  static std::size_t size_of(const void* piece) {
    std::size_t size = 0;
    std::memcpy(&size, static_cast<const std::byte*>(piece) - kHeader, sizeof size);
    return size;
  }
};

Http2Session& session_of(void* self) {
  return *static_cast<Http2Session*>(self);
}

}  // namespace

nghttp2_session* Http2Callbacks::make_session(Http2Session& session, bool server) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_option* option = nullptr;
  nghttp2_session* native = nullptr;
  SEINE_CHECK(nghttp2_session_callbacks_new(&callbacks) == 0, "out of memory");
  SEINE_CHECK(nghttp2_option_new(&option) == 0, "out of memory");
  nghttp2_session_callbacks_set_send_callback(callbacks, send);
  nghttp2_session_callbacks_set_send_data_callback(callbacks, send_data);
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
  nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, on_invalid_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
  nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, on_invalid_frame);
  nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_sent);
  nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, on_frame_not_sent);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
  // WINDOW_UPDATE is sent for what a reader has taken, not for what has arrived.
  nghttp2_option_set_no_auto_window_update(option, 1);
  // A closed stream is forgotten: the priority tree that wanted it is not used.
  nghttp2_option_set_no_closed_streams(option, 1);
  // Http2Guard weighs resets against answers; a bare rate would cut honest cancellers.
  nghttp2_option_set_stream_reset_rate_limit(option, 1'000'000'000, 1'000'000'000);
  // The session keeps a copy.
  nghttp2_mem memory{nullptr, Piece::allocate, Piece::release, Piece::allocate_zeroed,
                     Piece::resize};
  const int rv = server
                     ? nghttp2_session_server_new3(&native, callbacks, &session, option, &memory)
                     : nghttp2_session_client_new3(&native, callbacks, &session, option, &memory);
  SEINE_CHECK(rv == 0, "out of memory");
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(callbacks);
  return native;
}

nghttp2_data_provider Http2Callbacks::provider(Http2Stream& stream) {
  nghttp2_data_provider provider{};
  provider.source.ptr = &stream;
  provider.read_callback = read_body;
  return provider;
}

ssize_t Http2Callbacks::send(nghttp2_session*, const std::uint8_t* data, std::size_t size, int,
                             void* self) {
  Http2Session& session = session_of(self);
  if (session.writer_.full()) return NGHTTP2_ERR_WOULDBLOCK;
  session.writer_.write(text(data, size));
  return static_cast<ssize_t>(size);
}

int Http2Callbacks::send_data(nghttp2_session*, nghttp2_frame*, const std::uint8_t* header,
                              std::size_t size, nghttp2_data_source* source, void* self) {
  constexpr std::size_t kFrameHeader = 9;
  Http2Session& session = session_of(self);
  if (session.writer_.full()) return NGHTTP2_ERR_WOULDBLOCK;
  session.writer_.write(text(header, kFrameHeader));
  session.writer_.write(static_cast<Http2Stream*>(source->ptr)->take_outbound(size));
  return 0;
}

ssize_t Http2Callbacks::read_body(nghttp2_session* native, std::int32_t, std::uint8_t*,
                                  std::size_t room, std::uint32_t* flags,
                                  nghttp2_data_source* source, void*) {
  return static_cast<Http2Stream*>(source->ptr)->read_outbound(native, room, *flags);
}

void Http2Callbacks::refuse(Http2Session& self, nghttp2_session* native, std::int32_t id,
                            std::uint32_t code) {
  self.charge(Http2Close::kMalformed, Http2Guard::kMalformed);
  self.offence(code == NGHTTP2_ENHANCE_YOUR_CALM ? "too large" : "malformed messages", "reset");
  if (Http2Stream* stream = stream_of(native, id)) stream->on_refused();
  nghttp2_submit_rst_stream(native, NGHTTP2_FLAG_NONE, id, code);
}

int Http2Callbacks::on_begin_headers(nghttp2_session* native, const nghttp2_frame* frame,
                                     void* self) {
  Http2Session& session = session_of(self);
  // Sent before our SETTINGS arrived; later nghttp2 refuses it by itself.
  if (frame->hd.type == NGHTTP2_PUSH_PROMISE) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  session.reader_.begin();
  if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
    // Our GOAWAY may wait to leave; whoever reads it sends this request again elsewhere.
    if (session.last_accepted_ && frame->hd.stream_id > *session.last_accepted_) {
      nghttp2_submit_rst_stream(native, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
                                NGHTTP2_REFUSED_STREAM);
      return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    Http2Stream* stream = session.open_stream(frame->hd.stream_id);
    if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    nghttp2_session_set_stream_user_data(native, frame->hd.stream_id, stream);
  }
  return 0;
}

int Http2Callbacks::on_header(nghttp2_session* native, const nghttp2_frame* frame,
                              const std::uint8_t* name, std::size_t name_size,
                              const std::uint8_t* value, std::size_t value_size, std::uint8_t,
                              void* self) {
  Http2Session& session = session_of(self);
  if (session.reader_.add(text(name, name_size), text(value, value_size))) return 0;
  refuse(session, native, frame->hd.stream_id, NGHTTP2_ENHANCE_YOUR_CALM);
  return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

// nghttp2 would drop the field and go on; a field that could split a message is no oversight.
int Http2Callbacks::on_invalid_header(nghttp2_session* native, const nghttp2_frame* frame,
                                      const std::uint8_t*, std::size_t, const std::uint8_t*,
                                      std::size_t, std::uint8_t, void* self) {
  refuse(session_of(self), native, frame->hd.stream_id, NGHTTP2_PROTOCOL_ERROR);
  return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

int Http2Callbacks::on_data(nghttp2_session* native, std::uint8_t, std::int32_t id,
                            const std::uint8_t* data, std::size_t size, void* self) {
  Http2Session& session = session_of(self);
  Http2Stream* stream = stream_of(native, id);
  if (stream == nullptr) {
    nghttp2_session_consume_connection(native, size);
    return 0;
  }
  if (session.windows_) session.windows_->on_data(size);
  // nghttp2 points into what it was fed: the body shares that block.
  runtime::Bytes rest = session.input_;
  rest.remove_prefix(
      static_cast<std::size_t>(reinterpret_cast<const std::byte*>(data) - session.input_.data()));
  stream->on_data(rest.take_prefix(size));
  return 0;
}

void Http2Callbacks::on_headers_frame(Http2Session& self, nghttp2_session* native,
                                      const nghttp2_frame& frame) {
  Http2Stream* stream = stream_of(native, frame.hd.stream_id);
  if (stream == nullptr) return;
  const bool end = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (!stream->on_headers(self.reader_, end)) {
    refuse(self, native, frame.hd.stream_id, NGHTTP2_PROTOCOL_ERROR);
  }
}

int Http2Callbacks::on_frame(nghttp2_session* native, const nghttp2_frame* frame, void* self) {
  Http2Session& session = session_of(self);
  switch (frame->hd.type) {
    case NGHTTP2_HEADERS: on_headers_frame(session, native, *frame); break;
    case NGHTTP2_DATA: {
      const bool end = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
      if (frame->hd.length == 0 && !end && !session.watch_) {
        session.charge(Http2Close::kEmptyFrames, Http2Guard::kEmptyData);
      }
      Http2Stream* stream = stream_of(native, frame->hd.stream_id);
      if (end && stream != nullptr) stream->on_end();
      break;
    }
    case NGHTTP2_RST_STREAM:
      if (Http2Stream* stream = stream_of(native, frame->hd.stream_id)) {
        stream->on_peer_reset();
        if (const std::int64_t cost = session.reset_cost(*stream)) {
          session.charge(Http2Close::kRapidReset, cost);
        }
      } else {
        session.charge(Http2Close::kControlFlood, Http2Guard::kControl);
      }
      break;
    case NGHTTP2_GOAWAY:
      // For each nghttp2 looks at all its streams.
      session.charge(Http2Close::kControlFlood, Http2Guard::kSettings);
      session.goaway_code_ = frame->goaway.error_code;
      session.on_goaway();
      break;
    case NGHTTP2_PING:
      if ((frame->hd.flags & NGHTTP2_FLAG_ACK) == 0) {
        session.charge(Http2Close::kControlFlood, Http2Guard::kControl);
      } else if (memcmp(frame->ping.opaque_data, kDrainPing, sizeof(kDrainPing)) == 0) {
        session.on_drain_ping();
      } else if (memcmp(frame->ping.opaque_data, kWindowPing, sizeof(kWindowPing)) == 0) {
        session.on_window_ping();
      }
      break;
    case NGHTTP2_SETTINGS:
      if ((frame->hd.flags & NGHTTP2_FLAG_ACK) == 0) {
        session.charge(Http2Close::kControlFlood, Http2Guard::kSettings);
        session.on_settings();
      }
      break;
    default:
      // A server counts these by the bytes.
      if (!session.watch_) session.charge(Http2Close::kControlFlood, Http2Guard::kControl);
  }
  return 0;
}

int Http2Callbacks::on_invalid_frame(nghttp2_session* native, const nghttp2_frame* frame, int error,
                                     void* self) {
  // A client that does not know our limit on streams yet is no offender.
  const bool refused = error == NGHTTP2_ERR_REFUSED_STREAM;
  Http2Session& session = session_of(self);
  if (Http2Stream* stream = stream_of(native, frame->hd.stream_id)) stream->on_refused();
  session.offence(refused ? "too many streams" : "malformed messages", "reset");
  session.charge(Http2Close::kMalformed, refused ? Http2Guard::kControl : Http2Guard::kMalformed);
  return 0;
}

int Http2Callbacks::on_frame_sent(nghttp2_session* native, const nghttp2_frame* frame, void* self) {
  Http2Session& session = session_of(self);
  if (frame->hd.type == NGHTTP2_GOAWAY) session.goaway_sent_code_ = frame->goaway.error_code;
  if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) return 0;
  Http2Stream* stream = stream_of(native, frame->hd.stream_id);
  // A peer that opens its window by the octet has us send scraps, and earns nothing by them.
  const std::size_t data = frame->hd.type == NGHTTP2_DATA ? frame->hd.length : 0;
  const bool is_scrap = frame->hd.type == NGHTTP2_DATA && data < Http2Guard::kBytesPerPoint &&
                        stream != nullptr && stream->has_rest();
  if (!is_scrap) session.guard_.earn_for_data(data);
  const bool is_request =
      frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST;
  const bool is_end = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (stream == nullptr) return 0;
  if (is_request) stream->on_head_sent();
  if (is_end) stream->on_local_end();
  return 0;
}

// A header block nghttp2 will not send: without it the stream would hang. A request's nghttp2
// closes by itself; to reset a stream that the peer never saw open would end the whole connection.
int Http2Callbacks::on_frame_not_sent(nghttp2_session* native, const nghttp2_frame* frame, int,
                                      void*) {
  if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat != NGHTTP2_HCAT_REQUEST &&
      stream_of(native, frame->hd.stream_id) != nullptr) {
    nghttp2_submit_rst_stream(native, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
                              NGHTTP2_INTERNAL_ERROR);
  }
  return 0;
}

int Http2Callbacks::on_stream_close(nghttp2_session* native, std::int32_t id, std::uint32_t code,
                                    void* self) {
  Http2Stream* stream = stream_of(native, id);
  if (stream == nullptr) return 0;
  // What makes nghttp2 reset a stream by itself (content that belies its length, a window that
  // overflows) undoes work that was begun, as a reset by the peer does.
  Http2Session& session = session_of(self);
  // REFUSED_STREAM is ours, of what came behind a GOAWAY.
  if (session.side_ == Http2Session::Side::kServer && code != NGHTTP2_NO_ERROR &&
      code != NGHTTP2_REFUSED_STREAM && !stream->was_reset()) {
    session.offence("malformed messages", "reset");
    session.charge(Http2Close::kMalformed, Http2Guard::kUnseenReset);
  }
  stream->on_nghttp2_close(code);
  return 0;
}

}  // namespace seine::http
