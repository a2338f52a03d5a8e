// SPDX-License-Identifier: Apache-2.0
#include "dive/api/asked_span.h"

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>

namespace seine::dive {
namespace {

// 9999-12-31: what a calendar can show, far from where arithmetic ends.
constexpr std::int64_t kLastMillisecond = 253'402'300'799'999;

std::optional<std::int64_t> milliseconds(std::string_view text) {
  std::int64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (out < 0 || out > kLastMillisecond) return std::nullopt;
  return out;
}

// "10m", "6h", "7d": the form of pages' addresses.
std::optional<Duration> length_of(std::string_view text) {
  if (text.size() < 2 || text.size() > 5) return std::nullopt;
  const auto number = milliseconds(text.substr(0, text.size() - 1));
  if (!number) return std::nullopt;
  switch (text.back()) {
    case 'm': return std::chrono::minutes(*number);
    case 'h': return std::chrono::hours(*number);
    case 'd': return std::chrono::days(*number);
    default: return std::nullopt;
  }
}

std::unexpected<Error> refuse(std::string sentence) {
  return fail(ErrorCode::kInvalidArgument, std::move(sentence));
}

}  // namespace

Result<Span> asked_span(const web::Query& query, WallTime now) {
  const auto from = query.get("from_ms");
  const auto to = query.get("to_ms");
  if (from.has_value() != to.has_value()) return refuse("from_ms and to_ms are given together");
  Span span{.from = now - kUsualSpan, .to = now};
  if (from) {
    const auto first = milliseconds(*from);
    const auto last = milliseconds(*to);
    if (!first || !last) return refuse("from_ms and to_ms are milliseconds since 1970");
    span = {.from = WallTime(std::chrono::milliseconds(*first)),
            .to = WallTime(std::chrono::milliseconds(*last))};
  } else if (const auto last = query.get("last")) {
    const auto length = length_of(*last);
    if (!length) return refuse("last is a number and m, h or d, such as 6h");
    span.from = now - *length;
  }
  if (span.to <= span.from) return refuse("from_ms is to be before to_ms");
  const Duration length = span.to - span.from;
  if (length < kShortestSpan || length > kLongestSpan) {
    return refuse("a span is of one minute to 90 days");
  }
  return span;
}

}  // namespace seine::dive
