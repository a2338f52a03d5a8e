// SPDX-License-Identifier: Apache-2.0
// The same echo server three times, by hand on epoll, on the runtime, and on the runtime with a
// deadline for every read: CPU of the server's thread for a request, at 1, 32 and 256 connections.
//
//   echo_bench --benchmark_enable_random_interleaving --benchmark_repetitions=9
#include <benchmark/benchmark.h>
#include <pthread.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <thread>
#include <vector>

#include "base/check.h"
#include "runtime/combine.h"
#include "runtime/sockaddr.h"
#include "runtime/socket.h"
#include "runtime/stream_writer.h"
#include "runtime/task_scope.h"

namespace seine::runtime {
namespace {

constexpr std::size_t kMessage = 1024;
constexpr int kRequestsPerIteration = 4'000;

void pin_to_core(unsigned core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core % std::thread::hardware_concurrency(), &set);
  sched_setaffinity(0, sizeof set, &set);
}

Duration cpu_of(std::thread& thread) {
  clockid_t clock;
  timespec spent;
  SEINE_CHECK(pthread_getcpuclockid(thread.native_handle(), &clock) == 0, "no such thread");
  clock_gettime(clock, &spent);
  return std::chrono::seconds(spent.tv_sec) + std::chrono::nanoseconds(spent.tv_nsec);
}

// Until every peer has gone.
void serve_by_hand(std::vector<int> fds) {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  for (const int fd : fds) {
    epoll_event event{.events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data = {.fd = fd}};
    SEINE_CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl failed");
  }
  std::array<epoll_event, 512> events;
  std::array<char, 16384> buffer;
  for (std::size_t open = fds.size(); open > 0;) {
    const int n = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < n; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      const ssize_t got = recv(fd, buffer.data(), buffer.size(), 0);
      if (got > 0) {
        SEINE_CHECK(send(fd, buffer.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL) == got,
                    "an echo was not taken whole");
      } else if (got == 0) {
        close(fd);
        --open;
      }
    }
  }
  close(epoll);
}

Task<Result<void>> readable(EventLoop& loop, Socket& socket) {
  Waker waker(loop);
  co_await read_ready(socket, waker);
  co_return Result<void>();
}

Task<Result<void>> echo(EventLoop& loop, int fd, bool with_deadlines) {
  Socket socket(loop, fd);
  StreamWriter writer(loop, socket);
  Waker waker(loop);
  for (;;) {
    Bytes data;
    const IoResult result = read_block(socket, loop.pool(), data);
    if (result.status == IoResult::Status::kOk) {
      writer.write(std::move(data));
    } else if (result.status != IoResult::Status::kWouldBlock) {
      co_return Result<void>();
    } else if (with_deadlines) {
      const auto ready = co_await with_deadline(loop, std::chrono::seconds(10), ErrorCode::kTimeout,
                                                "read", readable(loop, socket));
      if (!ready) co_return ready;
    } else {
      co_await read_ready(socket, waker);
    }
  }
}

Task<void> stop_after(EventLoop& loop, TaskScope& scope) {
  co_await scope.join();
  loop.stop();
}

void serve_on_the_runtime(std::vector<int> fds, bool with_deadlines) {
  const SystemClock clock;
  EventLoop loop(clock);
  TaskScope scope(loop, [](const Error&) {});
  for (const int fd : fds) scope.spawn(echo(loop, fd, with_deadlines));
  TaskScope ending(loop, [](const Error&) {});
  ending.spawn(stop_after(loop, scope));
  loop.run();
}

// A connection over loopback: our end blocks, the server's does not.
struct Connection {
  int near;
  int far;
};

std::vector<Connection> connect_all(std::size_t n) {
  const int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_storage storage{};
  socklen_t size = to_sockaddr(SocketAddr{IpAddress::v4(0x7f000001), 0}, storage);
  auto* address = reinterpret_cast<sockaddr*>(&storage);
  SEINE_CHECK(bind(listening, address, size) == 0 && listen(listening, 16) == 0 &&
                  getsockname(listening, address, &size) == 0,
              "cannot listen on loopback");
  std::vector<Connection> all;
  while (all.size() < n) {
    const int near = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    SEINE_CHECK(connect(near, address, size) == 0, "cannot connect over loopback");
    const int far = accept4(listening, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    SEINE_CHECK(far >= 0, "cannot accept over loopback");
    all.push_back({near, far});
  }
  close(listening);
  return all;
}

// Keeps one message under way on every connection.
class Client {
 public:
  explicit Client(const std::vector<Connection>& connections)
      : connections_(connections), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    for (const Connection& connection : connections_) {
      epoll_event event{.events = EPOLLIN, .data = {.fd = connection.near}};
      SEINE_CHECK(epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.near, &event) == 0,
                  "epoll_ctl failed");
      send_one(connection.near);
    }
  }
  ~Client() { close(epoll_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Answers whoever has echoed; returns how many.
  int round_trips() {
    std::array<epoll_event, 512> events;
    const int n = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < n; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      SEINE_CHECK(recv(fd, message_.data(), kMessage, MSG_WAITALL) == kMessage, "recv failed");
      send_one(fd);
    }
    return n;
  }
  // Takes the last echoes first, so that the server sees an end and no reset.
  void hang_up() {
    for (const Connection& connection : connections_) {
      recv(connection.near, message_.data(), kMessage, MSG_WAITALL);
      close(connection.near);
    }
  }

 private:
  void send_one(int fd) {
    SEINE_CHECK(send(fd, message_.data(), kMessage, 0) == kMessage, "send failed");
  }

  const std::vector<Connection>& connections_;
  int epoll_;
  std::array<char, kMessage> message_{};
};

enum class Server : std::uint8_t { kByHand, kRuntime, kRuntimeWithDeadlines };

void echo_round_trips(benchmark::State& state, Server kind) {
  const std::vector<Connection> connections = connect_all(static_cast<std::size_t>(state.range(0)));
  std::vector<int> far;
  for (const Connection& connection : connections) far.push_back(connection.far);
  pin_to_core(0);
  std::thread server([far, kind] {
    pin_to_core(1);
    if (kind == Server::kByHand) {
      serve_by_hand(far);
    } else {
      serve_on_the_runtime(far, kind == Server::kRuntimeWithDeadlines);
    }
  });

  Client client(connections);
  for (auto _ : state) {
    const Duration before = cpu_of(server);
    for (int done = 0; done < kRequestsPerIteration;) done += client.round_trips();
    state.SetIterationTime(std::chrono::duration<double>(cpu_of(server) - before).count() /
                           kRequestsPerIteration);
  }
  client.hang_up();
  server.join();
}

BENCHMARK_CAPTURE(echo_round_trips, by_hand, Server::kByHand)
    ->Arg(1)
    ->Arg(32)
    ->Arg(256)
    ->UseManualTime()
    ->Iterations(5);
BENCHMARK_CAPTURE(echo_round_trips, runtime, Server::kRuntime)
    ->Arg(1)
    ->Arg(32)
    ->Arg(256)
    ->UseManualTime()
    ->Iterations(5);
BENCHMARK_CAPTURE(echo_round_trips, runtime_with_deadlines, Server::kRuntimeWithDeadlines)
    ->Arg(1)
    ->Arg(32)
    ->Arg(256)
    ->UseManualTime()
    ->Iterations(5);

}  // namespace
}  // namespace seine::runtime
