// SPDX-License-Identifier: Apache-2.0
#include "proxy/h2_wire.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstdint>

namespace seine::bench {
namespace {

constexpr std::size_t kBatch = 64 * 1024;

}  // namespace

nghttp2_nv h2_header(std::string_view name, std::string_view value) {
  auto bytes = [](std::string_view text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

bool flush_session(nghttp2_session* session, int fd, std::string& unsent) {
  while (true) {
    while (unsent.size() < kBatch) {
      const std::uint8_t* data = nullptr;
      const ssize_t n = nghttp2_session_mem_send(session, &data);
      if (n < 0) return false;
      if (n == 0) break;
      unsent.append(reinterpret_cast<const char*>(data), static_cast<std::size_t>(n));
    }
    if (unsent.empty()) return true;
    const ssize_t n = ::send(fd, unsent.data(), unsent.size(), MSG_NOSIGNAL);
    if (n < 0) return errno == EAGAIN;
    unsent.erase(0, static_cast<std::size_t>(n));
  }
}

}  // namespace seine::bench
