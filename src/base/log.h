// SPDX-License-Identifier: Apache-2.0
// Logging to stderr, plain or JSON, one line an event, control characters escaped. A line is built
// only when its level is on. Any thread; one write(2) a line of at most PromptWriter::kWhole, so
// lines never interleave: long texts are cut, and what finds no room is left out. A pipe
// that nobody empties does not stop who logs: lines are dropped, and the next one that goes says
// how many.
//
//   log_info(log, "certified", {{"identity", id}, {"expires", format_rfc3339(t)}});
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/prompt_writer.h"
#include "base/result.h"
#include "base/time.h"

namespace seine {

// Of a line's message and of each value, as written.
inline constexpr std::size_t kMaxLogText = 1024;

enum class LogLevel : std::uint8_t { kTrace, kDebug, kInfo, kWarn, kError, kOff };
enum class LogFormat : std::uint8_t { kPlain, kJson };

struct LogField {
  std::string_view key;
  std::string value;
};

// One per process, made by main and handed down; outlives its users.
class Log {
 public:
  // fd is borrowed. A level may be changed at run time from any thread.
  Log(const Clock& clock, int fd, LogLevel level, LogFormat format)
      : clock_(clock), writer_(fd), format_(format), level_(level) {}
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  bool enabled(LogLevel wanted) const { return wanted >= level(); }
  LogLevel level() const { return level_.load(std::memory_order_relaxed); }
  void set_level(LogLevel level) { level_.store(level, std::memory_order_relaxed); }
  void write(LogLevel level, std::string_view message,
             std::initializer_list<LogField> fields = {}) const;

 private:
  std::string line_of(LogLevel level, std::string_view message,
                      std::initializer_list<LogField> fields) const;
  bool put(const std::string& line) const;

  const Clock& clock_;
  const PromptWriter writer_;
  const LogFormat format_;
  std::atomic<LogLevel> level_;
  mutable std::atomic<std::uint64_t> dropped_ = 0;
};

// Linkerd's filter form: a level, or comma-separated `target=level` with a bare default. Our own
// level is that of target `seine` or `linkerd`, else the bare one, else warn.
Result<LogLevel> parse_log_filter(std::string_view filter);
// "warn": the filter that parse_log_filter() reads as `level`.
std::string_view log_level_name(LogLevel level);

// `value` with C0, DEL and invalid bytes written as \xNN, and quotes and backslashes escaped.
std::string escape_text(std::string_view value);

inline void log_debug(const Log& log, std::string_view message,
                      std::initializer_list<LogField> fields = {}) {
  if (log.enabled(LogLevel::kDebug)) log.write(LogLevel::kDebug, message, fields);
}
inline void log_info(const Log& log, std::string_view message,
                     std::initializer_list<LogField> fields = {}) {
  if (log.enabled(LogLevel::kInfo)) log.write(LogLevel::kInfo, message, fields);
}
inline void log_warn(const Log& log, std::string_view message,
                     std::initializer_list<LogField> fields = {}) {
  if (log.enabled(LogLevel::kWarn)) log.write(LogLevel::kWarn, message, fields);
}
inline void log_error(const Log& log, std::string_view message,
                      std::initializer_list<LogField> fields = {}) {
  if (log.enabled(LogLevel::kError)) log.write(LogLevel::kError, message, fields);
}

}  // namespace seine
