// SPDX-License-Identifier: Apache-2.0
// What a load generator tells whoever runs it: the instants of its measured window, then the
// figures.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "proxy/histogram.h"

namespace seine::bench {

enum class Failure : std::uint8_t { kConnect, kClosed, kTimeout, kStatus, kBody, kMalformed };
inline constexpr std::size_t kFailureKinds = 6;
std::string_view failure_name(Failure failure);

struct LoadReport {
  std::uint64_t completed = 0;                 // right responses to requests due inside the window
  std::uint64_t failures[kFailureKinds] = {};  // warm-up and drain included
  std::uint64_t reconnects = 0;                // keep-alive connections that ended between requests
  Duration window{0};
  Histogram latency;

  std::uint64_t failed() const;
  void count(Failure failure) { ++failures[static_cast<std::size_t>(failure)]; }
  std::string to_json() const;  // one line
  std::string to_text() const;
};

// Told at the first and at the last instant of the measured window, so that whoever runs us can
// read other processes' CPU at the same instants.
class WindowObserver {
 public:
  virtual ~WindowObserver() = default;
  virtual void window_began() = 0;
  virtual void window_ended() = 0;
};

// The measured window; its end is no longer in it.
struct Window {
  TimePoint start, end;
  bool contains(TimePoint instant) const { return instant >= start && instant < end; }
};

// Calls `turn`, a Result<>(), through warm-up and window, and tells the observer of the window's
// two instants. The error is that of the first turn that fails.
template <typename Turn>
Result<> pass_window(const Clock& clock, const Window& window, WindowObserver& observer,
                     Turn turn) {
  while (clock.now() < window.start) {
    if (auto turned = turn(); !turned) return turned;
  }
  observer.window_began();
  while (clock.now() < window.end) {
    if (auto turned = turn(); !turned) return turned;
  }
  observer.window_ended();
  return {};
}

// Prints `began` and `ended`, if it speaks at all.
class Announcer final : public WindowObserver {
 public:
  explicit Announcer(bool speaks) : speaks_(speaks) {}
  void window_began() override { say("began\n"); }
  void window_ended() override { say("ended\n"); }

 private:
  void say(const char* word) const;
  const bool speaks_;
};

// Prints the report, and then returns at once, or, to hold connections open, when standard input
// ends.
void publish(const LoadReport& report, bool as_json, bool holds);

}  // namespace seine::bench
