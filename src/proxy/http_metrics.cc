// SPDX-License-Identifier: Apache-2.0
#include "proxy/http_metrics.h"

#include <charconv>
#include <utility>

#include "fmt/format.h"

#include "model/verdict.h"
#include "proxy/respond.h"
#include "runtime/event_loop.h"

namespace seine::proxy {

HttpSeries::HttpSeries(const HttpFamilies& families, std::size_t core, RequestLabels labels)
    : families_(families),
      core_(core),
      labels_(std::move(labels)),
      requests_(families.requests.get(core, labels_)) {}

void HttpSeries::record_latency(std::uint16_t status, Duration latency) {
  if (families_.latency == nullptr) return;
  for (const Latency& known : latencies_) {
    if (known.status == status) return known.series.record(metrics::in_milliseconds(latency));
  }
  latencies_.push_back({status, families_.latency->get(core_, StatusLabels{labels_, status})});
  latencies_.back().series.record(metrics::in_milliseconds(latency));
}

void HttpSeries::count_response(std::uint16_t status, bool success, std::string_view grpc_status,
                                std::string_view error) {
  for (const Outcome& known : outcomes_) {
    if (known.status == status && known.success == success && known.grpc_status == grpc_status &&
        known.error == error) {
      return known.series.add();
    }
  }
  const ResponseLabels labels{labels_, status, success, grpc_status, error};
  metrics::Counter series = families_.responses.get(core_, labels);
  series.add();
  // A peer may invent statuses: what is cached has a bound, the family has its own.
  if (outcomes_.size() < 64) {
    outcomes_.push_back({status, success, std::string(grpc_status), std::string(error), series});
  }
}

bool is_success(std::uint16_t status, std::string_view grpc_status) {
  std::int32_t code = -1;
  const auto parsed =
      std::from_chars(grpc_status.data(), grpc_status.data() + grpc_status.size(), code);
  const bool is_whole =
      parsed.ec == std::errc() && parsed.ptr == grpc_status.data() + grpc_status.size();
  return model::is_success(status, is_whole ? code : -1);
}

std::string response_error_label(const Error& error) {
  switch (error.code) {
    case ErrorCode::kResponseTimeout:
    case ErrorCode::kTimeout: return "timeout";
    case ErrorCode::kReset: return fmt::format("h2({})", error.cause_name());
    default: break;
  }
  // Linkerd says "unclassified" here; the stage and what the system said are few words, and say
  // why.
  std::string label(error_name(error.code));
  if (error.cause != Error::Cause::kNone) label.append(" ").append(error.cause_name());
  return label;
}

namespace {

class ObservedBody final : public http::Body {
 public:
  ObservedBody(http::BodyPtr inner, ExchangeObserver observer, std::uint16_t status, bool grpc)
      : observer_(std::move(observer)), inner_(std::move(inner)), status_(status), grpc_(grpc) {}

  ~ObservedBody() override {
    if (ended_) return;
    // Whoever reads it gave up: what came so far was no failure of the server.
    see_first_byte();
    finish({.success = is_success(status_, {}), .given_up = true}, {});
  }

  http::BodyPoll poll(runtime::Wakeable& who, runtime::Bytes& data) override {
    const http::BodyPoll result = inner_->poll(who, data);
    if (result == http::BodyPoll::kPending) return result;
    see_first_byte();
    if (ended_ || result == http::BodyPoll::kData) return result;
    if (result == http::BodyPoll::kError) {
      finish({.success = false, .broken = true}, response_error_label(inner_->error()));
      return result;
    }
    ResponseEnd end{.trailers = inner_->trailers()};
    if (grpc_ && end.trailers != nullptr) {
      end.grpc_status = end.trailers->get("grpc-status").value_or(std::string_view());
    }
    end.success = is_success(status_, end.grpc_status);
    finish(end, {});
    return result;
  }
  const http::Headers* trailers() const override { return inner_->trailers(); }
  const Error& error() const override { return inner_->error(); }
  std::optional<std::uint64_t> length() const override { return inner_->length(); }

 private:
  void see_first_byte() {
    if (seen_) return;
    seen_ = true;
    observer_.series->record_latency(status_, observer_.loop.now() - observer_.started);
    if (observer_.first_byte) observer_.first_byte();
  }
  void finish(ResponseEnd end, std::string_view error) {
    ended_ = true;
    end.status = status_;
    // Nothing makes a success of a stream that failed.
    if (!end.broken) end.success = observer_.success.value_or(end.success);
    observer_.series->count_response(status_, end.success, end.grpc_status, error);
    if (observer_.ended) observer_.ended(end);
  }

  // Declared first, so that what it holds dies after the body that came from it.
  ExchangeObserver observer_;
  http::BodyPtr inner_;
  const std::uint16_t status_;
  const bool grpc_;
  bool seen_ = false;
  bool ended_ = false;
};

}  // namespace

http::Response observe(http::Response response, ExchangeObserver observer) {
  const std::uint16_t status = response.head.status;
  const bool grpc = is_grpc(response.head.headers);
  if (response.body != nullptr) {
    response.body =
        std::make_unique<ObservedBody>(std::move(response.body), std::move(observer), status, grpc);
    return response;
  }
  const std::string_view grpc_status =
      grpc ? response.head.headers.get("grpc-status").value_or("") : std::string_view();
  observer.series->record_latency(status, observer.loop.now() - observer.started);
  const bool success = observer.success.value_or(is_success(status, grpc_status));
  observer.series->count_response(status, success, grpc_status, {});
  if (observer.first_byte) observer.first_byte();
  if (observer.ended) {
    observer.ended({.status = status, .success = success, .grpc_status = grpc_status});
  }
  return response;
}

}  // namespace seine::proxy
