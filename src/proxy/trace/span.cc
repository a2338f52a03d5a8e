// SPDX-License-Identifier: Apache-2.0
#include "proxy/trace/span.h"

namespace seine::proxy {

std::size_t Span::size() const {
  std::size_t size = sizeof(Span) + trace_state.size() + name.size() + error.size();
  for (const auto& [key, value] : attributes) {
    size += sizeof(std::pair<std::string_view, Value>);
    if (const auto* text = std::get_if<std::string>(&value)) size += text->size();
  }
  return size;
}

void SpanBox::post(Span span) {
  const std::size_t size = span.size();
  // Workers that look at once may pass the bound by a span each.
  if (waiting_bytes_.load(std::memory_order_relaxed) + size <= kMaxWaitingSpanBytes) {
    waiting_bytes_.fetch_add(size, std::memory_order_relaxed);
    if (box_.post(std::move(span))) return;
    waiting_bytes_.fetch_sub(size, std::memory_order_relaxed);
  }
  dropped_.fetch_add(1, std::memory_order_relaxed);
}

void SpanBox::release(std::span<const Span> taken) {
  std::size_t size = 0;
  for (const Span& span : taken) size += span.size();
  waiting_bytes_.fetch_sub(size, std::memory_order_relaxed);
}

}  // namespace seine::proxy
