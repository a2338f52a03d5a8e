// SPDX-License-Identifier: Apache-2.0
#include "dive/zones/zone_rule.h"

#include <algorithm>
#include <chrono>

namespace seine::dive {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;

// Reads from the front of the text; the first thing amiss makes all that follows amiss.
class ZoneRuleReader {
 public:
  explicit ZoneRuleReader(std::string_view text) : text_(text) {}

  std::optional<ZoneRule> read() {
    ZoneRule rule;
    skip_name();
    // West is positive in this form.
    rule.standard_ = -read_time(24);
    if (!text_.empty()) {
      ZoneRule::Summer summer;
      skip_name();
      summer.offset = rule.standard_ + hours(1);
      if (!text_.empty() && text_.front() != ',') summer.offset = -read_time(24);
      summer.begin = read_change();
      summer.end = read_change();
      rule.summer_ = summer;
    }
    if (failed_ || !text_.empty()) return std::nullopt;
    return rule;
  }

 private:
  bool take(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  void expect(char c) { failed_ = !take(c) || failed_; }

  // Letters, or anything between < and >.
  void skip_name() {
    const std::string_view before = text_;
    const bool is_quoted = take('<');
    const auto end = std::ranges::find_if_not(text_, [&](char c) {
      const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      return is_letter || (is_quoted && ((c >= '0' && c <= '9') || c == '+' || c == '-'));
    });
    text_.remove_prefix(static_cast<std::size_t>(end - text_.begin()));
    if (is_quoted) expect('>');
    if (before.size() - text_.size() < 3) failed_ = true;
  }

  unsigned read_number(unsigned least, unsigned most) {
    unsigned value = 0;
    std::size_t digits = 0;
    for (; !text_.empty() && text_.front() >= '0' && text_.front() <= '9' && digits < 4; ++digits) {
      value = value * 10 + static_cast<unsigned>(text_.front() - '0');
      text_.remove_prefix(1);
    }
    if (digits == 0 || value < least || value > most) failed_ = true;
    return std::clamp(value, least, most);
  }

  // [+-]h[:mm[:ss]]
  Duration read_time(unsigned most_hours) {
    const bool is_negative = take('-');
    if (!is_negative) take('+');
    Duration time = hours(read_number(0, most_hours));
    if (take(':')) time += minutes(read_number(0, 59));
    if (take(':')) time += seconds(read_number(0, 59));
    return is_negative ? -time : time;
  }

  // ",M3.5.0/2", ",J60", ",59"
  ZoneRule::Change read_change() {
    using Form = ZoneRule::Change::Form;
    ZoneRule::Change change;
    expect(',');
    if (take('M')) {
      change.month = read_number(1, 12);
      expect('.');
      change.week = read_number(1, 5);
      expect('.');
      change.day = read_number(0, 6);
    } else if (take('J')) {
      change.form = Form::kDayWithoutLeap;
      change.day = read_number(1, 365);
    } else {
      change.form = Form::kDayOfYear;
      change.day = read_number(0, 365);
    }
    // RFC 8536 lets it reach a week into the past and into what is to come.
    if (take('/')) change.time = read_time(167);
    return change;
  }

  std::string_view text_;
  bool failed_ = false;
};

std::optional<ZoneRule> ZoneRule::parse(std::string_view text) {
  return ZoneRuleReader(text).read();
}

WallTime ZoneRule::local_time_of(const Change& change, std::chrono::year year) {
  using std::chrono::January;
  using std::chrono::last;
  using std::chrono::weekday;
  sys_days day;
  switch (change.form) {
    case Change::Form::kWeekday: {
      const auto month = year / std::chrono::month(change.month);
      const weekday wanted(change.day);
      day =
          change.week == 5 ? sys_days(month / wanted[last]) : sys_days(month / wanted[change.week]);
      break;
    }
    case Change::Form::kDayOfYear: day = sys_days(year / January / 1) + days(change.day); break;
    case Change::Form::kDayWithoutLeap:
      day = sys_days(year / January / 1) + days(change.day - 1);
      if (year.is_leap() && change.day >= 60) day += days(1);
      break;
  }
  return WallTime(day) + change.time;
}

Duration ZoneRule::offset_at(WallTime time) const {
  if (!summer_) return standard_;
  const auto day = std::chrono::floor<days>(time + standard_);
  const std::chrono::year year = std::chrono::year_month_day(day).year();
  const WallTime begin = local_time_of(summer_->begin, year) - standard_;
  const WallTime end = local_time_of(summer_->end, year) - summer_->offset;
  const bool is_summer = begin < end ? time >= begin && time < end : time >= begin || time < end;
  return is_summer ? summer_->offset : standard_;
}

}  // namespace seine::dive
