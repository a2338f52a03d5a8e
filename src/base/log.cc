// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

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

void append_json_string(std::string& out, std::string_view value) {
  out += '"';
  for (const char c : value) {
    const auto u = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (u < 0x20 || u >= 0x7f) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", u);
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace

std::string_view log_level_name(LogLevel level) {
  return kLevelNames[static_cast<int>(level)];
}

std::string escape_text(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  for (const char c : value) {
    const auto u = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (u < 0x20 || u >= 0x7f) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", u);
    } else {
      out += c;
    }
  }
  return out;
}

std::string Log::line_of(LogLevel level, std::string_view message,
                         std::initializer_list<LogField> fields) const {
  std::string line;
  const std::string when = format_rfc3339(clock_.wall_now());
  if (format_ == LogFormat::kJson) {
    line =
        fmt::format(R"({{"timestamp":"{}","level":"{}","message":)", when, log_level_name(level));
    append_json_string(line, message);
    for (const LogField& field : fields) {
      line += ',';
      append_json_string(line, field.key);
      line += ':';
      append_json_string(line, field.value);
    }
    line += "}\n";
  } else {
    line = fmt::format("{} {:5} {}", when, log_level_name(level), escape_text(message));
    for (const LogField& field : fields) {
      fmt::format_to(std::back_inserter(line), " {}=\"{}\"", field.key, escape_text(field.value));
    }
    line += '\n';
  }
  return line;
}

void Log::write(LogLevel level, std::string_view message,
                std::initializer_list<LogField> fields) const {
  // A log that cannot be written must not stop traffic.
  if (writer_.write(line_of(level, message, fields)) < 0) {
    dropped_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  if (dropped_.load(std::memory_order_relaxed) == 0) return;
  const std::uint64_t dropped = dropped_.exchange(0, std::memory_order_relaxed);
  const std::string line = line_of(LogLevel::kWarn, "lines before this one could not be written",
                                   {{"dropped", std::to_string(dropped)}});
  if (writer_.write(line) < 0) dropped_.fetch_add(dropped, std::memory_order_relaxed);
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
