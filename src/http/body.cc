// SPDX-License-Identifier: Apache-2.0
#include "http/body.h"

#include <utility>

#include "base/check.h"
#include "runtime/event_loop.h"

namespace seine::http {

namespace {

class FixedBody final : public Body {
 public:
  FixedBody(runtime::Bytes bytes, std::optional<Headers> trailers)
      : bytes_(std::move(bytes)), trailers_(std::move(trailers)) {}

  BodyPoll poll(runtime::Wakeable&, runtime::Bytes& data) override {
    if (bytes_.empty()) return BodyPoll::kEnd;
    data = std::exchange(bytes_, runtime::Bytes());
    return BodyPoll::kData;
  }
  const Headers* trailers() const override { return trailers_ ? &*trailers_ : nullptr; }
  const Error& error() const override { SEINE_CHECK(false, "a fixed body never fails"); }
  std::optional<std::uint64_t> length() const override { return bytes_.size(); }

 private:
  runtime::Bytes bytes_;
  std::optional<Headers> trailers_;
};

}  // namespace

BodyPtr make_body(runtime::Bytes bytes, std::optional<Headers> trailers) {
  if (bytes.empty() && !trailers) return nullptr;
  return std::make_unique<FixedBody>(std::move(bytes), std::move(trailers));
}

BodyPtr make_body(std::string_view text, std::optional<Headers> trailers) {
  return make_body(runtime::Bytes::copy_of(text), std::move(trailers));
}

runtime::Task<Result<Collected>> collect(runtime::EventLoop& loop, BodyPtr body,
                                         std::size_t limit) {
  Collected collected;
  if (body == nullptr) co_return collected;
  runtime::Waker waker(loop);
  for (;;) {
    runtime::Bytes data;
    switch (body->poll(waker, data)) {
      case BodyPoll::kData:
        if (data.size() > limit - collected.bytes.size()) {
          co_return fail(ErrorCode::kLimit,
                         "the body is longer than " + std::to_string(limit) + " bytes");
        }
        collected.bytes += data.view();
        break;
      case BodyPoll::kEnd:
        if (const Headers* trailers = body->trailers()) collected.trailers = *trailers;
        co_return collected;
      case BodyPoll::kPending: co_await waker.wait(); break;
      case BodyPoll::kError: co_return fail(body->error());
    }
  }
}

}  // namespace seine::http
