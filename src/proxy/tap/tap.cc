// SPDX-License-Identifier: Apache-2.0
#include "proxy/tap/tap.h"

namespace seine::proxy {

namespace {

std::size_t size_of(const TapRequestInit& init) {
  return init.method.size() + init.scheme.size() + init.authority.size() + init.path.size() +
         init.fields.list_size();
}
std::size_t size_of(const TapResponseInit& init) {
  return init.fields.list_size();
}
std::size_t size_of(const TapResponseEnd& end) {
  return end.trailers.list_size() + end.error.size() + end.not_retried.size();
}
std::size_t size_of(std::monostate) {
  return 0;
}

}  // namespace

bool Tap::claim() {
  std::uint32_t left = unclaimed_.load(std::memory_order_relaxed);
  while (left > 0) {
    if (unclaimed_.compare_exchange_weak(left, left - 1, std::memory_order_relaxed)) return true;
  }
  return false;
}

bool Tap::post(const std::shared_ptr<Tap>& self, TapRecord record, std::uint32_t max_events,
               std::size_t max_bytes) {
  if (closed_.load(std::memory_order_relaxed)) return false;
  record.size = std::visit([](const auto& event) { return size_of(event); }, record.event);
  // Two workers that look at once may pass a bound by one event each: the box has room for that.
  if (waiting_.load(std::memory_order_relaxed) >= max_events ||
      waiting_bytes_.load(std::memory_order_relaxed) + record.size > max_bytes) {
    dropped_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  waiting_.fetch_add(1, std::memory_order_relaxed);
  waiting_bytes_.fetch_add(record.size, std::memory_order_relaxed);
  const std::size_t size = record.size;
  record.tap = self;
  if (box_.post(std::move(record))) return true;
  waiting_.fetch_sub(1, std::memory_order_relaxed);
  waiting_bytes_.fetch_sub(size, std::memory_order_relaxed);
  dropped_.fetch_add(1, std::memory_order_relaxed);
  return false;
}

bool Tap::has_room() {
  if (waiting_.load(std::memory_order_relaxed) < kMaxTapEvents &&
      waiting_bytes_.load(std::memory_order_relaxed) < kMaxTapBytes) {
    return true;
  }
  dropped_.fetch_add(1, std::memory_order_relaxed);
  return false;
}

bool Tap::begin(const std::shared_ptr<Tap>& tap, TapRecord record) {
  if (!tap->claim()) return false;
  if (tap->post(tap, std::move(record), kMaxTapEvents, kMaxTapBytes)) return true;
  // Whoever watches was promised so many requests: another one takes the place of this.
  tap->unclaimed_.fetch_add(1, std::memory_order_relaxed);
  return false;
}

void Tap::follow(const std::shared_ptr<Tap>& tap, TapRecord record) {
  tap->post(tap, std::move(record), kMaxTapLateEvents, kMaxTapLateBytes);
}

void Tap::settle(const std::shared_ptr<Tap>& tap) {
  // The last one tells, behind all events of its own.
  if (tap->unsettled_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  if (tap->closed_.load(std::memory_order_relaxed)) return;
  tap->waiting_.fetch_add(1, std::memory_order_relaxed);
  tap->box_.post(TapRecord{.tap = tap, .ends = nullptr, .stream = 0, .event = {}, .size = 0});
}

void Tap::take(const TapRecord& record) {
  waiting_.fetch_sub(1, std::memory_order_relaxed);
  waiting_bytes_.fetch_sub(record.size, std::memory_order_relaxed);
}

}  // namespace seine::proxy
