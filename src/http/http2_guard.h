// SPDX-License-Identifier: Apache-2.0
// Http2Guard: tells a flood from a busy peer. What makes us work for nothing costs points, what
// moves requests forward earns some back, time earns more; a peer without points left is closed.
// With three quarters of them spent it is sent away first: GOAWAY, and what is under way goes on.
//
// The rule is a balance and not a count, so that a connection that lives for days never runs into
// it, and a client that cancels most of its calls does not either as long as it takes some answers
// or keeps below the rate at which points return.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/time.h"
#include "http/http2_options.h"

namespace seine::http {

class Http2Guard {
 public:
  static constexpr std::int64_t kBurst = 1'000;         // points in hand at most
  static constexpr std::int64_t kPerSecond = 200;       // points time gives back
  static constexpr std::int64_t kWarning = kBurst / 4;  // below it a peer is sent away
  static constexpr std::int64_t kUnseenReset = 4;       // reset before the request was even started
  static constexpr std::int64_t kEarlyReset = 1;  // reset before an answer, while it was young
  // Who waited so long has not merely opened a stream to reset it: to cancel then is free, however
  // many of its calls a client cancels (linkerd2#14908), up to so many at once and a second.
  static constexpr std::int64_t kCancels = 10'000;
  static constexpr std::int64_t kCancelsPerSecond = 4'000;
  static constexpr Duration kYoung = std::chrono::milliseconds(10);
  static constexpr std::int64_t kMalformed = 20;  // a header block that had to be refused
  static constexpr std::int64_t kControl = 1;     // PING, PRIORITY, WINDOW_UPDATE, unknown
  static constexpr std::int64_t kSettings = 4;
  static constexpr std::int64_t kEmptyData = 2;  // DATA without content or end
  // Earned by an answer begun and by a DATA frame of ours: whoever reads acknowledges it, with a
  // WINDOW_UPDATE for the stream and for the connection and a bandwidth probe's PING. Some do so
  // for each 4 KiB they read.
  static constexpr std::int64_t kProgress = 3;
  static constexpr std::size_t kBytesPerPoint = 2048;

  explicit Http2Guard(TimePoint now) : refilled_(now), cancels_refilled_(now) {}

  // False: the peer has no points left. reason() says for what it spent the last, or before that,
  // those that were left above kWarning.
  bool charge(Http2Close reason, std::int64_t points, TimePoint now);
  void earn(std::int64_t points) {
    points_ = points_ + points < kBurst ? points_ + points : kBurst;
  }
  void earn_for_data(std::size_t bytes) {
    earn(kProgress + static_cast<std::int64_t>(bytes / kBytesPerPoint));
  }
  // A call that was not young is cancelled; false if there are more of them than is free.
  bool is_free_to_cancel(TimePoint now);
  // Whether the peer was once left with less than kWarning.
  bool nearly_spent() const { return warned_; }
  Http2Close reason() const { return reason_; }

 private:
  std::int64_t points_ = kBurst;
  TimePoint refilled_;
  bool warned_ = false;
  std::int64_t cancels_ = kCancels;
  TimePoint cancels_refilled_;
  Http2Close reason_ = Http2Close::kPeer;
};

}  // namespace seine::http
