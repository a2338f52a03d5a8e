// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "proxy/h2_wire.h"
#include "proxy/serving.h"

namespace seine::bench {
namespace {

constexpr std::int32_t kWindow = 1 << 20;
constexpr std::uint32_t kMaxStreams = 1000;

class H2Serving final : public Serving {
 public:
  H2Serving(int fd, const H2Answer& answer)
      : fd_(fd), answer_(answer), length_(std::to_string(answer.body.size())) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, &H2Serving::on_frame);
    if (answer.is_grpc)
      nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, &H2Serving::on_data);
    nghttp2_session_server_new(&session_, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    const std::array<nghttp2_settings_entry, 2> settings = {
        {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, kMaxStreams},
         {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kWindow}}};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  }
  H2Serving(const H2Serving&) = delete;
  H2Serving& operator=(const H2Serving&) = delete;
  ~H2Serving() override { nghttp2_session_del(session_); }

  bool received(std::string_view bytes) override {
    const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
    return nghttp2_session_mem_recv(session_, data, bytes.size()) >= 0;
  }
  bool flush() override;

 private:
  static int on_frame(nghttp2_session* session, const nghttp2_frame* frame, void* user);
  static int on_data(nghttp2_session* session, std::uint8_t flags, std::int32_t stream,
                     const std::uint8_t* data, std::size_t size, void* user);
  void submit_answer(std::int32_t stream);
  static ssize_t read_body(nghttp2_session* session, std::int32_t stream, std::uint8_t* buffer,
                           std::size_t size, std::uint32_t* flags, nghttp2_data_source* source,
                           void* user);

  const int fd_;
  const H2Answer& answer_;
  const std::string length_;
  nghttp2_session* session_ = nullptr;
  std::string unsent_;
};

// A number in place of the pointer that a stream can keep: how much of its request has come, and
// from the answer's first byte on how much of its body has gone.
std::uintptr_t count_of(nghttp2_session* session, std::int32_t stream) {
  return reinterpret_cast<std::uintptr_t>(nghttp2_session_get_stream_user_data(session, stream));
}
void set_count(nghttp2_session* session, std::int32_t stream, std::uintptr_t count) {
  nghttp2_session_set_stream_user_data(session, stream, reinterpret_cast<void*>(count));
}

int H2Serving::on_data(nghttp2_session* session, std::uint8_t, std::int32_t stream,
                       const std::uint8_t*, std::size_t size, void*) {
  set_count(session, stream, count_of(session, stream) + size);
  return 0;
}

int H2Serving::on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
  if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) return 0;
  if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return 0;
  static_cast<H2Serving*>(user)->submit_answer(frame->hd.stream_id);
  return 0;
}

void H2Serving::submit_answer(std::int32_t stream) {
  if (answer_.is_grpc && count_of(session_, stream) != answer_.request_bytes) {
    const std::array<nghttp2_nv, 3> refusal = {h2_header(":status", "200"),
                                               h2_header("content-type", "application/grpc"),
                                               h2_header("grpc-status", "3")};
    nghttp2_submit_response(session_, stream, refusal.data(), refusal.size(), nullptr);
    return;
  }
  set_count(session_, stream, 0);
  nghttp2_data_provider provider{};
  provider.read_callback = &H2Serving::read_body;
  const std::array<nghttp2_nv, 3> headers = {
      h2_header(":status", "200"),
      h2_header("content-type", answer_.is_grpc ? "application/grpc" : "text/plain"),
      h2_header("content-length", length_)};
  // An answer of gRPC has no length; its end is told by trailers.
  const std::size_t count = answer_.is_grpc ? headers.size() - 1 : headers.size();
  nghttp2_submit_response(session_, stream, headers.data(), count, &provider);
}

ssize_t H2Serving::read_body(nghttp2_session* session, std::int32_t stream, std::uint8_t* buffer,
                             std::size_t size, std::uint32_t* flags, nghttp2_data_source*,
                             void* user) {
  const H2Answer& answer = static_cast<H2Serving*>(user)->answer_;
  const std::size_t done = count_of(session, stream);
  const std::size_t n = std::min(size, answer.body.size() - done);
  std::memcpy(buffer, answer.body.data() + done, n);
  set_count(session, stream, done + n);
  if (done + n < answer.body.size()) return static_cast<ssize_t>(n);
  *flags |= NGHTTP2_DATA_FLAG_EOF;
  if (answer.is_grpc) {
    *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    const std::array<nghttp2_nv, 1> trailers = {h2_header("grpc-status", "0")};
    nghttp2_submit_trailer(session, stream, trailers.data(), trailers.size());
  }
  return static_cast<ssize_t>(n);
}

bool H2Serving::flush() {
  if (!flush_session(session_, fd_, unsent_)) return false;
  return !unsent_.empty() || nghttp2_session_want_read(session_) != 0 ||
         nghttp2_session_want_write(session_) != 0;
}

}  // namespace

std::unique_ptr<Serving> serve_h2(int fd, const H2Answer& answer) {
  return std::make_unique<H2Serving>(fd, answer);
}

}  // namespace seine::bench
