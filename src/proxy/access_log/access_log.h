// SPDX-License-Identifier: Apache-2.0
// Where the lines of the access log wait to be written: workers hand them over, the control loop
// writes them. A reader that stands still costs lines, never a request: what waits is bounded, and
// what is more is dropped and counted.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/prompt_writer.h"
#include "metrics/text.h"
#include "proxy/access_log/access_log_config.h"
#include "runtime/mailbox.h"
#include "runtime/task_scope.h"

namespace seine::proxy {

// What waits to be written, of all workers together.
inline constexpr std::size_t kMaxAccessLines = 65536;
inline constexpr std::size_t kMaxAccessBytes = 8 * 1024 * 1024;

class AccessLog {
 public:
  // Lives on the control loop, and outlives every worker: lines come until their last connection
  // has died. All is borrowed.
  AccessLog(runtime::EventLoop& loop, const Clock& clock, const AccessLogConfig& config, int fd);
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;
  // Writes of what is left as much as is taken at once.
  ~AccessLog();

  const AccessLogConfig& config() const { return config_; }
  const Clock& clock() const { return clock_; }
  // Any thread. `line` ends with a line feed.
  void post(std::string line);
  // Any thread: seine_access_log_lines_total, seine_access_log_dropped_lines_total.
  void write(metrics::TextWriter& writer) const;

 private:
  static runtime::Task<void> write_all(AccessLog& self);
  // What is gathered, as far as it is taken; whether all of it was. If not, errno says why: zero
  // where it is only somebody else's turn.
  bool write_gathered();

  runtime::EventLoop& loop_;
  const Clock& clock_;
  const AccessLogConfig& config_;
  const PromptWriter out_;
  runtime::Mailbox<std::string> box_;
  std::atomic<std::size_t> waiting_bytes_ = 0;
  std::atomic<std::uint64_t> written_ = 0;
  std::atomic<std::uint64_t> dropped_ = 0;
  std::vector<std::string> gathered_;
  std::size_t next_ = 0;  // of gathered_
  std::string chunk_;     // what a write has begun with
  std::size_t chunk_lines_ = 0;
  runtime::TaskScope scope_;
};

}  // namespace seine::proxy
