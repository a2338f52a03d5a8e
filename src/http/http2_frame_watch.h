// SPDX-License-Identifier: Apache-2.0
// Http2FrameWatch: the rules about a client's frames that nghttp2 leaves alone. To forget a closed
// stream at once, as ours does, is to take what still comes for it as having crossed a reset; and
// priorities, which ours refuses to use, are not looked at.
//
// It knows nothing but the bytes, so what it says cannot depend on what we have sent meanwhile: a
// client that has ended or reset a stream itself has nothing more to say on it, ever.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "http/http2_error.h"

namespace seine::http {

class Http2FrameWatch {
 public:
  // The streams a client ended last that are remembered. Late frames on others are let pass.
  static constexpr std::size_t kRemembered = 32;

  // The next bytes of the connection, whose first are the preface. The first rule that was ever
  // broken, as the code of the GOAWAY it deserves (RFC 9113, sections 5.1, 5.1.1 and 6.3; RFC 7540,
  // section 5.3.1); nothing is read after it.
  std::optional<Http2Code> read(std::string_view bytes);
  // Frames since the last call that nghttp2 may take without a word, for what they are (PRIORITY,
  // unknown types) or where they are (WINDOW_UPDATE and DATA of a stream it has forgotten).
  std::size_t take_control() { return std::exchange(control_, 0); }
  // DATA without content or end.
  std::size_t take_empty_data() { return std::exchange(empty_data_, 0); }

 private:
  static constexpr std::size_t kHeader = 9;
  static constexpr std::size_t kDependency = 4;  // of a PRIORITY frame: the stream it depends on
  struct Header {
    std::size_t length;
    std::uint8_t type;
    std::uint8_t flags;
    std::uint32_t stream;
  };

  Header header() const;
  void look_at(const Header& header);
  void look_at_headers(std::uint32_t stream);
  void look_at_priority(const Header& header);
  bool has_ended(std::uint32_t stream) const;
  void remember_end(std::uint32_t stream);

  std::size_t skip_ = 24;  // bytes that say nothing here: the preface, then payloads
  std::array<char, kHeader + kDependency> start_{};  // of the frame under way
  std::size_t have_ = 0;
  std::uint32_t highest_ = 0;       // stream that was opened
  std::uint32_t skipped_from_ = 0;  // the streams above it and below the next, skipped last
  std::uint32_t skipped_to_ = 0;
  std::array<std::uint32_t, kRemembered> ended_{};
  std::size_t next_ended_ = 0;
  std::size_t control_ = 0;
  std::size_t empty_data_ = 0;
  std::optional<Http2Code> broken_;
};

}  // namespace seine::http
