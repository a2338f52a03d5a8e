// SPDX-License-Identifier: Apache-2.0
// HTTP/2 frames by hand, valid or not, and a peer that sends them.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/testing/memory_stream.h"

namespace seine::http::testing {

inline constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

// Frame types and flags of RFC 9113, section 6.
enum FrameType : std::uint8_t {
  kData = 0,
  kHeaders = 1,
  kPriority = 2,
  kRstStream = 3,
  kSettings = 4,
  kPushPromise = 5,
  kPing = 6,
  kGoaway = 7,
  kWindowUpdate = 8,
  kContinuation = 9,
};
inline constexpr std::uint8_t kEndStream = 1;
inline constexpr std::uint8_t kAck = 1;
inline constexpr std::uint8_t kEndHeaders = 4;

inline std::string number(std::uint32_t value, int bytes) {
  std::string out;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    out += static_cast<char>(value >> shift & 0xff);
  }
  return out;
}

inline std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                         std::string_view payload = "") {
  std::string out = number(static_cast<std::uint32_t>(payload.size()), 3);
  out += static_cast<char>(type);
  out += static_cast<char>(flags);
  out += number(stream, 4);
  out += payload;
  return out;
}

// An HPACK string of any length, not Huffman coded.
inline std::string hpack_string(std::string_view text) {
  std::string out;
  if (text.size() < 127) {
    out += static_cast<char>(text.size());
  } else {
    out += '\x7f';
    std::size_t rest = text.size() - 127;
    for (; rest >= 128; rest /= 128) out += static_cast<char>(rest % 128 | 128);
    out += static_cast<char>(rest);
  }
  return out += text;
}

using FieldList = std::vector<std::pair<std::string, std::string>>;

// A block of literal fields without indexing.
inline std::string block(const FieldList& fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    out += '\0';
    out += hpack_string(name);
    out += hpack_string(value);
  }
  return out;
}

inline FieldList get_fields() {
  return {{":method", "GET"}, {":scheme", "http"}, {":authority", "a"}, {":path", "/"}};
}

inline std::string headers(std::uint32_t stream, const FieldList& fields, bool end_stream = true) {
  return frame(kHeaders, kEndHeaders | (end_stream ? kEndStream : 0), stream, block(fields));
}

struct RawFrame {
  std::uint8_t type;
  std::uint8_t flags;
  std::uint32_t stream;
  std::string payload;
  // Of RST_STREAM and GOAWAY.
  std::uint32_t code() const {
    const std::size_t at = type == kGoaway ? 4 : 0;
    std::uint32_t value = 0;
    for (std::size_t i = at; i < at + 4 && i < payload.size(); ++i) {
      value = value << 8 | static_cast<unsigned char>(payload[i]);
    }
    return value;
  }
};

// Takes the whole frames out of `bytes`.
inline std::vector<RawFrame> take_frames(std::string& bytes) {
  std::vector<RawFrame> frames;
  const auto byte = [&bytes](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i]));
  };
  while (bytes.size() >= 9) {
    const std::size_t size = byte(0) << 16 | byte(1) << 8 | byte(2);
    if (bytes.size() < 9 + size) break;
    frames.push_back({static_cast<std::uint8_t>(byte(3)), static_cast<std::uint8_t>(byte(4)),
                      byte(5) << 24 | byte(6) << 16 | byte(7) << 8 | byte(8),
                      bytes.substr(9, size)});
    bytes.erase(0, 9 + size);
  }
  return frames;
}

inline void write_all(runtime::Stream& stream, std::string_view bytes) {
  while (!bytes.empty()) {
    const iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
    const runtime::IoResult result = stream.try_write({&piece, 1});
    if (result.status != runtime::IoResult::Status::kOk) return;
    bytes.remove_prefix(result.bytes);
  }
}

}  // namespace seine::http::testing
