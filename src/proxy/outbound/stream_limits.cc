// SPDX-License-Identifier: Apache-2.0
#include "proxy/outbound/stream_limits.h"

#include <algorithm>
#include <utility>

#include "proxy/respond.h"

namespace seine::proxy {

using http::BodyPoll;

// Counts what is left where the length is known: whoever knows it need not ask for the end.
class StreamLimits::RequestBody final : public http::Body {
 public:
  RequestBody(http::BodyPtr inner, std::shared_ptr<StreamLimits> limits)
      : limits_(std::move(limits)),
        try_(limits_->try_),
        left_(inner->length()),
        inner_(std::move(inner)) {}

  BodyPoll poll(runtime::Wakeable& who, runtime::Bytes& data) override {
    const bool counts = try_ == limits_->try_;
    if (counts && limits_->expired_) return BodyPoll::kError;
    const BodyPoll result = inner_->poll(who, data);
    if (!counts) return result;
    if (result == BodyPoll::kPending) {
      limits_->request_reader_.arm(who);
      return result;
    }
    limits_->on_activity();
    if (result == BodyPoll::kData && left_) {
      left_ = *left_ - std::min<std::uint64_t>(*left_, data.size());
    }
    if (result == BodyPoll::kEnd || left_ == 0) limits_->on_request_end();
    return result;
  }
  const http::Headers* trailers() const override { return inner_->trailers(); }
  const Error& error() const override {
    return try_ == limits_->try_ && limits_->expired_ ? *limits_->expired_ : inner_->error();
  }
  std::optional<std::uint64_t> length() const override { return inner_->length(); }
  void on_sent() override { inner_->on_sent(); }

 private:
  std::shared_ptr<StreamLimits> limits_;
  const std::uint32_t try_;
  std::optional<std::uint64_t> left_;
  http::BodyPtr inner_;
};

class StreamLimits::ResponseBody final : public http::Body {
 public:
  ResponseBody(http::BodyPtr inner, std::shared_ptr<StreamLimits> limits, bool tells_grpc)
      : limits_(std::move(limits)), inner_(std::move(inner)), tells_grpc_(tells_grpc) {}
  ~ResponseBody() override { limits_->stop(); }

  BodyPoll poll(runtime::Wakeable& who, runtime::Bytes& data) override {
    if (ended_) return *ended_;
    if (limits_->expired_) return expire();
    const BodyPoll result = inner_->poll(who, data);
    if (result == BodyPoll::kPending) {
      limits_->response_reader_.arm(who);
      return result;
    }
    limits_->on_activity();
    if (result != BodyPoll::kData) {
      ended_ = result;
      limits_->stop();
    }
    return result;
  }
  const http::Headers* trailers() const override {
    return trailers_ ? &*trailers_ : inner_ == nullptr ? nullptr : inner_->trailers();
  }
  const Error& error() const override {
    return inner_ == nullptr ? *limits_->expired_ : inner_->error();
  }
  std::optional<std::uint64_t> length() const override { return length_; }
  void on_sent() override {
    if (inner_ != nullptr) inner_->on_sent();
  }

 private:
  BodyPoll expire() {
    // The server is told to stop.
    inner_.reset();
    if (tells_grpc_) {
      trailers_.emplace();
      trailers_->add("grpc-status", std::to_string(answer_for(*limits_->expired_).grpc_status));
      trailers_->add("grpc-message", percent_encoded(limits_->expired_->to_string()));
    }
    ended_ = tells_grpc_ ? BodyPoll::kEnd : BodyPoll::kError;
    return *ended_;
  }

  std::shared_ptr<StreamLimits> limits_;
  http::BodyPtr inner_;  // null: a limit has passed
  const bool tells_grpc_;
  const std::optional<std::uint64_t> length_ = inner_->length();
  std::optional<BodyPoll> ended_;
  std::optional<http::Headers> trailers_;
};

StreamLimits::StreamLimits(runtime::EventLoop& loop, const model::Timeouts& timeouts,
                           std::optional<Duration> head)
    : loop_(loop), timeouts_(timeouts), begun_(loop.now()), accepted_head_(head), active_(begun_) {
  set_timer();
}

StreamLimits::Due StreamLimits::next() const {
  Due due;
  const auto offer = [&](std::optional<Duration> limit, TimePoint from, const char* what,
                         ErrorCode code = ErrorCode::kTimeout, bool is_of_try = false) {
    if (!limit || *limit >= TimePoint::max() - from || from + *limit >= due.at) return;
    due = {
        .at = from + *limit, .code = code, .what = what, .after = *limit, .is_of_try = is_of_try};
  };
  offer(timeouts_.request, begun_, "the request's time is over");
  offer(accepted_head_, begun_, "no response", ErrorCode::kResponseTimeout);
  if (sent_) {
    offer(timeouts_.response, *sent_, "the response's time is over");
    offer(head_, *sent_, "no response", ErrorCode::kResponseTimeout, /*is_of_try=*/true);
  }
  offer(timeouts_.idle, active_, "no byte in either direction");
  return due;
}

void StreamLimits::set_timer() {
  if (over_ || expired_) return;
  if (const Due due = next(); due.at < TimePoint::max()) loop_.add_timer_at(*this, due.at);
}

void StreamLimits::on_timer() {
  const Due due = next();
  // Activity since has moved it.
  if (due.at > loop_.now()) return set_timer();
  expired_ = make_error(due.code, std::string(due.what) + " after " + format_duration(due.after));
  expired_by_try_ = due.is_of_try;
  waiter_.wake();
  request_reader_.wake();
  response_reader_.wake();
}

void StreamLimits::begin_try(std::optional<Duration> head) {
  if (!is_over()) expired_.reset();
  ++try_;
  over_ = false;
  head_ = head;
  sent_.reset();
  on_activity();
  set_timer();
}

Result<http::Response> StreamLimits::accept(Result<http::Response> response) {
  const bool is_late = accepted_head_ && is_over() && expired_->code == ErrorCode::kResponseTimeout;
  accepted_head_.reset();
  if (response && is_late) return fail(*expired_);
  return response;
}

void StreamLimits::on_request_end() {
  if (sent_) return;
  sent_ = loop_.now();
  set_timer();
}

void StreamLimits::stop() {
  over_ = true;
  unlink();
}

runtime::Task<Error> StreamLimits::expire() {
  runtime::Waker waker(loop_);
  while (!expired_) {
    waiter_.arm(waker);
    co_await waker.wait();
  }
  co_return *expired_;
}

http::BodyPtr StreamLimits::watch_request(http::BodyPtr body) {
  if (body == nullptr) return nullptr;
  return std::make_unique<RequestBody>(std::move(body), shared_from_this());
}

void StreamLimits::on_leave(const http::Body* body) {
  if (body == nullptr || body->length() == 0) on_request_end();
}

http::Response StreamLimits::watch_response(http::Response response) {
  on_activity();
  head_.reset();
  // It passed in the turn in which the head came: the others go on.
  if (expired_ && !is_over()) {
    expired_.reset();
    set_timer();
  }
  if (response.body == nullptr) {
    stop();
    return response;
  }
  const bool tells_grpc =
      response.head.version == http::Version::kHttp2 && is_grpc(response.head.headers);
  response.body =
      std::make_unique<ResponseBody>(std::move(response.body), shared_from_this(), tells_grpc);
  return response;
}

}  // namespace seine::proxy
