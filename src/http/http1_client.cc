// SPDX-License-Identifier: Apache-2.0
#include "http/http1_client.h"

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "base/check.h"
#include "http/http1_pool.h"
#include "http/http1_write.h"

namespace seine::http {

using runtime::Bytes;
using runtime::IoResult;

// Owns the connection while content is to come.
class Http1Connection::ResponseBody final : public Body {
 public:
  explicit ResponseBody(std::unique_ptr<Http1Connection> connection)
      : connection_(std::move(connection)), length_(connection_->decoder_.remaining()) {}

  BodyPoll poll(runtime::Wakeable& who, Bytes& data) override {
    if (failed_) return BodyPoll::kError;
    if (connection_ == nullptr || ended_) return BodyPoll::kEnd;
    const BodyPoll result = connection_->poll_body(who, data, error_);
    if (result == BodyPoll::kError) {
      failed_ = true;
      connection_.reset();
    } else if (connection_->decoder_.done()) {
      end();
    }
    return result;
  }
  const Headers* trailers() const override { return trailers_.get(); }
  const Error& error() const override { return error_; }
  std::optional<std::uint64_t> length() const override { return length_; }

 private:
  void end() {
    ended_ = true;
    if (const Headers* trailers = connection_->decoder_.trailers()) {
      trailers_ = std::make_unique<Headers>(*trailers);
    }
    // A tunnel's other direction still needs the connection, until whoever holds this lets go.
    if (!connection_->tunnel_) give_back(std::move(connection_));
  }

  std::unique_ptr<Http1Connection> connection_;
  bool ended_ = false;
  bool failed_ = false;
  std::optional<std::uint64_t> length_;
  Error error_;
  std::unique_ptr<Headers> trailers_;
};

Http1Connection::Http1Connection(runtime::EventLoop& loop, std::unique_ptr<runtime::Stream> stream)
    : loop_(loop),
      stream_(std::move(stream)),
      writer_(loop, *stream_),
      head_(loop.pool().share()),
      pump_(std::in_place, writer_),
      waker_(loop),
      continue_deadline_(waker_) {}

Http1Connection::~Http1Connection() {
  // A plain end could pass for that of a tunnel.
  if (writer_.is_given_up()) stream_->abort();
}

BodyPtr Http1Connection::body_of(std::unique_ptr<Http1Connection> self) {
  if (!self->decoder_.done()) return std::make_unique<ResponseBody>(std::move(self));
  give_back(std::move(self));
  return nullptr;
}

void Http1Connection::give_back(std::unique_ptr<Http1Connection> self) {
  if (self->pool_ == nullptr || !self->reusable()) return;
  Http1Pool& pool = *self->pool_;
  pool.put_back(std::move(self));
}

bool Http1Connection::reusable() const {
  return keep_alive_ && pump_->settled() && !pump_->failed() && !body_held_ && writer_.idle() &&
         !writer_.failed() && in_.empty() && !stream_->hung_up();
}

Http1Connection::Step Http1Connection::fail_with(Error error) {
  error.origin = ErrorOrigin::kUpstream;
  error.retryable = !sent();
  failure_ = std::make_unique<Error>(std::move(error));
  return Step::kFailed;
}

Result<void> Http1Connection::begin(Request& request) {
  sent_before_ = writer_.sent();
  heard_ = stirred_ = tunnel_ = false;
  asked_ = asked_by(request.head);
  const bool tunnel_asked = asked_.connect || asked_.upgrade;
  request_framing_ = tunnel_asked ? Framing{} : request_framing(request.head, request.body.get());
  const auto connection = request.head.headers.get("connection");
  const bool one_shot = request.head.version == Version::kHttp10 ||
                        (connection && list_contains(*connection, "close"));
  keep_alive_ = !one_shot;
  ConnectionOption option = ConnectionOption::kNone;
  if (asked_.upgrade && !asked_.connect) {
    option = ConnectionOption::kUpgrade;
  } else if (one_shot) {
    option = ConnectionOption::kClose;
  }
  std::string text;
  Result<void> appended = append_request_head(text, request.head, request_framing_, option);
  if (!appended) return appended;
  writer_.write(text);
  pump_.emplace(writer_);
  const auto expect = request.head.headers.get("expect");
  body_held_ = tunnel_asked ||
               (request.body != nullptr && expect && equals_ignoring_case(*expect, "100-continue"));
  if (!body_held_) {
    start_body(request);
  } else if (!tunnel_asked) {
    continue_deadline_.set(kContinueWait);
  }
  return {};
}

void Http1Connection::start_body(Request& request) {
  body_held_ = false;
  continue_deadline_.clear();
  pump_->start(std::move(request.body), request_framing_);
}

runtime::Task<Result<void>> Http1Connection::exchange(Request& request, ResponseHead& head) {
  if (Result<void> begun = begin(request); !begun) co_return begun;
  for (;;) {
    const Step step = advance(request, head);
    if (step == Step::kDone) co_return Result<void>();
    if (step == Step::kFailed) co_return fail(std::move(*failure_));
    co_await waker_.wait();
  }
}

Http1Connection::Step Http1Connection::advance(Request& request, ResponseHead& head) {
  if (body_held_ && continue_deadline_.passed()) start_body(request);
  for (;;) {
    if (pump_->failed()) {
      // What was sent must not look like a whole request.
      stream_->abort();
      failure_ = std::make_unique<Error>(pump_->error());
      return Step::kFailed;
    }
    if (!in_.empty()) {
      const Step step = take_head(request, head);
      if (step != Step::kWait) return step;
      if (!in_.empty()) continue;
    }
    if (const Step step = read_more(); step != Step::kDone) return step;
  }
}

Http1Connection::Step Http1Connection::take_head(Request& request, ResponseHead& head) {
  const auto whole = head_.feed(in_);
  if (!whole) return fail_with(whole.error().error);
  if (!*whole) return Step::kWait;
  const Result<ResponseFacts> facts = parse_response_head(head_.text(), asked_, head);
  head_.clear();
  if (!facts) return fail_with(facts.error());
  if (head.status < 200 && !facts->tunnel) {
    if (head.status == 100) {
      if (body_held_ && !asked_.connect && !asked_.upgrade) start_body(request);
    } else if (request.early != nullptr) {
      if (facts->hop_by_hop) remove_hop_by_hop(head.headers);
      head.headers.remove("content-length");
      request.early->on_early_head(std::exchange(head, {}));
    }
    return Step::kWait;
  }
  keep_alive_ = keep_alive_ && facts->keep_alive;
  tunnel_ = facts->tunnel;
  decoder_ = BodyDecoder(facts->framing);
  continue_deadline_.clear();
  if (facts->hop_by_hop) {
    std::string upgrade;
    if (head.status == 101) upgrade = head.headers.get("upgrade").value_or("");
    remove_hop_by_hop(head.headers);
    if (head.status == 101) head.headers.add("upgrade", upgrade);
  }
  if (tunnel_) {
    request_framing_ = {Framing::Kind::kUntilClose, 0};
    start_body(request);
  } else if (body_held_ && (asked_.connect || asked_.upgrade)) {
    // No tunnel: the request was whole without its body.
    request.body.reset();
    request_framing_ = {};
    start_body(request);
  }
  return Step::kDone;
}

// kDone: something came.
Http1Connection::Step Http1Connection::read_more() {
  switch (read_block(*stream_, loop_.pool(), in_).status) {
    case IoResult::Status::kOk: heard_ = true; return Step::kDone;
    case IoResult::Status::kEof:
      if (writer_.failed()) return fail_with(writer_.error());
      return fail_with(make_error(ErrorCode::kEof, heard_
                                                       ? "the server closed in the middle of a head"
                                                       : "the server closed before it answered"));
    case IoResult::Status::kError: return fail_with(stream_->error());
    case IoResult::Status::kWouldBlock: break;
  }
  if (writer_.failed()) return fail_with(writer_.error());
  stream_->arm_read(waker_);
  writer_.arm_failed(waker_);
  if (pump_->running()) pump_->arm_settled(waker_);
  return Step::kWait;
}

BodyPoll Http1Connection::poll_body(runtime::Wakeable& who, Bytes& data, Error& error) {
  for (;;) {
    if (pump_->failed()) {
      error = pump_->error();
      stream_->abort();
      return BodyPoll::kError;
    }
    BodyDecoder::Step step = decoder_.next(in_, data);
    if (step == BodyDecoder::Step::kNeedMore) {
      const IoResult result = read_block(*stream_, loop_.pool(), in_);
      if (result.status == IoResult::Status::kOk) continue;
      if (result.status == IoResult::Status::kWouldBlock) {
        stream_->arm_read(who);
        if (pump_->running()) pump_->arm_settled(who);
        return BodyPoll::kPending;
      }
      if (result.status == IoResult::Status::kError) {
        error = stream_->error().from(ErrorOrigin::kUpstream);
        return BodyPoll::kError;
      }
      step = decoder_.end_of_input();
    }
    if (step == BodyDecoder::Step::kData) return BodyPoll::kData;
    if (step == BodyDecoder::Step::kEnd) return BodyPoll::kEnd;
    error = Error(decoder_.error()).from(ErrorOrigin::kUpstream);
    return BodyPoll::kError;
  }
}

void Http1Connection::on_wake() {
  stirred_ = true;
  if (pool_ != nullptr) pool_->stir();
}

void Http1Connection::watch_idle() {
  stirred_ = false;
  stream_->arm_read(*this);
}

bool Http1Connection::still_idle() {
  if (stream_->hung_up()) return false;
  std::array<std::byte, 1> unasked;
  return stream_->try_read(unasked).status == IoResult::Status::kWouldBlock;
}

}  // namespace seine::http
