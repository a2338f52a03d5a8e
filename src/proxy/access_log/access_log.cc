// SPDX-License-Identifier: Apache-2.0
#include "proxy/access_log/access_log.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "runtime/combine.h"

namespace seine::proxy {

using namespace std::chrono_literals;

namespace {

// Lines are gathered so long, so that many requests cost few wakings of the control loop.
constexpr Duration kGather = 10ms;
// When a reader that does not keep up is asked again: soon, and later while it stands still.
constexpr Duration kFirstRetry = 1ms;
constexpr Duration kLastRetry = 20ms;
// Writes in a row; then others have their turn.
constexpr int kWritesPerTurn = 32;

}  // namespace

AccessLog::AccessLog(runtime::EventLoop& loop, const Clock& clock, const AccessLogConfig& config,
                     int fd)
    : loop_(loop),
      clock_(clock),
      config_(config),
      out_(fd),
      box_(loop, kMaxAccessLines),
      scope_(loop, [](Error) {}) {
  scope_.spawn(write_all(*this));
}

AccessLog::~AccessLog() {
  scope_.cancel();
  do {
    while (!write_gathered()) {
      if (errno != 0) return;
    }
    gathered_ = box_.take();
    next_ = 0;
  } while (!gathered_.empty());
}

void AccessLog::post(std::string line) {
  const std::size_t size = line.size();
  // Workers that look at once may pass the bound by a line each.
  if (waiting_bytes_.load(std::memory_order_relaxed) + size <= kMaxAccessBytes) {
    waiting_bytes_.fetch_add(size, std::memory_order_relaxed);
    if (box_.post(std::move(line))) return;
    waiting_bytes_.fetch_sub(size, std::memory_order_relaxed);
  }
  dropped_.fetch_add(1, std::memory_order_relaxed);
}

runtime::Task<void> AccessLog::write_all(AccessLog& self) {
  for (;;) {
    self.gathered_ = co_await self.box_.receive();
    self.next_ = 0;
    Duration retry = kFirstRetry;
    for (std::size_t before = self.next_; !self.write_gathered(); before = self.next_) {
      if (errno == EAGAIN) {
        retry = self.next_ == before ? std::min(2 * retry, kLastRetry) : kFirstRetry;
        co_await runtime::sleep_for(self.loop_, retry);
      } else {
        co_await runtime::yield(self.loop_);
      }
    }
    co_await runtime::sleep_for(self.loop_, kGather);
  }
}

bool AccessLog::write_gathered() {
  for (int writes = 0; writes < kWritesPerTurn; ++writes) {
    if (chunk_.empty()) {
      chunk_lines_ = 0;
      while (next_ < gathered_.size() &&
             (chunk_.empty() || chunk_.size() + gathered_[next_].size() <= PromptWriter::kWhole)) {
        chunk_ += std::exchange(gathered_[next_++], {});
        ++chunk_lines_;
      }
      if (chunk_.empty()) return true;
    }
    const ssize_t written = out_.write(chunk_);
    if (written < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) return false;
      // Nobody can read it any more.
      dropped_.fetch_add(chunk_lines_, std::memory_order_relaxed);
      waiting_bytes_.fetch_sub(chunk_.size(), std::memory_order_relaxed);
      chunk_.clear();
      continue;
    }
    waiting_bytes_.fetch_sub(static_cast<std::size_t>(written), std::memory_order_relaxed);
    chunk_.erase(0, static_cast<std::size_t>(written));
    if (chunk_.empty()) written_.fetch_add(chunk_lines_, std::memory_order_relaxed);
  }
  errno = 0;
  return false;
}

void AccessLog::write(metrics::TextWriter& writer) const {
  writer.family({.name = "seine_access_log_lines", .help = "Lines of the access log written."},
                metrics::Kind::kCounter);
  writer.sample("", static_cast<std::int64_t>(written_.load(std::memory_order_relaxed)));
  writer.family({.name = "seine_access_log_dropped_lines",
                 .help = "Lines of the access log dropped since nobody read them."},
                metrics::Kind::kCounter);
  writer.sample("", static_cast<std::int64_t>(dropped_.load(std::memory_order_relaxed)));
}

}  // namespace seine::proxy
