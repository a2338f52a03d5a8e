// SPDX-License-Identifier: Apache-2.0
// The side of taps that the data path sees: the taps of one loop, and one exchange that some of
// them watch. While nobody taps, any() is all that a request costs.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "http/message.h"
#include "proxy/tap/tap.h"
#include "runtime/event_loop.h"

namespace seine::proxy {

// What of an outbound request its endpoint does not know.
struct TapOrigin {
  SocketAddr client;
  SocketAddr meant;  // where the client connected to
  model::Labels route_labels;
};

// "tls" and `id_label` as Linkerd's taps have them.
model::Labels tap_tls_labels(const TlsLabels& tls, const std::string& id_label);
// route_group, route_kind, route_name, as the metrics say them; none for a default.
model::Labels tap_route_labels(const model::Metadata& route);

// Of one try of a request whose route has retries: only when its end was seen can it be said
// whether there is another, and why not. Until then taps do not hear of that end.
class TapVerdict {
 public:
  TapVerdict() = default;
  ~TapVerdict() { settle({}); }
  TapVerdict(const TapVerdict&) = delete;
  TapVerdict& operator=(const TapVerdict&) = delete;

  // Once; later calls change nothing. `not_retried`: why there is no other try; empty where there
  // is one, or the answer was worth none.
  void settle(std::string not_retried);

 private:
  friend class TapExchange;
  // What a tap is told last.
  struct LastWord {
    std::shared_ptr<Tap> tap;
    TapRecord record;
  };
  static void tell(LastWord last);
  void take(LastWord last);

  bool settled_ = false;
  std::string not_retried_;
  std::vector<LastWord> held_;
};

// A request and its answer, from the moment it leaves to the end. One that dies before its end has
// been cancelled, and says so.
class TapExchange {
 public:
  TapExchange();  // nobody watches
  TapExchange(TapExchange&& other) noexcept;
  TapExchange& operator=(TapExchange&& other) noexcept;
  ~TapExchange();

  bool watched() const { return state_ != nullptr; }
  // Before the end: taps hear of it when the verdict is settled. Null: at once.
  void await(std::shared_ptr<TapVerdict> verdict);
  // The request leaves. Without it, it is as if it never was.
  void begin();
  // There will be no answer.
  void fail(const Error& error);
  // The head of the answer has come; the rest is watched through its body.
  http::Response observe(http::Response response);

 private:
  friend class TapSet;
  class State;
  class WatchedBody;
  explicit TapExchange(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

// The taps of one worker's loop.
class TapSet {
 public:
  // Numbers of streams are `first`, `first + step`, ...: of one process no two are the same.
  TapSet(const runtime::EventLoop& loop, std::uint64_t first, std::uint64_t step)
      : loop_(loop), next_stream_(first), step_(step) {}

  bool any() const { return !taps_.empty(); }
  void add(std::shared_ptr<Tap> tap) { taps_.push_back(std::move(tap)); }
  void remove(const Tap& tap);

  // The exchange as those taps see it that want this request. The head is copied if there are any.
  TapExchange open(TapEnds ends, const http::RequestHead& head);

 private:
  const runtime::EventLoop& loop_;
  std::uint64_t next_stream_;
  const std::uint64_t step_;
  std::vector<std::shared_ptr<Tap>> taps_;
};

}  // namespace seine::proxy
