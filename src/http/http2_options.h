// SPDX-License-Identifier: Apache-2.0
// Settings and limits of one HTTP/2 connection, and the names of the ways in which one ends.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.h"
#include "http/offences.h"

namespace seine::http {

// Why a connection is over.
enum class Http2Close : std::uint8_t {
  kPeer,          // the peer closed it, or sent GOAWAY
  kDrained,       // we said GOAWAY and finished what was under way
  kIo,            // reading or writing failed
  kProtocol,      // the peer broke the protocol
  kRapidReset,    // it opened and reset streams faster than it took answers
  kControlFlood,  // PING, SETTINGS, PRIORITY, WINDOW_UPDATE or unknown frames without work
  kEmptyFrames,   // DATA frames that carry nothing
  kMalformed,     // one malformed or oversized header block after the other
  kKeepalive,     // no answer to our PING
};
inline constexpr std::size_t kHttp2CloseReasons = 9;
// "rapid reset": the value of a metric's label.
std::string_view http2_close_name(Http2Close reason);

// Connections closed, by reason; of one loop.
struct Http2CloseCounts {
  std::array<std::uint64_t, kHttp2CloseReasons> by_reason{};
  std::uint64_t of(Http2Close reason) const { return by_reason[static_cast<std::size_t>(reason)]; }
};

// How long a server that has said all reads on, until the client has closed as well.
inline constexpr Duration kHttp2Linger = std::chrono::seconds(1);

// What a client has to take of an answer within the stall_timeout. Readers open their window again
// when half of it is read, so a slow one looks still for long; this is about those that stand
// still, or drip so that they do not seem to.
inline constexpr std::uint64_t kMinStreamProgress = 1024;

// While the process holds more than it may (runtime/byte_budget.h), answers that nobody takes are
// given up after once to twice this time, all of them, and so are streams of whose data a reader
// has taken nothing.
inline constexpr Duration kMemoryLook = std::chrono::seconds(10);
// While it holds far more, the latter when more comes after this time.
inline constexpr Duration kTakenWithin = std::chrono::seconds(1);

// Values HTTP/2 does not allow are brought to the nearest it does: they may come from a control
// plane.
struct Http2Options {
  // How much a peer may send before whoever reads takes it, per stream and per connection.
  std::uint32_t initial_stream_window = 65'535;
  std::uint32_t initial_connection_window = 1'048'576;
  // They grow from there with what the path carries, within bounds (adaptive_window.h).
  bool adaptive_windows = false;
  std::uint32_t max_frame_size = 16'384;  // of frames we accept; 16384 to 16777215
  // Server: streams open at once; more are refused.
  std::uint32_t max_concurrent_streams = 1'000;
  // Client: requests that wait for the server's limit on open streams; more fail with kLoadShed.
  std::size_t max_queued_requests = 10'000;
  // And how long they wait before they fail with kFailfast; zero: without limit.
  Duration queue_timeout{};
  // Of one header block: names, values and 32 bytes a field; fields, every cookie crumb counted.
  std::size_t max_header_list_bytes = 64 * 1024;
  std::size_t max_header_fields = 128;
  // After so long without a byte from the peer a PING is sent; no answer within the timeout ends
  // the connection. An idle stream alone never does.
  std::optional<Duration> keepalive_interval;
  // The last frames of a connection wait as long for a peer that takes none of them.
  Duration keepalive_timeout = std::chrono::seconds(20);
  // Server: an answer of which data waits for a client that took less than kMinStreamProgress of it
  // all the while is given up: its stream is reset, after once to twice this time. Zero: never. So
  // many of a connection's are let be: one who reads slowly holds a few, who means harm has many.
  Duration stall_timeout{};
  std::size_t stalls_let_be = 16;
  // Borrowed, may be null.
  Http2CloseCounts* close_counts = nullptr;
  Offences* offences = nullptr;
};

}  // namespace seine::http
