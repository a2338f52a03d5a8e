// SPDX-License-Identifier: Apache-2.0
#include "proxy/request_record.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "proxy/respond.h"
#include "proxy/routing.h"

namespace seine::proxy {

namespace {

constexpr std::int16_t kNoGrpcStatus = -1;

// The request's trace, as W3C's traceparent or Zipkin's headers have it.
std::string_view trace_id(const http::Headers& headers) {
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const http::Headers::Field field = headers.at(i);
    // By size first: most fields are none of these.
    if (field.name.size() == 11 && field.name == "traceparent") {
      // 00-TRACE-SPAN-FLAGS
      return field.value.size() >= 35 ? field.value.substr(3, 32) : std::string_view();
    }
    if (field.name.size() == 12 && field.name == "x-b3-traceid") return field.value;
  }
  return {};
}

std::int16_t parse_grpc_status(std::optional<std::string_view> text) {
  std::int16_t status = kNoGrpcStatus;
  if (text) {
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), status);
    if (error != std::errc() || end != text->data() + text->size() || status < 0) {
      return kNoGrpcStatus;
    }
  }
  return status;
}

class RecordedBody final : public http::Body {
 public:
  RecordedBody(http::BodyPtr inner, InFlightLimit::Place place, RequestRecord record)
      : place_(std::move(place)),
        record_(std::move(record)),
        left_(inner->length()),
        inner_(std::move(inner)) {}

  ~RecordedBody() override {
    // Whoever knows the length need not ask for the end.
    if (left_ == 0) record_.end(nullptr, nullptr);
  }

  http::BodyPoll poll(runtime::Wakeable& who, runtime::Bytes& data) override {
    const http::BodyPoll result = inner_->poll(who, data);
    switch (result) {
      case http::BodyPoll::kPending: break;
      case http::BodyPoll::kData:
        if (left_) left_ = *left_ - std::min<std::uint64_t>(*left_, data.size());
        break;
      case http::BodyPoll::kEnd:
        place_.release();
        record_.end(inner_->trailers(), nullptr);
        break;
      case http::BodyPoll::kError:
        place_.release();
        record_.end(nullptr, &inner_->error());
        break;
    }
    return result;
  }
  const http::Headers* trailers() const override { return inner_->trailers(); }
  const Error& error() const override { return inner_->error(); }
  std::optional<std::uint64_t> length() const override { return inner_->length(); }
  void on_sent() override { inner_->on_sent(); }

 private:
  InFlightLimit::Place place_;
  RequestRecord record_;
  std::optional<std::uint64_t> left_;
  http::BodyPtr inner_;
};

}  // namespace

RequestRecord::RequestRecord(const WorkerContext& context, const http::RequestHead& head)
    : recorder_(context.recorder), loop_(&context.loop) {
  if (recorder_ == nullptr) return;
  started_ = loop_->now();
  sketch_ = telemetry::RequestSketch(head.method, head.path, trace_id(head.headers));
}

RequestRecord::RequestRecord(RequestRecord&& other) noexcept
    : recorder_(std::exchange(other.recorder_, nullptr)),
      loop_(other.loop_),
      started_(other.started_),
      rows_(std::move(other.rows_)),
      outcome_(other.outcome_),
      grpc_(other.grpc_),
      sketch_(other.sketch_) {}

RequestRecord::~RequestRecord() {
  if (recorder_ == nullptr) return;
  outcome_.cause = telemetry::kCancelled;
  count({});
}

void RequestRecord::answered(const http::ResponseHead& head) {
  if (recorder_ == nullptr) return;
  outcome_.http_status = head.status;
  grpc_ = is_grpc(head.headers);
  // Of an answer that is nothing but trailers.
  if (grpc_) outcome_.grpc_status = parse_grpc_status(head.headers.get("grpc-status"));
}

void RequestRecord::end(const http::Headers* trailers, const Error* error) {
  if (recorder_ == nullptr) return;
  if (grpc_ && trailers != nullptr && outcome_.grpc_status == kNoGrpcStatus) {
    outcome_.grpc_status = parse_grpc_status(trailers->get("grpc-status"));
  }
  if (error == nullptr) return count({});
  outcome_.cause = error_name(error->code);
  count(error->message);
}

void RequestRecord::refuse(const Error& error, const http::Response* answer) {
  if (recorder_ == nullptr) return;
  if (answer != nullptr) answered(answer->head);
  outcome_.cause = error_name(error.code);
  count(error.message);
}

void RequestRecord::count(std::string_view detail) {
  recorder_ = nullptr;
  if (rows_ == nullptr) return;
  rows_->count(outcome_, loop_->now() - started_, sketch_, detail);
}

http::Response accompany(http::Response response, InFlightLimit::Place place,
                         RequestRecord record) {
  if (!record.on()) return hold_place(std::move(response), std::move(place));
  record.answered(response.head);
  if (response.body == nullptr) {
    record.end(nullptr, nullptr);
    return response;
  }
  response.body =
      std::make_unique<RecordedBody>(std::move(response.body), std::move(place), std::move(record));
  return response;
}

bool is_probe(const http::RequestHead& head, const model::Metadata* route) {
  constexpr std::array<std::string_view, 3> kAgents = {"kube-probe/", "ELB-HealthChecker/",
                                                       "GoogleHC/"};
  constexpr std::array<std::string_view, 8> kPaths = {
      "/live", "/livez",  "/ready",   "/readyz",
      "/ping", "/health", "/healthz", "/grpc.health.v1.Health/Check"};
  const std::string_view agent = head.headers.get("user-agent").value_or(std::string_view());
  const auto begins = [&](std::string_view known) { return agent.starts_with(known); };
  if (std::ranges::none_of(kAgents, begins)) return false;
  if (route != nullptr && route->is_default() && route->name == "probe") return true;
  return std::ranges::find(kPaths, path_of(head)) != kPaths.end();
}

std::string route_name(const model::Metadata* route) {
  if (route == nullptr) return {};
  return route->group + "/" + route->kind + "/" + route->name;
}

}  // namespace seine::proxy
