// SPDX-License-Identifier: Apache-2.0
#include "proxy/exchange_watch.h"

#include <algorithm>
#include <utility>

#include "model/verdict.h"
#include "proxy/respond.h"
#include "runtime/event_loop.h"

namespace seine::proxy {

bool ExchangeEnd::is_failure() const {
  return status == 0 || broken ||
         !model::is_success(status, grpc_status ? static_cast<std::int32_t>(*grpc_status) : -1);
}

class ExchangeWatch::WatchedBody final : public http::Body {
 public:
  WatchedBody(ExchangeWatch watch, http::BodyPtr inner)
      : watch_(std::move(watch)), left_(inner->length()), inner_(std::move(inner)) {}
  ~WatchedBody() override {
    // Whoever knows the length need not ask for the end.
    if (left_ == 0) watch_.end(nullptr);
  }

  http::BodyPoll poll(runtime::Wakeable& who, runtime::Bytes& data) override {
    const http::BodyPoll result = inner_->poll(who, data);
    switch (result) {
      case http::BodyPoll::kPending: break;
      case http::BodyPoll::kData:
        watch_.end_.response_bytes += data.size();
        if (left_) left_ = *left_ - std::min<std::uint64_t>(*left_, data.size());
        break;
      case http::BodyPoll::kEnd: watch_.end(inner_->trailers()); break;
      case http::BodyPoll::kError:
        watch_.fail(inner_->error());
        watch_.end_.broken = true;
        watch_.end(nullptr);
        break;
    }
    return result;
  }
  const http::Headers* trailers() const override { return inner_->trailers(); }
  const Error& error() const override { return inner_->error(); }
  std::optional<std::uint64_t> length() const override { return inner_->length(); }
  void on_sent() override { inner_->on_sent(); }

 private:
  ExchangeWatch watch_;
  std::optional<std::uint64_t> left_;
  http::BodyPtr inner_;
};

ExchangeWatch::ExchangeWatch(const runtime::EventLoop& loop, std::unique_ptr<ExchangeTeller> teller)
    : loop_(&loop), teller_(std::move(teller)) {
  end_.started = loop.now();
}

ExchangeWatch::ExchangeWatch(ExchangeWatch&& other) noexcept = default;

ExchangeWatch::~ExchangeWatch() {
  if (teller_ == nullptr) return;
  end_.error = error_name(ErrorCode::kCancelled);
  end_.broken = true;
  end(nullptr);
}

void ExchangeWatch::answered(const http::ResponseHead& head) {
  end_.answered = loop_->now();
  end_.status = head.status;
  grpc_ = is_grpc(head.headers);
  // Of an answer that is nothing but trailers.
  if (grpc_) end_.grpc_status = grpc_status_of(head.headers);
}

void ExchangeWatch::end(const http::Headers* trailers) {
  if (teller_ == nullptr) return;
  if (grpc_ && trailers != nullptr && !end_.grpc_status) {
    end_.grpc_status = grpc_status_of(*trailers);
  }
  end_.ended = loop_->now();
  std::exchange(teller_, nullptr)->tell(end_);
}

http::Response ExchangeWatch::watch(ExchangeWatch watch, http::Response response) {
  if (!watch.on()) return response;
  watch.answered(response.head);
  if (response.body == nullptr) {
    watch.end(nullptr);
    return response;
  }
  response.body = std::make_unique<WatchedBody>(std::move(watch), std::move(response.body));
  return response;
}

}  // namespace seine::proxy
