// SPDX-License-Identifier: Apache-2.0
// A tap: somebody watches the requests that pass. Workers post what they see to the control loop,
// which writes it to whoever watches. A watcher that reads slowly costs events, never a request:
// what waits for it is bounded, and what is more is dropped and counted.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/net.h"
#include "base/time.h"
#include "http/headers.h"
#include "model/endpoint.h"
#include "proxy/tap/tap_match.h"
#include "proxy/telemetry.h"
#include "runtime/mailbox.h"

namespace seine::proxy {

// Observe streams of one proxy at once. More are refused.
inline constexpr std::size_t kMaxTaps = 32;
// Events of one tap that wait to be written: while so many do, new requests are not shown, and of
// those that are shown already thrice as many may wait.
inline constexpr std::uint32_t kMaxTapEvents = 400;
inline constexpr std::uint32_t kMaxTapLateEvents = 3 * kMaxTapEvents;
// The same for the bytes of their strings.
inline constexpr std::size_t kMaxTapBytes = 1024 * 1024;
inline constexpr std::size_t kMaxTapLateBytes = 3 * kMaxTapBytes;
// What can be on its way to the control loop: every event there may be, and the end of every tap.
inline constexpr std::size_t kTapBoxCapacity = kMaxTaps * (kMaxTapLateEvents + 1);

// The two ends of an exchange and what is known of them. Immutable, shared by its events.
struct TapEnds {
  Direction direction = Direction::kInbound;
  SocketAddr source;
  SocketAddr destination;
  model::Labels source_labels;       // tls, client_id
  model::Labels destination_labels;  // tls, server_id, and what discovery says
  model::Labels route_labels;
};

struct TapRequestInit {
  std::string method;
  std::string scheme;
  std::string authority;
  std::string path;      // with its query, as it came
  http::Headers fields;  // where the tap asks for them
  bool http2 = false;
};
struct TapResponseInit {
  Duration since_request{};
  std::uint16_t status = 0;
  http::Headers fields;
  bool http2 = false;
};
struct TapResponseEnd {
  Duration since_request{};
  Duration since_response{};  // zero if there was none
  std::uint64_t bytes = 0;
  std::optional<std::uint32_t> grpc_status;
  std::optional<std::uint32_t> reset;  // an HTTP/2 error code
  std::string error;                   // why, as the log says it; with `reset` alone
  std::string not_retried;             // why it is the last try, where it was worth another
  http::Headers trailers;
};
// The first says that the tap has shown all the requests it was to show.
using TapEvent = std::variant<std::monostate, TapRequestInit, TapResponseInit, TapResponseEnd>;

class Tap;

struct TapRecord {
  std::shared_ptr<Tap> tap;
  std::shared_ptr<const TapEnds> ends;
  std::uint64_t stream = 0;  // unique in this process
  TapEvent event;
  std::size_t size = 0;  // bytes of its strings
};

// On the control loop; outlives every worker, whose exchanges may post to it until they die.
using TapBox = runtime::Mailbox<TapRecord>;

// One Observe stream as workers know it. Shared by them and the control loop: beside what never
// changes it holds counters alone.
class Tap {
 public:
  // `limit` requests are shown, at least one.
  Tap(TapMatch match, bool wants_headers, std::uint32_t limit, TapBox& box)
      : match_(std::move(match)),
        wants_headers_(wants_headers),
        unclaimed_(limit),
        unsettled_(limit),
        box_(box) {}

  const TapMatch& match() const { return match_; }
  bool wants_headers() const { return wants_headers_; }

  // Any thread. Whether more requests are to be shown.
  bool is_open() const {
    return !closed_.load(std::memory_order_relaxed) &&
           unclaimed_.load(std::memory_order_relaxed) > 0;
  }
  // Whether it may show another request; if not, that counts as one dropped. Before a request is
  // copied for it: a watcher that does not read costs no copies.
  bool has_room();
  // Shows a request, as one of the limit's; false if there is no more room for one.
  static bool begin(const std::shared_ptr<Tap>& tap, TapRecord record);
  // What follows of a request that is shown.
  static void follow(const std::shared_ptr<Tap>& tap, TapRecord record);
  // A request that was shown has ended; once for each begin() that was true.
  static void settle(const std::shared_ptr<Tap>& tap);
  // The watcher is gone: nothing is posted any more.
  void close() { closed_.store(true, std::memory_order_relaxed); }

  // Control loop: a record has left the queue.
  void take(const TapRecord& record);
  // How many events were dropped since the last time.
  std::uint64_t take_dropped() { return dropped_.exchange(0, std::memory_order_relaxed); }

 private:
  bool claim();
  bool post(const std::shared_ptr<Tap>& self, TapRecord record, std::uint32_t max_events,
            std::size_t max_bytes);

  const TapMatch match_;
  const bool wants_headers_;
  std::atomic<bool> closed_ = false;
  std::atomic<std::uint32_t> unclaimed_;
  std::atomic<std::uint32_t> unsettled_;
  std::atomic<std::uint32_t> waiting_ = 0;
  std::atomic<std::size_t> waiting_bytes_ = 0;
  std::atomic<std::uint64_t> dropped_ = 0;
  TapBox& box_;
};

}  // namespace seine::proxy
