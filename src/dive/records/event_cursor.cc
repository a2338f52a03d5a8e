// SPDX-License-Identifier: Apache-2.0
#include "dive/records/event_cursor.h"

#include <algorithm>
#include <charconv>

#include "fmt/format.h"

#include "dive/records/record_messages.h"

namespace seine::dive {
namespace {

constexpr std::size_t kMaxCursor = 1024;

// Up to the next dot, which is taken, too.
bool take_number(std::string_view& text, std::int64_t& out) {
  const std::size_t end = text.find('.');
  if (end == std::string_view::npos) return false;
  const std::string_view digits = text.substr(0, end);
  const auto [at, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  text.remove_prefix(end + 1);
  return error == std::errc() && at == digits.data() + digits.size();
}

}  // namespace

std::string format_cursor(const EventCursor& cursor) {
  return fmt::format("{}.{}.{}.{}", to_nanoseconds(cursor.now), static_cast<int>(cursor.part),
                     to_nanoseconds(cursor.begins), cursor.id);
}

Result<EventCursor> parse_cursor(std::string_view text) {
  std::string_view rest = text;
  std::int64_t now = 0;
  std::int64_t part = 0;
  std::int64_t begins = 0;
  const bool is_one = text.size() <= kMaxCursor && take_number(rest, now) &&
                      take_number(rest, part) && take_number(rest, begins) && part >= 0 &&
                      part <= 2 &&
                      std::ranges::all_of(rest, [](char c) { return c > ' ' && c < '\x7f'; });
  if (!is_one) {
    return fail(ErrorCode::kInvalidArgument,
                "there is no page of events after that: ask for the first one");
  }
  return EventCursor{.now = from_nanoseconds(now),
                     .part = static_cast<EventPart>(part),
                     .begins = from_nanoseconds(begins),
                     .id = std::string(rest)};
}

}  // namespace seine::dive
