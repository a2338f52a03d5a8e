// SPDX-License-Identifier: Apache-2.0
// What one side of the proxy did for one request of a trace. Workers post spans that have ended to
// the control loop.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/time.h"
#include "proxy/trace/trace_context.h"
#include "runtime/mailbox.h"

namespace seine::proxy {

// Of a text that a peer chose.
inline constexpr std::size_t kMaxSpanText = 1024;
// That wait for the collector, of all workers together: a hundred batches of a thousand.
inline constexpr std::size_t kMaxBatch = 1000;
inline constexpr std::size_t kMaxWaitingSpans = 100 * kMaxBatch;
inline constexpr std::size_t kMaxWaitingSpanBytes = 32 * 1024 * 1024;

struct Span {
  TraceId trace_id{};
  SpanId id{};
  SpanId parent{};  // zero: the first of its trace
  bool is_server = false;
  std::uint8_t flags = 0;
  std::string trace_state;
  std::string name;
  WallTime started;
  WallTime ended;
  std::string error;  // error_name(); empty: none
  bool failed = false;
  using Value = std::variant<std::string, std::int64_t>;
  std::vector<std::pair<std::string_view, Value>> attributes;  // keys live for ever

  // Bytes that it takes while it waits.
  std::size_t size() const;
};

// Between workers and the control loop, on which it lives. Outlives every worker. What was taken
// counts as waiting until it is released.
class SpanBox {
 public:
  explicit SpanBox(runtime::EventLoop& loop) : box_(loop, kMaxWaitingSpans) {}

  // Any thread. What is too much is dropped and counted.
  void post(Span span);
  // Control loop. take() may be empty, receive() waits for one.
  std::vector<Span> take() { return box_.take(); }
  [[clang::coro_wrapper]] runtime::Task<std::vector<Span>> receive() { return box_.receive(); }
  void release(std::span<const Span> taken);
  // Any thread.
  std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  runtime::Mailbox<Span> box_;
  std::atomic<std::size_t> waiting_bytes_ = 0;
  std::atomic<std::uint64_t> dropped_ = 0;
};

}  // namespace seine::proxy
