// SPDX-License-Identifier: Apache-2.0
#include "proxy/pace_run.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

namespace seine::bench {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kBuffer = 256 * 1024;
constexpr int kEventsPerTurn = 256;
constexpr Duration kTimerCheck = milliseconds(50);
constexpr Duration kReconnectDelay = milliseconds(20);

}  // namespace

struct Pace::Connection {
  explicit Connection(const std::string* expected) : reader(expected) {}
  Fd fd;
  State state = State::kDown;
  ResponseReader reader;
  TimePoint due, sent, retry_at;
};

Pace::Pace(PaceOptions options, const Clock& clock, Epoll epoll)
    : options_(std::move(options)),
      clock_(clock),
      epoll_(std::move(epoll)),
      request_(fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\n\r\n", options_.path, options_.host)),
      expected_body_(pattern_body(options_.expected_bytes)) {}

Pace::~Pace() = default;

void Pace::open(Connection& connection) {
  auto fd = start_connect(options_.address);
  if (!fd || !epoll_.watch(fd->get(), EPOLLIN | EPOLLOUT | EPOLLRDHUP, &connection))
    return finish(connection, false, Failure::kConnect);
  connection.fd = std::move(*fd);
  connection.state = State::kConnecting;
  connection.sent = now_;
}

void Pace::close(Connection& connection) {
  if (connection.state == State::kIdle) std::erase(idle_, &connection);
  connection.fd = Fd();
  connection.reader.reset();
  connection.state = State::kDown;
  connection.retry_at = now_;
}

// Ends the request of this connection, or its attempt to connect.
void Pace::finish(Connection& connection, bool is_right, Failure failure) {
  if (is_right) {
    if (window_.contains(connection.due)) {
      ++report_.completed;
      report_.latency.record(clock_.now() - connection.due);
    }
  } else {
    report_.count(failure);
  }
  const bool reusable = connection.reader.keeps_alive() &&
                        (is_right || failure == Failure::kStatus || failure == Failure::kBody);
  if (reusable) {
    connection.reader.reset();
    return became_idle(connection);
  }
  close(connection);
  if (!is_right) connection.retry_at = now_ + kReconnectDelay;
}

void Pace::became_idle(Connection& connection) {
  connection.state = State::kIdle;
  if (options_.rate == 0 && !stopping_) return send(connection, now_);
  if (!waiting_.empty()) {
    const TimePoint due = waiting_.front();
    waiting_.pop_front();
    return send(connection, due);
  }
  idle_.push_back(&connection);
}

// The connection is not in idle_.
void Pace::send(Connection& connection, TimePoint due) {
  connection.state = State::kBusy;
  connection.due = due;
  connection.sent = now_;
  const ssize_t n = ::send(connection.fd.get(), request_.data(), request_.size(), MSG_NOSIGNAL);
  if (n != static_cast<ssize_t>(request_.size())) finish(connection, false, Failure::kClosed);
}

void Pace::on_bytes(Connection& connection) {
  static constexpr auto failure_of = [](ResponseReader::Outcome outcome) {
    switch (outcome) {
      case ResponseReader::Outcome::kBadStatus: return Failure::kStatus;
      case ResponseReader::Outcome::kBadBody: return Failure::kBody;
      default: return Failure::kMalformed;
    }
  };
  std::array<char, kBuffer> buffer;
  while (connection.state == State::kBusy || connection.state == State::kIdle) {
    const ssize_t n = ::recv(connection.fd.get(), buffer.data(), buffer.size(), 0);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0 && connection.state == State::kIdle) {
      ++report_.reconnects;
      return close(connection);
    }
    if (n <= 0) return finish(connection, false, Failure::kClosed);
    if (connection.state == State::kIdle) {
      report_.count(Failure::kMalformed);
      return close(connection);
    }
    const auto size = static_cast<std::size_t>(n);
    const auto outcome = connection.reader.feed({buffer.data(), size});
    if (outcome == ResponseReader::Outcome::kDone) return finish(connection, true, {});
    if (outcome != ResponseReader::Outcome::kMore)
      return finish(connection, false, failure_of(outcome));
    if (size < buffer.size()) return;
  }
}

void Pace::on_event(Connection& connection, std::uint32_t events) {
  if (connection.state == State::kDown) return;  // an event from before it was closed
  if (connection.state == State::kConnecting) {
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) return finish(connection, false, Failure::kConnect);
    if ((events & EPOLLOUT) != 0) became_idle(connection);
    return;
  }
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) == 0) return;
  on_bytes(connection);
  // After a short read the end of the stream may still be unread, and no edge will tell again.
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) on_bytes(connection);
}

void Pace::release_due_requests() {
  if (options_.rate == 0) return;
  const Duration period = std::chrono::seconds(1);
  while (true) {
    const TimePoint due =
        start_ + Duration(static_cast<std::int64_t>(static_cast<double>(released_) *
                                                    static_cast<double>(period.count()) /
                                                    static_cast<double>(options_.rate)));
    if (due > now_ || due >= window_.end) return;
    ++released_;
    if (idle_.empty()) {
      waiting_.push_back(due);
    } else {
      // The one idle for longest, so that all connections are used in turn.
      Connection* connection = idle_.front();
      idle_.erase(idle_.begin());
      send(*connection, due);
    }
  }
}

void Pace::check_timers() {
  if (now_ < next_timer_check_) return;
  next_timer_check_ = now_ + kTimerCheck;
  for (auto& connection : connections_) {
    const bool is_out =
        connection->state == State::kBusy || connection->state == State::kConnecting;
    if (is_out && now_ - connection->sent > options_.timeout) {
      const bool connecting = connection->state == State::kConnecting;
      connection->reader.reset();
      close(*connection);
      report_.count(connecting ? Failure::kConnect : Failure::kTimeout);
    }
    if (connection->state == State::kDown && now_ >= connection->retry_at && !stopping_)
      open(*connection);
  }
}

bool Pace::is_drained() const {
  return waiting_.empty() && std::ranges::none_of(connections_, [](const auto& connection) {
           return connection->state == State::kBusy;
         });
}

Duration Pace::time_to_sleep() const {
  Duration sleep = std::min(next_timer_check_ - now_, window_.end - now_);
  if (now_ < window_.start) sleep = std::min(sleep, window_.start - now_);
  if (options_.rate > 0) {
    const double seconds = static_cast<double>(released_) / static_cast<double>(options_.rate);
    const auto due = start_ + Duration(static_cast<std::int64_t>(seconds * 1e9));
    if (due < window_.end) sleep = std::min(sleep, due - now_);
  }
  if (stopping_) sleep = std::min(next_timer_check_ - now_, kTimerCheck);
  return std::max(sleep, Duration(0));
}

Result<> Pace::turn() {
  std::array<epoll_event, kEventsPerTurn> events;
  now_ = clock_.now();
  const auto sleep = time_to_sleep();
  const timespec timeout = {.tv_sec = sleep.count() / 1'000'000'000,
                            .tv_nsec = sleep.count() % 1'000'000'000};
  const int n = ::epoll_pwait2(epoll_.fd(), events.data(), kEventsPerTurn, &timeout, nullptr);
  if (n < 0 && errno != EINTR)
    return fail_errno(ErrorCode::kInternal, errno, "waiting for events failed");
  now_ = clock_.now();
  for (int i = 0; i < n; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    on_event(*static_cast<Connection*>(event.data.ptr), event.events);
  }
  if (!stopping_) release_due_requests();
  check_timers();
  return {};
}

Result<LoadReport> Pace::run(WindowObserver& observer) {
  ::prctl(PR_SET_TIMERSLACK, 1);  // the default of 50 us would show in every latency
  now_ = start_ = clock_.now();
  window_.start = start_ + options_.warmup;
  window_.end = window_.start + options_.duration;
  next_timer_check_ = now_ + kTimerCheck;
  for (std::size_t i = 0; i < options_.connections; ++i) {
    connections_.push_back(
        std::make_unique<Connection>(options_.check_body ? &expected_body_ : nullptr));
    open(*connections_.back());
  }
  auto passed = pass_window(clock_, window_, observer, [this] { return turn(); });
  if (!passed) return fail(passed.error());
  stopping_ = true;
  const TimePoint deadline = clock_.now() + options_.timeout + kTimerCheck * 2;
  while (!is_drained() && clock_.now() < deadline) {
    if (auto turned = turn(); !turned) return fail(turned.error());
  }
  // What still waited for a connection never got one.
  report_.failures[static_cast<std::size_t>(Failure::kTimeout)] += waiting_.size();
  report_.window = options_.duration;
  return std::move(report_);
}

}  // namespace seine::bench
