// SPDX-License-Identifier: Apache-2.0
// How wide the receive windows of one HTTP/2 connection have to be for its path: by what arrives
// while a PING goes there and back. Where that nearly fills a window, and faster than ever before,
// the window was what held the peer back, and it grows. Only busy connections are measured, those
// of which half a window came and was read a moment ago: small messages cost no PING, and where
// nobody reads no window grows. Pure; the session does the I/O.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace seine::http {

class AdaptiveWindow {
 public:
  // Bytes that a peer may send before whoever reads takes them: of a stream, and of a connection,
  // which leaves room for others where one stream is not read.
  static constexpr std::uint32_t kMostOfStream = 8U << 20;
  static constexpr std::uint32_t kMostOfConnection = 16U << 20;
  // Half a window within this time makes a connection busy, for as long again.
  static constexpr Duration kBusy = std::chrono::seconds(1);
  // Before the first measurement, and between those that change nothing; each doubles it.
  static constexpr Duration kFirstPause = std::chrono::milliseconds(100);
  static constexpr Duration kLongestPause = std::chrono::seconds(10);

  // They never shrink below these.
  AdaptiveWindow(std::uint32_t stream, std::uint32_t connection)
      : stream_(stream), connection_(connection) {}

  std::uint32_t stream() const { return stream_; }
  std::uint32_t connection() const { return connection_; }

  // DATA came.
  void on_data(std::size_t bytes) {
    came_ += bytes;
    fresh_ += bytes;
    sample_ += bytes;
  }
  // And was read.
  void on_taken(std::size_t bytes) { taken_ += bytes; }
  // Whether a PING is to leave now. To be asked after each turn in which DATA came or was read.
  // Peers that count PINGs forgive those that follow their DATA. One that is never answered is the
  // last.
  bool take_ping(TimePoint now);
  // That PING was answered. Whether the windows have grown.
  bool on_answer(TimePoint now);

 private:
  // `fresh`: what came in this turn.
  void note_how_busy(std::size_t fresh, TimePoint now);
  // What one stream alone may have under way.
  std::size_t limit() const { return stream_ < connection_ ? stream_ : connection_; }

  std::uint32_t stream_;
  std::uint32_t connection_;
  TimePoint since_;  // when came_ and taken_ were zero
  std::size_t came_ = 0;
  std::size_t taken_ = 0;
  std::size_t fresh_ = 0;   // came since the last look, and the last answer
  std::size_t sample_ = 0;  // came with the PING and after it
  bool ping_is_out_ = false;
  TimePoint busy_until_;
  TimePoint sent_;
  TimePoint next_;  // not before
  Duration pause_ = kFirstPause;
  double fastest_ = 0;  // bytes a second
};

}  // namespace seine::http
