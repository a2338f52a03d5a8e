// SPDX-License-Identifier: Apache-2.0
#include "http/http1_server.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "http/http1_body.h"
#include "http/http1_deadline.h"
#include "http/http1_early.h"
#include "http/http1_head.h"
#include "http/http1_linger.h"
#include "http/http1_patience.h"
#include "http/http1_pump.h"
#include "http/http1_write.h"
#include "runtime/stream_writer.h"

namespace seine::http {

namespace {

using runtime::Bytes;
using runtime::IoResult;
using runtime::Task;

class RequestBody;

class Connection {
 public:
  Connection(runtime::EventLoop& loop, runtime::Stream& stream, Bytes already_read,
             Service& service, runtime::Drain& drain, Http1ServerOptions options)
      : loop_(loop),
        stream_(stream),
        service_(service),
        drain_(drain),
        options_(options),
        writer_(loop, stream),
        head_(loop.pool().share()),
        in_(std::move(already_read)),
        waker_(loop),
        deadline_(waker_) {}
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Task<Result<void>> serve();

 private:
  friend class RequestBody;
  enum class Next : std::uint8_t { kWait, kRequest, kClose };
  enum class Tunnel : std::uint8_t { kNone, kAsked, kOpen, kRefused };
  // What one exchange has to remember beside the connection.
  struct Exchange {
    explicit Exchange(runtime::StreamWriter& writer) : early(writer) {}
    Http1EarlyWriter early;
    Asked asked;
    Version version = Version::kHttp11;
    bool keep_alive = false;
  };

  Next look_for_request();
  Next timed_out();
  // Not inlined, else the compiler keeps the frames of these within that of serve(), which an idle
  // connection holds all its life.
  [[gnu::noinline]] Task<bool> exchange();
  [[clang::coro_wrapper]] Task<Result<Response>> begin(Exchange& now);
  bool respond(Exchange& now, Response& response, BodyPump& pump);
  void settle_request_body(bool tunnel);
  [[gnu::noinline]] Task<bool> break_off(const BodyPump& pump);
  Task<bool> run_tunnel();
  Task<bool> skip_request_body();
  Next refuse(std::uint16_t status, Error error);
  bool fail_with(Error error);
  void offended(const Error& error, std::string_view action);
  bool client_is_gone();
  bool client_left();
  BodyPoll poll_body(runtime::Wakeable& who, Bytes& data, Error& error);

  runtime::EventLoop& loop_;
  runtime::Stream& stream_;
  Service& service_;
  runtime::Drain& drain_;
  const Http1ServerOptions options_;
  runtime::StreamWriter writer_;
  HeadBuffer head_;
  Bytes in_;
  BodyDecoder decoder_;
  RequestBody* body_ = nullptr;  // the one of this exchange, while somebody holds it
  Tunnel tunnel_ = Tunnel::kNone;
  bool continue_wanted_ = false;  // the client waits for a 100 that was not sent
  bool served_one_ = false;
  bool in_head_ = false;  // deadline_ is that of a head that has begun
  bool linger_ = false;   // the client may still be sending
  bool offended_ = false;
  bool answered_ = true;  // no exchange is under way
  runtime::Waker waker_;
  Deadline deadline_;
  runtime::Signal::Watch drain_watch_;
  runtime::WakeSlot tunnel_slot_;
  std::unique_ptr<Error> failure_;
};

// A request's content, read from the connection when polled. Either side may die first.
class RequestBody final : public Body {
 public:
  explicit RequestBody(Connection& connection) : connection_(&connection) {
    connection.body_ = this;
    length_ = connection.decoder_.remaining();
  }
  ~RequestBody() override {
    if (connection_ == nullptr) return;
    connection_->body_ = nullptr;
    if (connection_->tunnel_ == Connection::Tunnel::kOpen) connection_->waker_.on_wake();
  }

  BodyPoll poll(runtime::Wakeable& who, Bytes& data) override {
    if (connection_ == nullptr) return failed_ ? BodyPoll::kError : BodyPoll::kEnd;
    const BodyPoll result = connection_->poll_body(who, data, error_);
    if (result == BodyPoll::kError) failed_ = true;
    return result;
  }
  const Headers* trailers() const override {
    if (connection_ != nullptr) return connection_->decoder_.trailers();
    return trailers_.get();
  }
  const Error& error() const override { return error_; }
  std::optional<std::uint64_t> length() const override { return length_; }

  // The connection takes its leave. A body that was not read to its end fails with `why`.
  void detach(std::optional<Error> why) {
    if (const Headers* trailers = connection_->decoder_.trailers()) {
      trailers_ = std::make_unique<Headers>(*trailers);
    }
    connection_->body_ = nullptr;
    connection_ = nullptr;
    if (why && !failed_) {
      failed_ = true;
      error_ = std::move(*why);
    }
    waiting_.wake();
  }
  // Whoever polls it and must hear of detach().
  runtime::WakeSlot waiting_;

 private:
  Connection* connection_;
  bool failed_ = false;
  std::optional<std::uint64_t> length_;
  Error error_;
  std::unique_ptr<Headers> trailers_;
};

Connection::~Connection() {
  // Dropped in the middle, at the end of a drain: a plain end could pass for that of the answer.
  if (!answered_ || writer_.is_given_up() || !(writer_.idle() || writer_.failed())) stream_.abort();
  if (body_ != nullptr) {
    body_->detach(make_error(ErrorCode::kEof, "the connection ended before the request's body")
                      .from(ErrorOrigin::kDownstream));
  }
}

bool Connection::fail_with(Error error) {
  if (failure_ == nullptr) failure_ = std::make_unique<Error>(std::move(error));
  return false;
}

// Counts what the client did; once, for the connection ends with it.
void Connection::offended(const Error& error, std::string_view action) {
  if (options_.offences == nullptr || std::exchange(offended_, true)) return;
  options_.offences->count(error.code == ErrorCode::kTimeout ? "slow head"
                           : error.code == ErrorCode::kLimit ? "too large"
                                                             : "malformed messages",
                           action);
}

// Says why in the answer, and that it is the last one.
Connection::Next Connection::refuse(std::uint16_t status, Error error) {
  ResponseHead head{.status = status};
  head.headers.add("content-type", "text/plain; charset=utf-8");
  const std::string sentence = error.message + "\n";
  std::string text;
  const Result<void> appended =
      append_response_head(text, head, {Framing::Kind::kLength, sentence.size()}, {},
                           Version::kHttp11, ConnectionOption::kClose);
  if (appended) writer_.write(text + sentence);
  if (status != 500) offended(error, "refused");
  fail_with(std::move(error).from(ErrorOrigin::kDownstream));
  linger_ = true;
  return Next::kClose;
}

Connection::Next Connection::timed_out() {
  if (!in_head_ || head_.empty()) return Next::kClose;
  return refuse(408, make_error(ErrorCode::kTimeout, "the request's head took too long"));
}

// Reads until a whole head is there, there is nothing more to read for now, or all is over.
Connection::Next Connection::look_for_request() {
  if (writer_.is_given_up() && client_is_gone()) return Next::kClose;
  for (;;) {
    if (const auto whole = head_.feed(in_); !whole) {
      return refuse(whole.error().status, whole.error().error);
    } else if (*whole) {
      deadline_.clear();
      in_head_ = false;
      return Next::kRequest;
    }
    if (head_.empty() && drain_.fired()) return Next::kClose;
    if (!head_.empty() && !in_head_) {
      in_head_ = true;
      // The first head's time runs since the start.
      if (served_one_ || !(deadline_.pending() || deadline_.passed())) {
        deadline_.set(options_.header_timeout);
      }
    }
    switch (read_block(stream_, loop_.pool(), in_).status) {
      case IoResult::Status::kOk: break;
      case IoResult::Status::kEof:
        if (!head_.empty()) {
          fail_with(make_error(ErrorCode::kEof, "the client closed in the middle of a head")
                        .from(ErrorOrigin::kDownstream));
        }
        return Next::kClose;
      case IoResult::Status::kError:
        fail_with(stream_.error().from(ErrorOrigin::kDownstream));
        return Next::kClose;
      case IoResult::Status::kWouldBlock:
        if (deadline_.passed()) return timed_out();
        if (!deadline_.pending() && !in_head_) {
          deadline_.set(served_one_ || options_.may_begin_late ? options_.idle_timeout
                                                               : options_.header_timeout);
        }
        if (head_.empty()) drain_.arm(drain_watch_, waker_);
        stream_.arm_read(waker_);
        return Next::kWait;
    }
  }
}

Task<Result<void>> Connection::serve() {
  for (Next next = look_for_request(); next != Next::kClose; next = look_for_request()) {
    if (next == Next::kWait) {
      if (!writer_.failed()) writer_.arm_failed(waker_);
      co_await waker_.wait();
      continue;
    }
    answered_ = false;
    const bool goes_on = co_await exchange();
    answered_ = true;
    if (!goes_on) break;
    // Answers to pipelined requests wait here for a client that does not read them.
    while (writer_.full() && !client_is_gone()) {
      writer_.arm_drained(waker_);
      writer_.arm_failed(waker_);
      stream_.arm_hangup(waker_);
      co_await waker_.wait();
    }
  }
  if (linger_) in_ = Bytes();
  co_await close_http1(loop_, stream_, writer_, waker_, deadline_, linger_);
  if (failure_ != nullptr) co_return fail(std::move(*failure_));
  co_return Result<void>();
}

// Parses the head and calls the service; an empty task if the request was refused.
Task<Result<Response>> Connection::begin(Exchange& now) {
  Request request;
  const auto facts = parse_request_head(head_.text(), request.head);
  head_.clear();
  if (!facts) {
    refuse(facts.error().status, facts.error().error);
    return {};
  }
  now.version = request.head.version;
  now.keep_alive = facts->keep_alive;
  if (facts->hop_by_hop) {
    std::string upgrade;
    if (facts->upgrade) upgrade = request.head.headers.get("upgrade").value_or("");
    remove_hop_by_hop(request.head.headers);
    if (facts->upgrade) request.head.headers.add("upgrade", upgrade);
  }
  now.asked = asked_by(request.head);
  continue_wanted_ = facts->expect_continue;
  decoder_ = BodyDecoder(facts->framing);
  tunnel_ = now.asked.connect || now.asked.upgrade ? Tunnel::kAsked : Tunnel::kNone;
  if (tunnel_ == Tunnel::kAsked) decoder_ = BodyDecoder({Framing::Kind::kUntilClose, 0});
  if (!decoder_.done()) request.body = std::make_unique<RequestBody>(*this);
  if (now.version == Version::kHttp11) request.early = &now.early;
  served_one_ = true;
  return service_.call(std::move(request));
}

// Writes the head and as much of the body as is there. False: the connection is over.
bool Connection::respond(Exchange& now, Response& response, BodyPump& pump) {
  const ResponseHead& head = response.head;
  const bool tunnel = tunnel_ == Tunnel::kAsked &&
                      (head.status == 101 || (now.asked.connect && head.status / 100 == 2));
  if (head.status < 200 && !tunnel) {
    refuse(500, make_error(ErrorCode::kInternal, "an informational status was given as an answer"));
    return false;
  }
  const Framing framing = response_framing(head, response.body.get(), now.asked, now.version);
  // A client that was not told to go on may or may not send the body, and one whose tunnel was
  // refused may have sent its bytes already: nobody could tell them from a request.
  const bool much_unread = body_ == nullptr && decoder_.remaining().value_or(0) > kMaxUnreadBody;
  if (tunnel_ == Tunnel::kAsked || framing.kind == Framing::Kind::kUntilClose || continue_wanted_ ||
      much_unread || drain_.fired() ||
      list_contains(head.headers.get("connection").value_or(""), "close")) {
    now.keep_alive = false;
  }
  ConnectionOption option = ConnectionOption::kNone;
  if (tunnel) {
    if (head.status == 101) option = ConnectionOption::kUpgrade;
  } else if (!now.keep_alive) {
    option = ConnectionOption::kClose;
  } else if (now.version == Version::kHttp10) {
    option = ConnectionOption::kKeepAlive;
  }
  std::string text;
  const Result<void> appended =
      append_response_head(text, head, framing, now.asked, now.version, option);
  if (!appended) {
    refuse(500, appended.error());
    return false;
  }
  continue_wanted_ = false;
  writer_.write(text);
  settle_request_body(tunnel);
  // What answers may need its connection for the other direction, unless it is that very body.
  if (tunnel && response.body.get() != body_) pump.keep_body();
  pump.start(std::move(response.body), framing);
  return true;
}

// Decides what becomes of a body that waited for a tunnel.
void Connection::settle_request_body(bool tunnel) {
  if (tunnel_ != Tunnel::kAsked) return;
  tunnel_ = tunnel ? Tunnel::kOpen : Tunnel::kRefused;
  tunnel_slot_.wake();
  if (!tunnel) {
    // Its bytes may be under way, and unread ones would take the answer with them.
    linger_ = true;
    decoder_ = BodyDecoder();
    if (body_ != nullptr) body_->detach(std::nullopt);
  }
}

bool Connection::client_is_gone() {
  if (!stream_.hung_up() && !writer_.failed()) return false;
  if (!writer_.failed()) return !client_left();
  fail_with(writer_.error().from(ErrorOrigin::kDownstream));
  return true;
}

// Always false: the connection is over.
bool Connection::client_left() {
  stream_.abort();
  return fail_with(make_error(ErrorCode::kCancelled, "the client hung up before its answer")
                       .from(ErrorOrigin::kDownstream));
}

// The answer stays unfinished. What there is of it is sent first; then the end tells that more was
// promised, but for one that ends with the connection, which only a reset shows to be cut short.
Task<bool> Connection::break_off(const BodyPump& pump) {
  while (pump.ends_with_connection() && !writer_.idle() && !client_is_gone()) {
    writer_.arm_idle(waker_);
    writer_.arm_failed(waker_);
    stream_.arm_hangup(waker_);
    co_await waker_.wait();
  }
  if (pump.ends_with_connection() || tunnel_ == Tunnel::kOpen) stream_.abort();
  co_return false;
}

// One request and its answer; whether the connection goes on.
Task<bool> Connection::exchange() {
  Exchange now(writer_);
  Task<Result<Response>> call = begin(now);
  if (!call) co_return false;
  Patience patience(loop_, stream_, writer_);
  co_await CallOrHangup(loop_, stream_, patience, call);
  if (!call.done()) {
    call.reset();
    co_return client_left();
  }
  Result<Response> response = call.take();
  call.reset();
  if (!response) co_return fail_with(std::move(response.error()));

  BodyPump pump(writer_);
  if (!respond(now, *response, pump)) co_return false;
  while (!pump.settled()) {
    pump.arm_settled(waker_);
    writer_.arm_failed(waker_);
    // Once this side is shut, a client that had shut its own looks as if it had hung up.
    if (!pump.finishing()) stream_.arm_hangup(waker_);
    // The ends of a tunnel are half-closes.
    if (tunnel_ != Tunnel::kOpen) patience.arm(waker_);
    co_await waker_.wait();
    const bool may_be_gone = writer_.failed() || !(pump.settled() || pump.finishing());
    if (may_be_gone && client_is_gone()) co_return false;
    if (patience.run_out() && !pump.settled()) co_return client_left();
  }
  if (pump.failed()) {
    fail_with(pump.error());
    co_return co_await break_off(pump);
  }
  if (tunnel_ == Tunnel::kOpen) co_return co_await run_tunnel();
  if (decoder_.done() && body_ == nullptr) co_return now.keep_alive;
  if (body_ != nullptr) {
    std::optional<Error> why;
    if (!decoder_.done()) {
      why = make_error(ErrorCode::kCancelled, "the answer came before the end of the request");
    }
    body_->detach(std::move(why));
  }
  linger_ = !decoder_.done();
  if (!now.keep_alive) co_return false;
  co_return decoder_.done() || co_await skip_request_body();
}

// The answering direction is shut; the other lasts as long as somebody holds its body, and whoever
// reads that hears of a reset.
Task<bool> Connection::run_tunnel() {
  while (body_ != nullptr) co_await waker_.wait();
  co_return false;
}

Task<bool> Connection::skip_request_body() {
  std::size_t left = kMaxUnreadBody;
  deadline_.set(kLingerTimeout);
  for (;;) {
    Bytes data;
    switch (decoder_.next(in_, data)) {
      case BodyDecoder::Step::kData:
        if (data.size() > left) co_return false;
        left -= data.size();
        continue;
      case BodyDecoder::Step::kEnd:
        deadline_.clear();
        linger_ = false;
        co_return true;
      case BodyDecoder::Step::kError:
        offended(decoder_.error(), "closed");
        co_return fail_with(Error(decoder_.error()).from(ErrorOrigin::kDownstream));
      case BodyDecoder::Step::kNeedMore: break;
    }
    const IoResult result = read_block(stream_, loop_.pool(), in_);
    if (result.status == IoResult::Status::kOk) continue;
    if (result.status != IoResult::Status::kWouldBlock || deadline_.passed()) co_return false;
    stream_.arm_read(waker_);
    co_await waker_.wait();
  }
}

BodyPoll Connection::poll_body(runtime::Wakeable& who, Bytes& data, Error& error) {
  if (continue_wanted_) {
    continue_wanted_ = false;
    writer_.write("HTTP/1.1 100 Continue\r\n\r\n");
  }
  body_->waiting_.arm(who);
  if (tunnel_ == Tunnel::kAsked) {
    tunnel_slot_.arm(who);
    return BodyPoll::kPending;
  }
  for (;;) {
    BodyDecoder::Step step = decoder_.next(in_, data);
    if (step == BodyDecoder::Step::kNeedMore) {
      const IoResult result = read_block(stream_, loop_.pool(), in_);
      if (result.status == IoResult::Status::kOk) continue;
      if (result.status == IoResult::Status::kWouldBlock) {
        stream_.arm_read(who);
        return BodyPoll::kPending;
      }
      if (result.status == IoResult::Status::kError) {
        error = stream_.error().from(ErrorOrigin::kDownstream);
        return BodyPoll::kError;
      }
      step = decoder_.end_of_input();
    }
    if (step == BodyDecoder::Step::kData) return BodyPoll::kData;
    if (step == BodyDecoder::Step::kEnd) return BodyPoll::kEnd;
    error = Error(decoder_.error()).from(ErrorOrigin::kDownstream);
    if (error.code != ErrorCode::kEof) offended(error, "closed");
    return BodyPoll::kError;
  }
}

}  // namespace

Task<Result<void>> serve_http1(runtime::EventLoop& loop, runtime::Stream& stream,
                               Bytes already_read, Service& service, runtime::Drain& drain,
                               Http1ServerOptions options) {
  Connection connection(loop, stream, std::move(already_read), service, drain, options);
  co_return co_await connection.serve();
}

}  // namespace seine::http
