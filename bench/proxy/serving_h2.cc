// SPDX-License-Identifier: Apache-2.0
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "nghttp2/nghttp2.h"

#include "proxy/serving.h"

namespace seine::bench {
namespace {

constexpr std::int32_t kWindow = 1 << 20;
constexpr std::uint32_t kMaxStreams = 1000;

nghttp2_nv header(std::string_view name, std::string_view value) {
  auto bytes = [](std::string_view text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

class H2Serving final : public Serving {
 public:
  H2Serving(int fd, const std::string& body)
      : fd_(fd), body_(body), length_(std::to_string(body.size())) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, &H2Serving::on_frame);
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
  static ssize_t read_body(nghttp2_session* session, std::int32_t stream, std::uint8_t* buffer,
                           std::size_t size, std::uint32_t* flags, nghttp2_data_source* source,
                           void* user);

  const int fd_;
  const std::string& body_;
  const std::string length_;
  nghttp2_session* session_ = nullptr;
  std::string unsent_;
};

int H2Serving::on_frame(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
  if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) return 0;
  if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return 0;
  auto& self = *static_cast<H2Serving*>(user);
  const std::array<nghttp2_nv, 3> headers = {header(":status", "200"),
                                             header("content-type", "text/plain"),
                                             header("content-length", self.length_)};
  nghttp2_data_provider provider{};
  provider.read_callback = &H2Serving::read_body;
  nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, nullptr);
  nghttp2_submit_response(session, frame->hd.stream_id, headers.data(), headers.size(), &provider);
  return 0;
}

// How much of the body a stream has had is kept in its user-data pointer, as a number.
ssize_t H2Serving::read_body(nghttp2_session* session, std::int32_t stream, std::uint8_t* buffer,
                             std::size_t size, std::uint32_t* flags, nghttp2_data_source*,
                             void* user) {
  const auto& self = *static_cast<H2Serving*>(user);
  const auto done =
      reinterpret_cast<std::uintptr_t>(nghttp2_session_get_stream_user_data(session, stream));
  const std::size_t n = std::min(size, self.body_.size() - done);
  std::memcpy(buffer, self.body_.data() + done, n);
  if (done + n == self.body_.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
  nghttp2_session_set_stream_user_data(session, stream, reinterpret_cast<void*>(done + n));
  return static_cast<ssize_t>(n);
}

bool H2Serving::flush() {
  constexpr std::size_t kBatch = 64 * 1024;
  while (true) {
    while (unsent_.size() < kBatch) {
      const std::uint8_t* data = nullptr;
      const ssize_t n = nghttp2_session_mem_send(session_, &data);
      if (n < 0) return false;
      if (n == 0) break;
      unsent_.append(reinterpret_cast<const char*>(data), static_cast<std::size_t>(n));
    }
    if (unsent_.empty())
      return nghttp2_session_want_read(session_) != 0 || nghttp2_session_want_write(session_) != 0;
    const ssize_t n = ::send(fd_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
    if (n < 0) return errno == EAGAIN;
    unsent_.erase(0, static_cast<std::size_t>(n));
  }
}

}  // namespace

std::unique_ptr<Serving> serve_h2(int fd, const std::string& body) {
  return std::make_unique<H2Serving>(fd, body);
}

}  // namespace seine::bench
