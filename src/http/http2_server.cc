// SPDX-License-Identifier: Apache-2.0
#include "http/http2_server.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "http/http2_error.h"
#include "http/http2_session.h"
#include "http/http2_stream.h"
#include "runtime/task_scope.h"

namespace seine::http {

namespace {

class ServerStream final : public Http2Stream, private EarlyHeads {
 public:
  ServerStream(Http2Session& session, Service& service, std::int32_t id)
      : Http2Stream(session, id),
        service_(service),
        opened_(session.loop().now()),
        call_(session.loop(), [](Error) {}) {}

  bool on_headers(Http2HeadReader& block, bool end_stream) override;
  bool started() const { return !request_.has_value(); }
  TimePoint opened() const { return opened_; }

 private:
  static runtime::Task<void> serve(ServerStream& stream, Service& service, Request request);
  void respond(Result<Response> response);
  void submit(nghttp2_session*) override;
  void submit_head();
  void on_early_head(ResponseHead head) override;
  void on_closed(const Error*) override;
  void on_body_dropped() override { set_discarding(); }
  Error closed_error(std::uint32_t code, bool by_peer) const override;
  Http2Code outbound_failure() const override { return Http2Code::kInternalError; }

  Service& service_;
  const TimePoint opened_;
  bool head_seen_ = false;
  bool for_head_ = false;  // the method is HEAD: an answer has no content
  std::optional<Request> request_;
  std::vector<ResponseHead> early_;  // to be sent before it
  std::size_t early_left_ = kMax;
  std::optional<Response> response_;
  runtime::TaskScope call_;
};

bool ServerStream::on_headers(Http2HeadReader& block, bool end_stream) {
  if (std::exchange(head_seen_, true)) {
    end_inbound(block.take_trailers());
    return end_stream;
  }
  Result<RequestHead> head = block.take_request();
  if (!head) return false;
  for_head_ = head->method == "HEAD";
  BodyPtr body;
  if (end_stream) {
    end_inbound(std::nullopt);
  } else {
    body = open_inbound(head->headers, /*without_content=*/false);
  }
  request_.emplace(Request{std::move(*head), std::move(body), this});
  mark_now();
  return true;
}

runtime::Task<void> ServerStream::serve(ServerStream& stream, Service& service, Request request) {
  Result<Response> response = co_await service.call(std::move(request));
  stream.respond(std::move(response));
}

void ServerStream::respond(Result<Response> response) {
  if (response) {
    response_ = std::move(*response);
    mark_now();
  } else {
    reset(http2_code_for(response.error(), Http2Code::kInternalError));
  }
}

void ServerStream::submit(nghttp2_session*) {
  if (request_) {
    call_.spawn(serve(*this, service_, std::move(*request_)));
    request_.reset();
  }
  for (const ResponseHead& head : std::exchange(early_, {})) {
    std::string digits;
    append_response(head, digits, session().scratch());
    session().submit_early_head(*this);
  }
  if (response_) submit_head();
}

void ServerStream::on_early_head(ResponseHead head) {
  if (early_left_ == 0) return;
  --early_left_;
  early_.push_back(std::move(head));
  mark_now();
}

void ServerStream::submit_head() {
  Response response = std::move(*response_);
  response_.reset();
  const std::uint16_t status = response.head.status;
  const bool no_content = for_head_ || status == 204 || status == 304;
  if (no_content) response.body.reset();
  const std::optional<std::uint64_t> declared = content_length(response.head.headers);
  if (response.body == nullptr && !no_content && declared.value_or(0) != 0) {
    reset(Http2Code::kInternalError);  // promised content that is not there
    return;
  }
  std::string digits;
  append_response(response.head, digits, session().scratch());
  const bool with_body = response.body != nullptr;
  set_outbound(std::move(response.body), declared);
  set_local_head();
  session().submit_response(*this, with_body);
}

void ServerStream::on_closed(const Error*) {
  call_.cancel();
  request_.reset();
  early_.clear();
  response_.reset();
}

Error ServerStream::closed_error(std::uint32_t code, bool by_peer) const {
  const auto h2 = static_cast<Http2Code>(code);
  Error error =
      by_peer ? http2_error(ErrorCode::kReset, h2,
                            "the client reset the stream: " + std::string(http2_code_name(code)))
              : http2_error(ErrorCode::kProtocol, h2,
                            "the request was refused: " + std::string(http2_code_name(code)));
  error.retryable = false;
  return std::move(error).from(ErrorOrigin::kDownstream);
}

class ServerSession final : public Http2Session {
 public:
  ServerSession(runtime::EventLoop& loop, runtime::Stream& stream, Service& service,
                runtime::Drain& drain, const Http2Options& options)
      : Http2Session(loop, stream, options, Side::kServer), service_(service), drain_(drain) {}
  ~ServerSession() override {
    abandon_all(make_error(ErrorCode::kShutdown, "the connection was dropped"));
  }

 private:
  Http2Stream* open_stream(std::int32_t id) override {
    auto* stream = new ServerStream(*this, service_, id);
    adopt(*stream);
    return stream;
  }

  std::int64_t reset_cost(const Http2Stream& stream) override {
    if (stream.answered()) return 0;
    const auto& own = static_cast<const ServerStream&>(stream);
    if (!own.started()) return Http2Guard::kUnseenReset;
    const bool young = loop().now() - own.opened() < Http2Guard::kYoung;
    return young || !is_free_to_cancel() ? Http2Guard::kEarlyReset : 0;
  }

  // GOAWAY in two steps, so that requests on their way are not lost: first the notice, and once its
  // PING has come back, the number of the last stream that was accepted.
  void before_wait(runtime::Waker& waker) override {
    if (!drain_.fired()) {
      drain_.arm(watch_, waker);
    } else if (!draining_) {
      draining_ = true;
      submit_drain_notice();
    }
  }
  void on_drain_ping() override {
    if (draining_) submit_goaway();
  }

  Service& service_;
  runtime::Drain& drain_;
  runtime::Signal::Watch watch_;
  bool draining_ = false;
};

}  // namespace

runtime::Task<Result<void>> serve_http2(runtime::EventLoop& loop, runtime::Stream& stream,
                                        runtime::Bytes already_read, Service& service,
                                        runtime::Drain& drain, Http2Options options) {
  ServerSession session(loop, stream, service, drain, options);
  co_return co_await session.run(std::move(already_read));
}

}  // namespace seine::http
