// SPDX-License-Identifier: Apache-2.0
// Load over HTTP/1.1 keep-alive connections, one request out per connection.
//
// Open loop (rate > 0): request i is due at start + i / rate whatever the responses do, and its
// latency counts from that instant; when every connection is busy it waits, and the wait counts.
// Closed loop (rate == 0): every connection sends its next request when the last was answered.
//
// One thread. No request is ever repeated: whatever a caller without retries would see as a
// failure is counted as one.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "proxy/load_options.h"
#include "proxy/load_report.h"
#include "proxy/response_reader.h"
#include "proxy/wire.h"

namespace seine::bench {

// `timeout` is from sending a request to the last byte of its response.
struct PaceOptions : LoadOptions {
  std::string path = "/";
  std::uint64_t rate = 0;  // requests per second, all connections together; 0 is closed loop
  bool check_body = true;
};

class Pace {
 public:
  Pace(PaceOptions options, const Clock& clock, Epoll epoll);
  ~Pace();

  // Connections that idle at the end stay open for as long as this lives.
  Result<LoadReport> run(WindowObserver& observer);

 private:
  enum class State : std::uint8_t { kDown, kConnecting, kIdle, kBusy };
  struct Connection;

  void open(Connection& connection);
  void send(Connection& connection, TimePoint due);
  void on_event(Connection& connection, std::uint32_t events);
  void on_bytes(Connection& connection);
  void became_idle(Connection& connection);
  void close(Connection& connection);
  void finish(Connection& connection, bool is_right, Failure failure);
  void release_due_requests();
  void check_timers();
  bool is_drained() const;
  Duration time_to_sleep() const;
  Result<> turn();

  const PaceOptions options_;
  const Clock& clock_;
  Epoll epoll_;
  const std::string request_;
  const std::string expected_body_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> idle_;
  std::deque<TimePoint> waiting_;  // due, but every connection is busy
  TimePoint now_, start_, next_timer_check_;
  Window window_;
  std::uint64_t released_ = 0;  // open loop: requests that have come due
  bool stopping_ = false;
  LoadReport report_;
};

}  // namespace seine::bench
