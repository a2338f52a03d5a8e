// SPDX-License-Identifier: Apache-2.0
// The bounds of what an agent keeps and sends.
#pragma once

#include <chrono>
#include <cstddef>

#include "journal/journal.h"

namespace seine::dive {

// Of one MetricMessage: reached by the last report that goes in, which alone may have as many.
inline constexpr std::size_t kMaxSentBuckets = 64;
inline constexpr std::size_t kMessageOctets = 512 << 10;
// The longest message there can be: a report of 4 MiB, and the reporter once for each bucket.
inline constexpr std::size_t kMaxMessageOctets = 6 << 20;

// Epochs of which messages have been sent and are not acknowledged, of one method: an agent that
// was started more often while Dive was away tells them by and by. Dive remembers four times as
// many (kMaxEpochs, StreamPosition::kMaxFormer).
inline constexpr std::size_t kMaxEpochsUnderWay = 16;

// Outboxes. The one of metrics holds hours of a large mesh; where it is full nothing more is read
// from the source. The others drop their oldest.
inline constexpr journal::Limits kMetricOutbox{
    .record = kMaxMessageOctets, .segment = std::size_t{4} << 20, .total = std::size_t{256} << 20};
inline constexpr journal::Limits kStateOutbox{.record = std::size_t{4} << 20,
                                              .segment = std::size_t{1} << 20,
                                              .total = std::size_t{16} << 20};
inline constexpr journal::Limits kEventOutbox{.record = std::size_t{128} << 10,
                                              .segment = std::size_t{256} << 10,
                                              .total = std::size_t{4} << 20};

inline constexpr std::chrono::seconds kLongestBackoff{30};
inline constexpr std::chrono::milliseconds kShortestBackoff{100};
// A PING after so long without a byte: more often than any proxy on the way gives up.
inline constexpr std::chrono::seconds kKeepalive{10};
inline constexpr std::chrono::seconds kConnectTimeout{10};
inline constexpr std::chrono::seconds kCallTimeout{20};  // of the calls that are no stream
// How long an end waits for what is in the outboxes to be acknowledged.
inline constexpr std::chrono::seconds kDrainTime{5};
// How long a new token may take to come, where Dive does not know the cluster any more, before
// anybody is told to make one.
inline constexpr std::chrono::seconds kTokenPatience{20};
// A controller says something every few seconds; after so long of silence it is asked anew.
inline constexpr std::chrono::seconds kSourceSilence{15};

}  // namespace seine::dive
