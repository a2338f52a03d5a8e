// SPDX-License-Identifier: Apache-2.0
// Traces as the data path sees them, on one worker's loop: which requests get a span, and what is
// noted in it. A request that no sampled trace has costs a look at its headers.
#pragma once

#include <string>
#include <string_view>

#include "http/message.h"
#include "model/metadata.h"
#include "proxy/exchange_watch.h"
#include "proxy/telemetry.h"
#include "proxy/trace/span.h"

namespace seine::proxy {

// What is known of a request from its connection.
struct SpanOrigin {
  Direction direction = Direction::kInbound;
  SocketAddr client;
  SocketAddr target;
  const TlsLabels* tls = nullptr;  // of the client; null: nothing is said of it
  bool may_start = false;          // a trace of our own
};

// A span that is open, for who learns more of its request. Borrowed: it lives until the answer has
// been handed to ExchangeWatch::watch().
class OpenSpan {
 public:
  virtual void note(std::string_view key, std::string_view value) = 0;
  // The server's policy, or the client's; and the route taken. Null: none. Defaults are not noted.
  void note_route(const model::Metadata* parent, const model::Metadata* route);

 protected:
  ~OpenSpan() = default;
};

struct Traced {
  ExchangeWatch watch;
  OpenSpan* span = nullptr;  // null: no span
};

class Tracer {
 public:
  // References outlive it and every request.
  Tracer(const runtime::EventLoop& loop, const Clock& clock, SpanBox& box, double start_ratio)
      : loop_(loop), clock_(clock), box_(box), start_ratio_(start_ratio) {}

  // If the request belongs to a sampled trace: a span, and the request now comes from it.
  Traced open(http::RequestHead& head, const SpanOrigin& origin);

 private:
  bool starts();
  std::optional<TraceContext> start(http::Headers& headers);
  template <std::size_t N>
  std::array<std::uint8_t, N> random_id();

  const runtime::EventLoop& loop_;
  const Clock& clock_;
  SpanBox& box_;
  const double start_ratio_;
  std::string entropy_;  // not used yet
};

}  // namespace seine::proxy
