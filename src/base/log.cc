// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "fmt/format.h"

namespace seine {

namespace {

constexpr std::string_view kLevelNames[] = {"trace", "debug", "info", "warn", "error", "off"};

std::optional<LogLevel> parse_level(std::string_view text) {
  for (int i = 0; i < 6; ++i) {
    if (text == kLevelNames[i]) return static_cast<LogLevel>(i);
  }
  return std::nullopt;
}

// What ends a text that was cut.
constexpr std::string_view kCut = "...";

void append_escaped(std::string& out, char c, LogFormat format) {
  const auto u = static_cast<unsigned char>(c);
  if (c == '"' || c == '\\') {
    out += '\\';
    out += c;
  } else if (u >= 0x20 && u < 0x7f) {
    out += c;
  } else if (format == LogFormat::kJson) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", u);
  } else {
    fmt::format_to(std::back_inserter(out), "\\x{:02x}", u);
  }
}

// At most `most` bytes, no less than kCut, which are cut between characters.
void append_text(std::string& out, std::string_view value, std::size_t most, LogFormat format) {
  const std::size_t start = out.size();
  std::size_t fits = start;  // what may stay if something has to be cut
  for (const char c : value) {
    append_escaped(out, c, format);
    if (out.size() > start + most) {
      out.resize(fits);
      out += kCut;
      return;
    }
    if (out.size() + kCut.size() <= start + most) fits = out.size();
  }
}

// False where there is no room for it.
bool append_field(std::string& line, const LogField& field, LogFormat format) {
  // Its quote, and the end of the line.
  constexpr std::size_t kAfter = 3;
  std::string opening;
  if (format == LogFormat::kJson) {
    opening = ",\"";
    append_text(opening, field.key, kMaxLogText, format);
    opening += "\":\"";
  } else {
    opening = fmt::format(" {}=\"", field.key);
  }
  const std::size_t used = line.size() + opening.size() + kAfter;
  if (used + kCut.size() > PromptWriter::kWhole) return false;
  line += opening;
  append_text(line, field.value, std::min(kMaxLogText, PromptWriter::kWhole - used), format);
  line += '"';
  return true;
}

}  // namespace

std::string_view log_level_name(LogLevel level) {
  return kLevelNames[static_cast<int>(level)];
}

std::string escape_text(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  for (const char c : value) append_escaped(out, c, LogFormat::kPlain);
  return out;
}

std::string Log::line_of(LogLevel level, std::string_view message,
                         std::initializer_list<LogField> fields) const {
  const std::string when = format_rfc3339(clock_.wall_now());
  const std::string_view name = log_level_name(level);
  const bool json = format_ == LogFormat::kJson;
  std::string line = json
                         ? fmt::format(R"({{"timestamp":"{}","level":"{}","message":")", when, name)
                         : fmt::format("{} {:5} ", when, name);
  append_text(line, message, kMaxLogText, format_);
  if (json) line += '"';
  for (const LogField& field : fields) {
    if (!append_field(line, field, format_)) break;
  }
  line += json ? "}\n" : "\n";
  return line;
}

// Half a line is none: who reads it cannot tell what it said.
bool Log::put(const std::string& line) const {
  return writer_.write(line) == static_cast<ssize_t>(line.size());
}

void Log::write(LogLevel level, std::string_view message,
                std::initializer_list<LogField> fields) const {
  // A log that cannot be written must not stop traffic.
  if (!put(line_of(level, message, fields))) {
    dropped_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  if (dropped_.load(std::memory_order_relaxed) == 0) return;
  const std::uint64_t dropped = dropped_.exchange(0, std::memory_order_relaxed);
  const std::string line = line_of(LogLevel::kWarn, "lines before this one could not be written",
                                   {{"dropped", std::to_string(dropped)}});
  if (!put(line)) dropped_.fetch_add(dropped, std::memory_order_relaxed);
}

Result<LogLevel> parse_log_filter(std::string_view filter) {
  std::optional<LogLevel> bare;
  std::optional<LogLevel> own;
  while (!filter.empty()) {
    const auto comma = filter.find(',');
    const std::string_view item = filter.substr(0, comma);
    filter = comma == std::string_view::npos ? std::string_view() : filter.substr(comma + 1);
    if (item.empty()) continue;
    const auto equals = item.find('=');
    const std::string_view word = equals == std::string_view::npos ? item : item.substr(equals + 1);
    const auto level = parse_level(word);
    if (!level) {
      return fail(ErrorCode::kInvalidArgument,
                  fmt::format("'{}' is not a log level: expected trace, debug, info, warn, error "
                              "or off, as in warn,linkerd=info",
                              escape_text(word.substr(0, 64))));
    }
    if (equals == std::string_view::npos) {
      bare = level;
    } else if (const auto target = item.substr(0, equals);
               target == "seine" || target == "linkerd") {
      own = level;
    }
  }
  return own.value_or(bare.value_or(LogLevel::kWarn));
}

}  // namespace seine
