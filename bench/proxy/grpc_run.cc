// SPDX-License-Identifier: Apache-2.0
#include "proxy/grpc_run.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "proxy/h2_wire.h"
#include "proxy/response_reader.h"

namespace seine::bench {
namespace {

constexpr std::size_t kBuffer = 256 * 1024;
constexpr int kEventsPerTurn = 64;
constexpr std::int32_t kWindow = 1 << 20;
constexpr std::int32_t kConnectionWindow = 1 << 24;
constexpr Duration kLongestSleep = std::chrono::milliseconds(20);

// One call: lives from its request to the end of its stream.
struct Call {
  TimePoint begun;
  std::size_t sent = 0;
  std::size_t received = 0;
  bool status_is_right = false;
  bool type_is_right = false;
  bool body_is_right = true;
  bool ended_well = false;  // grpc-status 0

  bool is_right(std::size_t expected) const {
    return status_is_right && type_is_right && ended_well && body_is_right && received == expected;
  }
};

}  // namespace

class GrpcRun::Connection {
 public:
  Connection(GrpcRun& run, Fd fd) : run_(run), fd_(std::move(fd)), calls_(run.options_.streams) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, &Connection::on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, &Connection::on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, &Connection::on_close);
    nghttp2_session_client_new(&session_, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    const std::array<nghttp2_settings_entry, 2> settings = {
        {{NGHTTP2_SETTINGS_ENABLE_PUSH, 0}, {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kWindow}}};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
    nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kConnectionWindow);
    for (auto& call : calls_) free_.push_back(&call);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { nghttp2_session_del(session_); }

  int fd() const { return fd_.get(); }
  bool on_event(std::uint32_t events);

 private:
  static Call* call_of(nghttp2_session* session, std::int32_t stream) {
    return static_cast<Call*>(nghttp2_session_get_stream_user_data(session, stream));
  }
  static int on_header(nghttp2_session* session, const nghttp2_frame* frame,
                       const std::uint8_t* name, std::size_t name_size, const std::uint8_t* value,
                       std::size_t value_size, std::uint8_t flags, void* user);
  static int on_data(nghttp2_session* session, std::uint8_t flags, std::int32_t stream,
                     const std::uint8_t* data, std::size_t size, void* user);
  static int on_close(nghttp2_session* session, std::int32_t stream, std::uint32_t error,
                      void* user);
  static ssize_t read_request(nghttp2_session* session, std::int32_t stream, std::uint8_t* buffer,
                              std::size_t size, std::uint32_t* flags, nghttp2_data_source* source,
                              void* user);
  void begin_calls();

  GrpcRun& run_;
  Fd fd_;
  nghttp2_session* session_ = nullptr;
  std::vector<Call> calls_;
  std::vector<Call*> free_;
  std::string unsent_;
};

int GrpcRun::Connection::on_header(nghttp2_session* session, const nghttp2_frame* frame,
                                   const std::uint8_t* name, std::size_t name_size,
                                   const std::uint8_t* value, std::size_t value_size, std::uint8_t,
                                   void*) {
  Call* call = call_of(session, frame->hd.stream_id);
  if (call == nullptr) return 0;
  const std::string_view key(reinterpret_cast<const char*>(name), name_size);
  const std::string_view text(reinterpret_cast<const char*>(value), value_size);
  if (key == ":status") call->status_is_right = text == "200";
  if (key == "content-type") call->type_is_right = text == "application/grpc";
  // In trailers alone: an answer that consists of them has no message and is not right.
  if (key == "grpc-status") call->ended_well = text == "0" && call->received > 0;
  return 0;
}

int GrpcRun::Connection::on_data(nghttp2_session* session, std::uint8_t, std::int32_t stream,
                                 const std::uint8_t* data, std::size_t size, void* user) {
  Call* call = call_of(session, stream);
  if (call == nullptr) return 0;
  const std::string& expected = static_cast<Connection*>(user)->run_.expected_;
  call->body_is_right = call->body_is_right && call->received + size <= expected.size() &&
                        std::memcmp(expected.data() + call->received, data, size) == 0;
  call->received += size;
  return 0;
}

int GrpcRun::Connection::on_close(nghttp2_session* session, std::int32_t stream,
                                  std::uint32_t error, void* user) {
  auto& self = *static_cast<Connection*>(user);
  GrpcRun& run = self.run_;
  Call* call = call_of(session, stream);
  if (call == nullptr) return 0;
  if (error == NGHTTP2_NO_ERROR && call->is_right(run.expected_.size())) {
    if (run.window_.contains(call->begun)) {
      ++run.report_.completed;
      run.report_.latency.record(run.clock_.now() - call->begun);
    }
  } else {
    const bool came_whole = error == NGHTTP2_NO_ERROR && call->status_is_right && call->ended_well;
    run.report_.count(error != NGHTTP2_NO_ERROR ? Failure::kClosed
                      : came_whole              ? Failure::kBody
                                                : Failure::kStatus);
  }
  --run.calls_open_;
  self.free_.push_back(call);
  return 0;
}

ssize_t GrpcRun::Connection::read_request(nghttp2_session* session, std::int32_t stream,
                                          std::uint8_t* buffer, std::size_t size,
                                          std::uint32_t* flags, nghttp2_data_source*, void* user) {
  const std::string& request = static_cast<Connection*>(user)->run_.request_;
  Call* call = call_of(session, stream);
  const std::size_t n = std::min(size, request.size() - call->sent);
  std::memcpy(buffer, request.data() + call->sent, n);
  call->sent += n;
  if (call->sent == request.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
  return static_cast<ssize_t>(n);
}

void GrpcRun::Connection::begin_calls() {
  const std::array<nghttp2_nv, 6> headers = {h2_header(":method", "POST"),
                                             h2_header(":scheme", "http"),
                                             h2_header(":path", "/bench.Echo/Call"),
                                             h2_header(":authority", run_.options_.host),
                                             h2_header("te", "trailers"),
                                             h2_header("content-type", "application/grpc")};
  nghttp2_data_provider provider{};
  provider.read_callback = &Connection::read_request;
  while (!free_.empty() && !run_.stopping_) {
    Call* call = free_.back();
    *call = Call{.begun = run_.now_};
    if (nghttp2_submit_request(session_, nullptr, headers.data(), headers.size(), &provider, call) <
        0)
      return;
    free_.pop_back();
    ++run_.calls_open_;
  }
}

// False when the connection is lost.
bool GrpcRun::Connection::on_event(std::uint32_t events) {
  if ((events & EPOLLERR) != 0) return false;
  static std::array<std::uint8_t, kBuffer> buffer;
  bool more = (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP)) != 0;
  while (more) {
    const ssize_t n = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (n < 0 && errno == EAGAIN) break;
    if (n <= 0) return false;
    const auto size = static_cast<std::size_t>(n);
    if (nghttp2_session_mem_recv(session_, buffer.data(), size) < 0) return false;
    more = size == buffer.size() || (events & EPOLLRDHUP) != 0;
  }
  if ((events & EPOLLOUT) != 0 || !free_.empty()) begin_calls();
  return flush_session(session_, fd_.get(), unsent_);
}

GrpcRun::GrpcRun(GrpcOptions options, const Clock& clock, Epoll epoll)
    : options_(std::move(options)),
      clock_(clock),
      epoll_(std::move(epoll)),
      request_(grpc_frame(pattern_body(options_.request_bytes))),
      expected_(grpc_frame(pattern_body(options_.expected_bytes))) {}

GrpcRun::~GrpcRun() = default;

Result<> GrpcRun::turn() {
  std::array<epoll_event, kEventsPerTurn> events;
  const timespec timeout = {.tv_sec = 0, .tv_nsec = kLongestSleep.count()};
  const int n = ::epoll_pwait2(epoll_.fd(), events.data(), kEventsPerTurn, &timeout, nullptr);
  if (n < 0 && errno != EINTR)
    return fail_errno(ErrorCode::kInternal, errno, "waiting for events failed");
  now_ = clock_.now();
  for (int i = 0; i < n; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (!static_cast<Connection*>(event.data.ptr)->on_event(event.events))
      return fail(ErrorCode::kConnect, "a connection was refused, broken or closed");
  }
  return {};
}

Result<LoadReport> GrpcRun::run(WindowObserver& observer) {
  now_ = clock_.now();
  window_.start = now_ + options_.warmup;
  window_.end = window_.start + options_.duration;
  for (std::size_t i = 0; i < options_.connections; ++i) {
    auto fd = start_connect(options_.address);
    if (!fd) return fail(fd.error());
    connections_.push_back(std::make_unique<Connection>(*this, std::move(*fd)));
    Connection& connection = *connections_.back();
    if (auto watched = epoll_.watch(connection.fd(), EPOLLIN | EPOLLOUT | EPOLLRDHUP, &connection);
        !watched)
      return fail(watched.error());
  }
  auto passed = pass_window(clock_, window_, observer, [this] { return turn(); });
  if (!passed) return fail(passed.error());
  stopping_ = true;
  const TimePoint deadline = clock_.now() + options_.timeout;
  while (calls_open_ > 0 && clock_.now() < deadline) {
    if (auto turned = turn(); !turned) return fail(turned.error());
  }
  report_.failures[static_cast<std::size_t>(Failure::kTimeout)] += calls_open_;
  report_.window = options_.duration;
  return std::move(report_);
}

}  // namespace seine::bench
