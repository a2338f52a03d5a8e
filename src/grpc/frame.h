// SPDX-License-Identifier: Apache-2.0
// gRPC's message framing, without I/O: one byte "compressed", four bytes length, the message.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace seine::grpc {

inline constexpr std::size_t kFrameHeader = 5;
inline constexpr std::size_t kDefaultMaxMessage = 4 * 1024 * 1024;

// Appends the frame of `message`, which is shorter than 4 GiB.
void append_frame(std::string_view message, std::string& out);

// Takes bytes in any pieces, gives messages out. Holds at most one unfinished message and the bytes
// of one feed().
class FrameDecoder {
 public:
  explicit FrameDecoder(std::size_t max_message) : max_message_(max_message) {}

  void feed(std::string_view bytes);
  // The next whole message; nullopt: more bytes are needed. Errors, which are final: kLimit for a
  // message longer than the limit, told by its header alone; kProtocol for a compressed one (no
  // encoding was ever offered) or a bad flag.
  Result<std::optional<std::string>> next();
  // Nothing of a further message has come: the stream may end here.
  bool at_boundary() const { return buffer_.size() == start_; }

 private:
  const std::size_t max_message_;
  std::string buffer_;
  std::size_t start_ = 0;  // buffer_ before it is spent
};

}  // namespace seine::grpc
