// SPDX-License-Identifier: Apache-2.0
#include "proxy/shake_run.h"

#include <fmt/format.h>
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "openssl/ssl.h"

#include "proxy/response_reader.h"

namespace seine::bench {
namespace {

constexpr int kEventsPerTurn = 256;
constexpr std::size_t kBuffer = 64 * 1024;
constexpr Duration kTimerCheck = std::chrono::milliseconds(20);

struct SslFree {
  void operator()(ssl_st* ssl) const { SSL_free(ssl); }
};

}  // namespace

void ShakeRun::ContextFree::operator()(ssl_ctx_st* context) const {
  SSL_CTX_free(context);
}

class ShakeRun::Connection {
 public:
  Connection(const ShakeRun& run, Fd fd)
      : run_(run),
        fd_(std::move(fd)),
        ssl_(SSL_new(run.context_.get())),
        reader_(&run.expected_),
        begun_(run.now_) {
    SSL_set_fd(ssl_.get(), fd_.get());
    SSL_set_tlsext_host_name(ssl_.get(), run.options_.server_name.c_str());
    SSL_set1_host(ssl_.get(), run.options_.server_name.c_str());
    SSL_set_connect_state(ssl_.get());
  }
  ~Connection() {
    // Told as over, so that the server need not find out by a reset.
    if (is_right_) SSL_shutdown(ssl_.get());
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int fd() const { return fd_.get(); }
  TimePoint begun() const { return begun_; }
  bool is_over() const { return is_over_; }
  bool is_right() const { return is_right_; }
  Failure failure() const { return failure_; }

  // As far as it goes without waiting.
  void advance();
  void fail_as(Failure failure) {
    is_over_ = true;
    failure_ = failure;
  }

 private:
  bool must_wait(int outcome) const {
    const int error = SSL_get_error(ssl_.get(), outcome);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
  }
  void read_answer();

  const ShakeRun& run_;
  Fd fd_;
  std::unique_ptr<ssl_st, SslFree> ssl_;
  ResponseReader reader_;
  TimePoint begun_;
  bool asked_ = false;
  bool is_over_ = false;
  bool is_right_ = false;
  Failure failure_ = Failure::kConnect;
};

void ShakeRun::Connection::advance() {
  if (is_over_) return;
  if (!asked_) {
    const int shaken = SSL_do_handshake(ssl_.get());
    if (shaken != 1) {
      if (!must_wait(shaken)) fail_as(Failure::kConnect);
      return;
    }
    if (SSL_session_reused(ssl_.get()) == 1) return fail_as(Failure::kMalformed);
    const auto size = static_cast<int>(run_.request_.size());
    if (SSL_write(ssl_.get(), run_.request_.data(), size) != size) return fail_as(Failure::kClosed);
    asked_ = true;
  }
  read_answer();
}

void ShakeRun::Connection::read_answer() {
  static std::array<char, kBuffer> buffer;
  while (!is_over_) {
    const int n = SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()));
    if (n <= 0) {
      if (!must_wait(n)) fail_as(Failure::kClosed);
      return;
    }
    switch (reader_.feed({buffer.data(), static_cast<std::size_t>(n)})) {
      case ResponseReader::Outcome::kMore: break;
      case ResponseReader::Outcome::kDone: is_over_ = is_right_ = true; break;
      case ResponseReader::Outcome::kBadStatus: fail_as(Failure::kStatus); break;
      case ResponseReader::Outcome::kBadBody: fail_as(Failure::kBody); break;
      case ResponseReader::Outcome::kMalformed: fail_as(Failure::kMalformed); break;
    }
  }
}

ShakeRun::ShakeRun(ShakeOptions options, const Clock& clock, Epoll epoll)
    : options_(std::move(options)),
      clock_(clock),
      epoll_(std::move(epoll)),
      request_(fmt::format("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", options_.host)),
      expected_(pattern_body(options_.expected_bytes)),
      context_(SSL_CTX_new(TLS_client_method())) {}

ShakeRun::~ShakeRun() = default;

Result<std::unique_ptr<ShakeRun>> ShakeRun::create(ShakeOptions options, const Clock& clock,
                                                   Epoll epoll) {
  std::unique_ptr<ShakeRun> run(new ShakeRun(std::move(options), clock, std::move(epoll)));
  if (auto loaded = run->load_credentials(); !loaded) return fail(loaded.error());
  return run;
}

Result<> ShakeRun::load_credentials() {
  SSL_CTX* context = context_.get();
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  const char* own = options_.certificate.c_str();
  if (SSL_CTX_use_certificate_chain_file(context, own) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, own, SSL_FILETYPE_PEM) != 1)
    return fail(ErrorCode::kInvalidConfig, options_.certificate + " has no chain and key");
  if (SSL_CTX_load_verify_locations(context, options_.authority.c_str(), nullptr) != 1)
    return fail(ErrorCode::kInvalidConfig, options_.authority + " has no certificate");
  return {};
}

void ShakeRun::begin() {
  auto fd = start_connect(options_.address);
  if (!fd) return report_.count(Failure::kConnect);
  auto connection = std::make_unique<Connection>(*this, std::move(*fd));
  if (!epoll_.watch(connection->fd(), EPOLLIN | EPOLLOUT | EPOLLRDHUP, connection.get()))
    return report_.count(Failure::kConnect);
  open_.push_back(std::move(connection));
}

void ShakeRun::settle(Connection& connection) {
  if (!connection.is_right()) {
    report_.count(connection.failure());
  } else if (options_.keep > 0) {
    ++report_.completed;
  } else if (window_.contains(connection.begun())) {
    ++report_.completed;
    report_.latency.record(clock_.now() - connection.begun());
  }
  const auto place = std::ranges::find(
      open_, &connection, [](const std::unique_ptr<Connection>& each) { return each.get(); });
  if (connection.is_right() && options_.keep > 0) kept_.push_back(std::move(*place));
  open_.erase(place);
}

void ShakeRun::check_timers() {
  if (now_ < next_timer_check_) return;
  next_timer_check_ = now_ + kTimerCheck;
  for (std::size_t i = open_.size(); i-- > 0;) {
    Connection& connection = *open_[i];
    if (now_ - connection.begun() <= options_.timeout) continue;
    connection.fail_as(Failure::kTimeout);
    settle(connection);
  }
}

Result<> ShakeRun::turn() {
  std::array<epoll_event, kEventsPerTurn> events;
  const timespec timeout = {.tv_sec = 0, .tv_nsec = kTimerCheck.count()};
  const int n = ::epoll_pwait2(epoll_.fd(), events.data(), kEventsPerTurn, &timeout, nullptr);
  if (n < 0 && errno != EINTR)
    return fail_errno(ErrorCode::kInternal, errno, "waiting for events failed");
  now_ = clock_.now();
  for (int i = 0; i < n; ++i) {
    auto& connection = *static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
    if (connection.is_over()) continue;  // kept
    connection.advance();
    if (connection.is_over()) settle(connection);
  }
  check_timers();
  const std::size_t wanted = options_.keep == 0
                                 ? options_.connections
                                 : std::min(options_.connections, options_.keep - kept_.size());
  while (!stopping_ && open_.size() < wanted) {
    const std::uint64_t failed = report_.failed();
    begin();
    if (report_.failed() > failed) break;
  }
  return {};
}

Result<> ShakeRun::keep_all() {
  const TimePoint deadline = now_ + options_.timeout;
  while (kept_.size() < options_.keep) {
    if (auto turned = turn(); !turned) return turned;
    if (now_ > deadline)
      return fail(ErrorCode::kTimeout, fmt::format("only {} of {} connections could be made",
                                                   kept_.size(), options_.keep));
  }
  return {};
}

Result<LoadReport> ShakeRun::run(WindowObserver& observer) {
  now_ = clock_.now();
  next_timer_check_ = now_;
  if (options_.keep > 0) {
    if (auto kept = keep_all(); !kept) return fail(kept.error());
  }
  stopping_ = options_.keep > 0;
  window_.start = clock_.now() + (stopping_ ? Duration(0) : options_.warmup);
  window_.end = window_.start + options_.duration;
  auto passed = pass_window(clock_, window_, observer, [this] { return turn(); });
  if (!passed) return fail(passed.error());
  stopping_ = true;
  const TimePoint deadline = clock_.now() + options_.timeout + kTimerCheck;
  while (!open_.empty() && clock_.now() < deadline) {
    if (auto turned = turn(); !turned) return fail(turned.error());
  }
  report_.window = options_.duration;
  return std::move(report_);
}

}  // namespace seine::bench
