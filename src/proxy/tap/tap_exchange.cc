// SPDX-License-Identifier: Apache-2.0
#include "proxy/tap/tap_exchange.h"

#include <optional>
#include <utility>

#include "proxy/respond.h"
#include "proxy/routing.h"

namespace seine::proxy {

namespace {

// RFC 9113, 7.
constexpr std::uint32_t kInternalError = 2;
constexpr std::uint32_t kCancel = 8;

std::uint32_t reset_code_of(const Error& error) {
  return error.cause == Error::Cause::kH2 ? static_cast<std::uint32_t>(error.cause_code)
                                          : kInternalError;
}

std::string_view scheme_of(const http::RequestHead& head) {
  return head.scheme.empty() ? std::string_view("http") : std::string_view(head.scheme);
}

}  // namespace

model::Labels tap_tls_labels(const TlsLabels& tls, const std::string& id_label) {
  model::Labels labels;
  if (tls.status == "true") {
    labels.emplace("tls", "true");
    if (!tls.peer_id.empty()) labels.emplace(id_label, tls.peer_id);
  } else {
    labels.emplace("tls", tls.no_tls_reason.empty() ? tls.status : tls.no_tls_reason);
  }
  return labels;
}

model::Labels tap_route_labels(const model::Metadata& route) {
  if (route.is_default()) return {};
  return {{"route_group", route.group}, {"route_kind", route.kind}, {"route_name", route.name}};
}

void TapVerdict::tell(LastWord last) {
  Tap::follow(last.tap, std::move(last.record));
  Tap::settle(last.tap);
}

void TapVerdict::take(LastWord last) {
  if (!settled_) {
    held_.push_back(std::move(last));
    return;
  }
  std::get<TapResponseEnd>(last.record.event).not_retried = not_retried_;
  tell(std::move(last));
}

void TapVerdict::settle(std::string not_retried) {
  if (std::exchange(settled_, true)) return;
  not_retried_ = std::move(not_retried);
  for (LastWord& last : std::exchange(held_, {})) take(std::move(last));
}

class TapExchange::State {
 public:
  State(const runtime::EventLoop& loop, TapEnds ends, std::uint64_t stream,
        std::vector<std::shared_ptr<Tap>> taps, const http::RequestHead& head)
      : loop_(loop),
        ends_(std::make_shared<const TapEnds>(std::move(ends))),
        stream_(stream),
        taps_(std::move(taps)),
        init_{.method = head.method,
              .scheme = std::string(scheme_of(head)),
              .authority = std::string(head.effective_authority()),
              .path = head.path,
              .fields = {},
              .http2 = head.version == http::Version::kHttp2} {
    for (const auto& tap : taps_) wants_headers_ = wants_headers_ || tap->wants_headers();
    if (wants_headers_) init_.fields = head.headers;
  }
  ~State() { cancel(); }

  void begin() {
    begun_ = true;
    requested_ = loop_.now();
    std::erase_if(taps_, [&](const std::shared_ptr<Tap>& tap) {
      TapRequestInit init = init_;
      if (!tap->wants_headers()) init.fields.clear();
      return !Tap::begin(tap, record(std::move(init)));
    });
    init_ = {};
  }
  void answer(const http::ResponseHead& head) {
    answered_ = loop_.now();
    grpc_ = is_grpc(head.headers);
    if (grpc_) head_status_ = grpc_status_of(head.headers);
    for (const auto& tap : taps_) {
      TapResponseInit init{.since_request = *answered_ - requested_,
                           .status = head.status,
                           .fields = {},
                           .http2 = head.version == http::Version::kHttp2};
      if (tap->wants_headers()) init.fields = head.headers;
      Tap::follow(tap, record(std::move(init)));
    }
  }
  void count(std::size_t bytes) { bytes_ += bytes; }
  void await(std::shared_ptr<TapVerdict> verdict) { verdict_ = std::move(verdict); }
  void end(const http::Headers* trailers) {
    TapResponseEnd how;
    if (grpc_ && trailers != nullptr) how.grpc_status = grpc_status_of(*trailers);
    if (!how.grpc_status) how.grpc_status = head_status_;
    end(std::move(how), trailers);
  }
  void cancel() { end({.reset = kCancel, .error = "cancelled", .trailers = {}}, nullptr); }
  // In the words of the log, which names the peer as well.
  void fail(Error error) {
    const std::uint32_t reset = reset_code_of(error);
    const std::string why = std::move(error).about(ends_->destination.to_string()).to_string();
    end({.reset = reset, .error = why, .trailers = {}}, nullptr);
  }

 private:
  // Once; and not for a request that never left.
  void end(TapResponseEnd how, const http::Headers* trailers) {
    if (!std::exchange(begun_, false)) return;
    const TimePoint now = loop_.now();
    how.since_request = now - requested_;
    how.since_response = answered_ ? now - *answered_ : Duration::zero();
    how.bytes = bytes_;
    for (const auto& tap : taps_) {
      TapResponseEnd ended = how;
      if (tap->wants_headers() && trailers != nullptr) ended.trailers = *trailers;
      TapVerdict::LastWord last{tap, record(std::move(ended))};
      if (verdict_ == nullptr) {
        TapVerdict::tell(std::move(last));
      } else {
        verdict_->take(std::move(last));
      }
    }
  }
  TapRecord record(TapEvent event) const {
    return {.tap = nullptr, .ends = ends_, .stream = stream_, .event = std::move(event), .size = 0};
  }

  const runtime::EventLoop& loop_;
  const std::shared_ptr<const TapEnds> ends_;
  const std::uint64_t stream_;
  std::vector<std::shared_ptr<Tap>> taps_;
  TapRequestInit init_;
  bool wants_headers_ = false;
  bool begun_ = false;
  bool grpc_ = false;
  TimePoint requested_{};
  std::optional<TimePoint> answered_;
  std::optional<std::uint32_t> head_status_;  // grpc-status of an answer without a body
  std::uint64_t bytes_ = 0;
  std::shared_ptr<TapVerdict> verdict_;  // null: there is none to wait for
};

class TapExchange::WatchedBody final : public http::Body {
 public:
  WatchedBody(http::BodyPtr inner, std::unique_ptr<State> state)
      : inner_(std::move(inner)), state_(std::move(state)) {}

  http::BodyPoll poll(runtime::Wakeable& who, runtime::Bytes& data) override {
    const http::BodyPoll result = inner_->poll(who, data);
    if (state_ == nullptr) return result;
    switch (result) {
      case http::BodyPoll::kPending: return result;
      case http::BodyPoll::kData: state_->count(data.size()); return result;
      case http::BodyPoll::kEnd: state_->end(inner_->trailers()); break;
      case http::BodyPoll::kError: state_->fail(inner_->error()); break;
    }
    state_.reset();
    return result;
  }
  const http::Headers* trailers() const override { return inner_->trailers(); }
  const Error& error() const override { return inner_->error(); }
  std::optional<std::uint64_t> length() const override { return inner_->length(); }
  void on_sent() override { inner_->on_sent(); }

 private:
  http::BodyPtr inner_;
  std::unique_ptr<State> state_;  // null once it has ended
};

TapExchange::TapExchange() = default;
TapExchange::TapExchange(std::unique_ptr<State> state) : state_(std::move(state)) {}
TapExchange::TapExchange(TapExchange&& other) noexcept = default;
TapExchange& TapExchange::operator=(TapExchange&& other) noexcept = default;
TapExchange::~TapExchange() = default;

void TapExchange::begin() {
  if (state_ != nullptr) state_->begin();
}

void TapExchange::await(std::shared_ptr<TapVerdict> verdict) {
  if (state_ != nullptr) state_->await(std::move(verdict));
}

void TapExchange::fail(const Error& error) {
  if (state_ == nullptr) return;
  state_->fail(error);
  state_.reset();
}

http::Response TapExchange::observe(http::Response response) {
  if (state_ == nullptr) return response;
  state_->answer(response.head);
  if (response.body == nullptr) {
    state_->end(nullptr);
    state_.reset();
    return response;
  }
  response.body = std::make_unique<WatchedBody>(std::move(response.body), std::move(state_));
  return response;
}

void TapSet::remove(const Tap& tap) {
  std::erase_if(taps_, [&](const std::shared_ptr<Tap>& known) { return known.get() == &tap; });
}

TapExchange TapSet::open(TapEnds ends, const http::RequestHead& head) {
  const TapView view{.source = ends.source,
                     .destination = ends.destination,
                     .destination_labels = ends.destination_labels,
                     .route_labels = ends.route_labels,
                     .scheme = scheme_of(head),
                     .authority = head.effective_authority(),
                     .method = head.method,
                     .path = path_of(head)};
  std::vector<std::shared_ptr<Tap>> wanted;
  for (const auto& tap : taps_) {
    if (!tap->is_open() || !tap->match().matches(view)) continue;
    if (tap->has_room()) wanted.push_back(tap);
  }
  if (wanted.empty()) return {};
  const std::uint64_t stream = next_stream_;
  next_stream_ += step_;
  return TapExchange(std::make_unique<TapExchange::State>(loop_, std::move(ends), stream,
                                                          std::move(wanted), head));
}

}  // namespace seine::proxy
