// SPDX-License-Identifier: Apache-2.0
#include "dive/slo/number_text.h"

#include <array>

#include "fmt/format.h"

#include "base/check.h"

namespace seine::dive {
namespace {

constexpr std::array<std::int64_t, kMaxDecimals + 1> kPowers = {
    1, 10, 100, 1000, 10'000, 100'000, 1'000'000, 10'000'000};

std::string digits_of(Int128 value) {
  if (value == 0) return "0";
  std::string out;
  for (; value > 0; value /= 10)
    out.insert(out.begin(), static_cast<char>('0' + static_cast<int>(value % 10)));
  return out;
}

// `units` of 10^-decimals.
std::string format_fixed(Int128 units, unsigned decimals) {
  const bool negative = units < 0;
  if (negative) units = -units;
  std::string whole = digits_of(units / kPowers[decimals]);
  std::string part = digits_of(units % kPowers[decimals]);
  part.insert(0, decimals - std::min<std::size_t>(decimals, part.size()), '0');
  while (!part.empty() && part.back() == '0') part.pop_back();
  return fmt::format("{}{}{}{}", negative ? "-" : "", whole, part.empty() ? "" : ".", part);
}

Int128 divide(Int128 numerator, Int128 denominator, Cut cut) {
  return cut == Cut::kDown ? floor_divide(numerator, denominator)
                           : ceil_divide(numerator, denominator);
}

}  // namespace

std::string format_count(std::uint64_t count) {
  std::string out = fmt::format("{}", count);
  for (std::size_t i = out.size(); i > 3;) {
    i -= 3;
    out.insert(i, ",");
  }
  return out;
}

std::string format_percent(const Ratio& share, unsigned decimals, Cut cut) {
  SEINE_CHECK(decimals <= kMaxDecimals, "no figure has more digits");
  return format_fixed(divide(share.numerator * 100 * kPowers[decimals], share.denominator, cut),
                      decimals) +
         "%";
}

std::string format_factor(const Ratio& factor) {
  return format_fixed(ceil_divide(factor.numerator * 10, factor.denominator), 1) + "x";
}

std::string format_time(Duration time, Cut cut) {
  using std::chrono::days;
  using std::chrono::hours;
  using std::chrono::minutes;
  const auto in = [&](Duration unit) {
    return divide(Int128{time.count()} * 10, unit.count(), cut);
  };
  if (time < minutes(1)) return cut == Cut::kDown ? "less than a minute" : "1 minute";
  if (time < hours(2)) {
    const Int128 whole = divide(time.count(), Duration(minutes(1)).count(), cut);
    return digits_of(whole) + (whole == 1 ? " minute" : " minutes");
  }
  if (time < days(2)) return format_fixed(in(hours(1)), 1) + " hours";
  return format_fixed(in(days(1)), 1) + " days";
}

std::string format_requests(std::uint64_t count) {
  return format_count(count) + (count == 1 ? " request" : " requests");
}

std::optional<std::uint64_t> parse_fixed(std::string_view text, unsigned decimals) {
  SEINE_CHECK(decimals <= 9, "the result fits");
  std::uint64_t value = 0;
  unsigned before = 0;
  unsigned after = 0;
  bool point = false;
  for (const char c : text) {
    if (c == '.' && !point && before > 0) {
      point = true;
      continue;
    }
    if (c < '0' || c > '9') return std::nullopt;
    if (point && after == decimals) {
      if (c != '0') return std::nullopt;
      continue;
    }
    ++(point ? after : before);
    if (before > 9) return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  if (before == 0 || text.ends_with('.')) return std::nullopt;
  for (; after < decimals; ++after) value *= 10;
  return value;
}

}  // namespace seine::dive
