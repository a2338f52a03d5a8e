// SPDX-License-Identifier: Apache-2.0
// The fastest backend we can make: answers every request with the same bytes.
//
//   responder --listen 10.99.0.2:8000 --bytes 1024 [--h2 | --grpc [--request-bytes 128]]
//
// HTTP/1.1 keep-alive, pipelining included, request bodies with Content-Length skipped; with --h2,
// HTTP/2 by prior knowledge; with --grpc, calls of one message each way, as grpc_run.h has them.
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "proxy/flags.h"
#include "proxy/response_reader.h"
#include "proxy/serving.h"
#include "proxy/wire.h"

namespace seine::bench {
namespace {

constexpr std::size_t kBuffer = 64 * 1024;
constexpr int kEventsPerTurn = 256;
constexpr std::uint64_t kMaxBody = 64 * 1024 * 1024;

struct Connection {
  Fd fd;
  std::unique_ptr<Serving> serving;
};

class Responder {
 public:
  Responder(Epoll epoll, Fd listener, H2Answer answer, bool h2)
      : epoll_(std::move(epoll)),
        listener_(std::move(listener)),
        answer_(std::move(answer)),
        h1_response_(make_h1_response(answer_.body)),
        h2_(h2) {}
  Result<> run();

 private:
  void accept_all();
  bool on_event(Connection& connection, std::uint32_t events);

  Epoll epoll_;
  Fd listener_;
  const H2Answer answer_;
  const std::string h1_response_;
  const bool h2_;
  std::array<char, kBuffer> buffer_;
};

void Responder::accept_all() {
  for (Fd fd = accept_next(listener_.get()); fd.is_open(); fd = accept_next(listener_.get())) {
    auto serving = h2_ ? serve_h2(fd.get(), answer_) : serve_h1(fd.get(), h1_response_);
    auto connection = std::make_unique<Connection>(std::move(fd), std::move(serving));
    const int raw = connection->fd.get();
    if (epoll_.watch(raw, EPOLLIN | EPOLLOUT | EPOLLRDHUP, connection.get()))
      connection.release();  // owned by its watch until an event ends it
  }
}

// False when the connection is over.
bool Responder::on_event(Connection& connection, std::uint32_t events) {
  if ((events & EPOLLERR) != 0) return false;
  bool more = (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP)) != 0;
  while (more) {
    const ssize_t n = ::recv(connection.fd.get(), buffer_.data(), buffer_.size(), 0);
    if (n < 0 && errno == EAGAIN) break;
    if (n <= 0) return false;
    const auto size = static_cast<std::size_t>(n);
    if (!connection.serving->received({buffer_.data(), size})) return false;
    more = size == buffer_.size() || (events & EPOLLRDHUP) != 0;
  }
  return connection.serving->flush();
}

Result<> Responder::run() {
  if (auto watched = epoll_.watch(listener_.get(), EPOLLIN, nullptr); !watched) return watched;
  std::array<epoll_event, kEventsPerTurn> events;
  while (true) {
    const int n = ::epoll_wait(epoll_.fd(), events.data(), kEventsPerTurn, -1);
    if (n < 0 && errno != EINTR)
      return fail_errno(ErrorCode::kInternal, errno, "waiting for events failed");
    for (int i = 0; i < n; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      auto* connection = static_cast<Connection*>(event.data.ptr);
      if (connection == nullptr)
        accept_all();
      else if (!on_event(*connection, event.events))
        delete connection;
    }
  }
}

Result<> run_from(int argc, char** argv) {
  auto flags =
      Flags::parse(argc, argv, {"--listen", "--bytes", "--request-bytes"}, {"--h2", "--grpc"});
  if (!flags) return fail(flags.error());
  auto address = parse_address(flags->text("--listen", ""));
  if (!address) return fail(address.error());
  auto bytes = flags->number("--bytes", 1024);
  if (!bytes) return fail(bytes.error());
  auto request_bytes = flags->number("--request-bytes", 128);
  if (!request_bytes) return fail(request_bytes.error());
  if (*bytes > kMaxBody) return fail(ErrorCode::kInvalidConfig, "--bytes is at most 64 MiB");
  auto listener = listen_on(*address);
  if (!listener) return fail(listener.error());
  auto epoll = Epoll::create();
  if (!epoll) return fail(epoll.error());
  raise_file_limit();
  H2Answer answer{.body = pattern_body(*bytes), .is_grpc = flags->has("--grpc")};
  if (answer.is_grpc) {
    answer.body = grpc_frame(answer.body);
    answer.request_bytes = grpc_frame(pattern_body(*request_bytes)).size();
  }
  return std::make_unique<Responder>(std::move(*epoll), std::move(*listener), std::move(answer),
                                     flags->has("--h2") || flags->has("--grpc"))
      ->run();
}

}  // namespace
}  // namespace seine::bench

int main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);
  const auto ran = seine::bench::run_from(argc, argv);
  return ran ? 0 : seine::bench::report_failure("responder", ran.error());
}
