// SPDX-License-Identifier: Apache-2.0
#include "grpc/frame.h"

namespace seine::grpc {

void append_frame(std::string_view message, std::string& out) {
  const auto size = static_cast<std::uint32_t>(message.size());
  out.reserve(out.size() + kFrameHeader + message.size());
  out += '\0';
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(size >> shift & 0xff);
  out += message;
}

void FrameDecoder::feed(std::string_view bytes) {
  if (start_ > 0) {
    buffer_.erase(0, start_);
    start_ = 0;
  }
  buffer_ += bytes;
}

Result<std::optional<std::string>> FrameDecoder::next() {
  const std::string_view rest = std::string_view(buffer_).substr(start_);
  if (rest.size() < kFrameHeader) return std::nullopt;
  const auto byte = [rest](std::size_t i) { return static_cast<unsigned char>(rest[i]); };
  if (byte(0) == 1) {
    return fail(ErrorCode::kProtocol, "a compressed message, though no encoding was agreed on");
  }
  if (byte(0) != 0) return fail(ErrorCode::kProtocol, "not a gRPC message frame");
  const std::size_t size = std::size_t{byte(1)} << 24 | std::size_t{byte(2)} << 16 |
                           std::size_t{byte(3)} << 8 | std::size_t{byte(4)};
  if (size > max_message_) {
    return fail(ErrorCode::kLimit, "a message of " + std::to_string(size) +
                                       " bytes, the limit is " + std::to_string(max_message_));
  }
  if (rest.size() < kFrameHeader + size) return std::nullopt;
  start_ += kFrameHeader + size;
  return std::string(rest.substr(kFrameHeader, size));
}

}  // namespace seine::grpc
