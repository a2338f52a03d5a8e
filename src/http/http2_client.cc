// SPDX-License-Identifier: Apache-2.0
#include "http/http2_client.h"

#include <nghttp2/nghttp2.h>

#include <limits>
#include <string>
#include <utility>

#include "http/http2_client_session.h"
#include "http/http2_error.h"

namespace seine::http {

namespace {

Error upstream(ErrorCode code, std::string message, bool retryable) {
  Error error = make_error(code, std::move(message));
  error.origin = ErrorOrigin::kUpstream;
  error.retryable = retryable;
  return error;
}

Error gone_error() {
  return upstream(ErrorCode::kUnavailable, "the connection takes no more requests",
                  /*retryable=*/true);
}

}  // namespace

// Http2Exchange

Http2Exchange::~Http2Exchange() {
  if (stream != nullptr) stream->on_exchange_gone();
}

void Http2Exchange::complete(Result<Response> with) {
  stream = nullptr;
  result = std::move(with);
  waker.on_wake();
}

// Http2ClientStream

Http2ClientStream::Http2ClientStream(Http2ClientSession& session, Http2Exchange& exchange,
                                     Request&& request)
    : Http2Stream(session, 0),
      client_(session),
      exchange_(&exchange),
      queued_at_(session.loop().now()),
      request_(std::move(request)),
      for_head_(request_->head.method == "HEAD") {
  exchange.stream = this;
  exchange.early = request_->early;
}

bool Http2ClientStream::open() {
  append_request(request_->head, session().scratch());
  set_id(session().submit_request(*this, request_->body != nullptr));
  return id() > 0;
}

void Http2ClientStream::expire(const Error& error) {
  request_.reset();
  abandon(error);
}

// nghttp2 asks for the body only after this.
void Http2ClientStream::on_head_sent() {
  head_sent_ = true;
  set_outbound(std::move(request_->body), content_length(request_->head.headers));
  if (exchange_ != nullptr && exchange_->attempt != nullptr) {
    exchange_->attempt->on_sent();
  } else {
    request_.reset();
  }
}

void Http2ClientStream::on_exchange_gone() {
  exchange_ = nullptr;
  if (head_sent_) request_.reset();
  if (closed()) {
    mark_now();
  } else if (place_.linked()) {
    abandon(make_error(ErrorCode::kCancelled, "the caller went away"));
    mark_now();
  } else {
    reset(Http2Code::kCancel);
  }
}

bool Http2ClientStream::on_headers(Http2HeadReader& block, bool end_stream) {
  request_.reset();  // it is being processed
  if (head_seen_) {
    end_inbound(block.take_trailers());
    return end_stream;
  }
  const unsigned status = block.status();
  Result<ResponseHead> head = block.take_response();
  if (!head) return false;
  // Informational heads come before the one that counts; 101 has no meaning in HTTP/2.
  if (status < 200) {
    if (status == 101 || end_stream) return false;
    if (status > 101 && exchange_ != nullptr && exchange_->early != nullptr) {
      head->headers.remove("content-length");
      exchange_->early->on_early_head(std::move(*head));
    }
    return true;
  }
  head_seen_ = true;
  BodyPtr body;
  if (end_stream) {
    end_inbound(std::nullopt);
  } else if (exchange_ != nullptr) {
    body = open_inbound(head->headers, for_head_ || status == 204 || status == 304);
  }
  if (exchange_ != nullptr) {
    std::exchange(exchange_, nullptr)->complete(Response{std::move(*head), std::move(body)});
  }
  return true;
}

void Http2ClientStream::on_closed(const Error* error) {
  client_.leave_queue(*this);
  std::optional<Request> request = std::exchange(request_, std::nullopt);
  if (exchange_ == nullptr) return;
  const bool never_left = !head_sent_;
  // nghttp2 closes the streams beyond a GOAWAY as if the server had refused each of them.
  const bool refused = close_code() == static_cast<std::uint32_t>(Http2Code::kRefusedStream);
  if (request && exchange_->attempt != nullptr && !outbound_begun() && (never_left || refused)) {
    if (head_sent_) request->body = take_back_outbound();
    exchange_->attempt->unprocessed = std::move(request);
  }
  Error why = error != nullptr ? *error
                               : upstream(ErrorCode::kProtocol, "the stream ended without a head",
                                          /*retryable=*/false);
  // Who sent the request broke it off: no failure of the server.
  if (outbound_error() != nullptr) why = *outbound_error();
  if (never_left) why.retryable = true;
  std::exchange(exchange_, nullptr)->complete(fail(std::move(why)));
}

Error Http2ClientStream::closed_error(std::uint32_t code, bool by_peer) const {
  const auto h2 = static_cast<Http2Code>(code);
  const std::string name(http2_code_name(code));
  // nghttp2 closes the streams beyond a GOAWAY with the code the server did not send.
  if (by_peer || h2 == Http2Code::kRefusedStream) {
    return http2_error(ErrorCode::kReset, h2, "the server reset the stream: " + name)
        .from(ErrorOrigin::kUpstream);
  }
  return http2_error(ErrorCode::kProtocol, h2, "the response was refused: " + name)
      .from(ErrorOrigin::kUpstream);
}

// Http2ClientSession

Http2ClientSession::Http2ClientSession(runtime::EventLoop& loop, runtime::Stream& stream,
                                       const Http2Options& options)
    : Http2Session(loop, stream, options, Side::kClient), scope_(loop, [](Error) {}) {
  scope_.spawn(drive());
}

Http2ClientSession::~Http2ClientSession() {
  scope_.cancel();
  say_goodbye();
  abandon_all(upstream(ErrorCode::kCancelled, "the connection was dropped", /*retryable=*/false));
}

runtime::Task<void> Http2ClientSession::drive() {
  // The error has reached every stream; a connection that ends without any is no failure.
  (void)co_await run({});
  closed_.fire();
}

void Http2ClientSession::leave_queue(Http2ClientStream& stream) {
  if (stream.place().linked()) {
    stream.place().unlink();
    --waiting_;
  } else {
    --open_;
  }
  room_slot_.wake();
}

std::size_t Http2ClientSession::room() {
  if (!greeted_.fired()) return std::numeric_limits<std::size_t>::max();
  const std::size_t limit =
      nghttp2_session_get_remote_settings(native(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
  return limit > active() ? limit - active() : 0;
}

void Http2ClientSession::on_settled() {
  while (!queue_.empty()) {
    Http2ClientStream& stream = queue_.front().stream;
    if (!usable() || over()) {
      stream.refuse(gone_error());
      mark(stream);
      continue;
    }
    const std::uint32_t limit =
        nghttp2_session_get_remote_settings(native(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
    if (open_ >= limit) return expire_queue();
    stream.place().unlink();
    --waiting_;
    ++open_;
    if (!stream.open()) {
      retired_.fire();
      stream.refuse(gone_error());
      mark(stream);
    }
  }
}

void Http2ClientSession::expire_queue() {
  const Duration timeout = options().queue_timeout;
  if (timeout <= Duration::zero()) return;
  while (!queue_.empty()) {
    Http2ClientStream& stream = queue_.front().stream;
    const Duration left = stream.queued_at() + timeout - loop().now();
    if (left > Duration::zero()) {
      loop().add_timer(queue_timer_, left);
      return;
    }
    stream.expire(
        upstream(ErrorCode::kFailfast,
                 "no stream of this connection has become free for " + format_duration(timeout),
                 /*retryable=*/false));
    mark(stream);
  }
}

runtime::Task<Result<Response>> Http2ClientSession::send(Http2ClientSession& session,
                                                         Request&& request, Http2Attempt* attempt) {
  if (!session.usable()) {
    if (attempt != nullptr) attempt->unprocessed = std::move(request);
    co_return fail(gone_error());
  }
  if (session.waiting_ >= session.options().max_queued_requests) {
    co_return fail(upstream(ErrorCode::kLoadShed,
                            "too many requests wait for a stream of this connection",
                            /*retryable=*/true));
  }
  if (request.body == nullptr && content_length(request.head.headers).value_or(0) != 0) {
    co_return fail(ErrorCode::kInvalidArgument, "content-length without content");
  }
  Http2Exchange exchange(session.loop(), attempt);
  auto* stream = new Http2ClientStream(session, exchange, std::move(request));
  session.adopt(*stream);
  session.queue_.push_back(stream->place());
  ++session.waiting_;
  session.touch();
  while (!exchange.result) co_await exchange.waker.wait();
  co_return std::move(*exchange.result);
}

// Http2Client

Http2Client::Http2Client(runtime::EventLoop& loop, std::unique_ptr<runtime::Stream> stream,
                         Http2Options options)
    : stream_(std::move(stream)),
      session_(std::make_unique<Http2ClientSession>(loop, *stream_, options)) {}

Http2Client::~Http2Client() = default;

runtime::Task<Result<Response>> Http2Client::send(Request&& request, Http2Attempt* attempt) {
  return Http2ClientSession::send(*session_, std::move(request), attempt);
}

bool Http2Client::usable() const {
  return session_->usable();
}

std::size_t Http2Client::active_streams() const {
  return session_->active();
}

std::size_t Http2Client::room() const {
  return session_->room();
}

void Http2Client::arm_room(runtime::Wakeable& who) {
  session_->arm_room(who);
}

runtime::Signal& Http2Client::greeted() {
  return session_->greeted();
}

runtime::Signal& Http2Client::retired() {
  return session_->retired();
}

runtime::Signal& Http2Client::closed() {
  return session_->closed();
}

}  // namespace seine::http
