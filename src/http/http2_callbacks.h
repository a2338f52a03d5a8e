// SPDX-License-Identifier: Apache-2.0
// The functions nghttp2 calls, for Http2Session alone. They take note and return.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>

namespace seine::http {

class Http2Session;
class Http2Stream;

struct Http2Callbacks {
  static constexpr std::uint8_t kDrainPing[8] = {'s', 'e', 'i', 'n', 'e', 'd', 'r', 'n'};
  // A measurement of AdaptiveWindow.
  static constexpr std::uint8_t kWindowPing[8] = {'s', 'e', 'i', 'n', 'e', 'w', 'n', 'd'};

  static nghttp2_session* make_session(Http2Session& session, bool server);
  static nghttp2_data_provider provider(Http2Stream& stream);

  static ssize_t send(nghttp2_session*, const std::uint8_t* data, std::size_t size, int,
                      void* self);
  static int send_data(nghttp2_session*, nghttp2_frame* frame, const std::uint8_t* header,
                       std::size_t size, nghttp2_data_source* source, void* self);
  static ssize_t read_body(nghttp2_session* native, std::int32_t id, std::uint8_t*,
                           std::size_t room, std::uint32_t* flags, nghttp2_data_source* source,
                           void* self);
  static int on_begin_headers(nghttp2_session* native, const nghttp2_frame* frame, void* self);
  static int on_header(nghttp2_session* native, const nghttp2_frame* frame,
                       const std::uint8_t* name, std::size_t name_size, const std::uint8_t* value,
                       std::size_t value_size, std::uint8_t, void* self);
  static int on_invalid_header(nghttp2_session* native, const nghttp2_frame* frame,
                               const std::uint8_t*, std::size_t, const std::uint8_t*, std::size_t,
                               std::uint8_t, void* self);
  static int on_data(nghttp2_session* native, std::uint8_t, std::int32_t id,
                     const std::uint8_t* data, std::size_t size, void* self);
  static int on_frame(nghttp2_session* native, const nghttp2_frame* frame, void* self);
  static int on_invalid_frame(nghttp2_session*, const nghttp2_frame* frame, int, void* self);
  static int on_frame_sent(nghttp2_session* native, const nghttp2_frame* frame, void* self);
  static int on_frame_not_sent(nghttp2_session* native, const nghttp2_frame* frame, int,
                               void* self);
  static int on_stream_close(nghttp2_session* native, std::int32_t id, std::uint32_t code,
                             void* self);

 private:
  // Refuses the message under way on `id`.
  static void refuse(Http2Session& self, nghttp2_session* native, std::int32_t id,
                     std::uint32_t code);
  static void on_headers_frame(Http2Session& self, nghttp2_session* native,
                               const nghttp2_frame& frame);
};

}  // namespace seine::http
