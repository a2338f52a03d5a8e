// SPDX-License-Identifier: Apache-2.0
// request_total, response_total and response_latency_ms of one endpoint's label set, and the body
// that finds out how a response ended.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "http/message.h"
#include "proxy/telemetry.h"

namespace seine::proxy {

// Series by status and outcome, looked up once each. One loop.
class HttpSeries {
 public:
  HttpSeries(const HttpFamilies& families, std::size_t core, RequestLabels labels);
  // Of an endpoint.
  HttpSeries(const Telemetry& telemetry, std::size_t core, EndpointLabels labels)
      : HttpSeries(telemetry.endpoints, core, RequestLabels{std::move(labels)}) {}

  void count_request() { requests_.add(); }
  void record_latency(std::uint16_t status, Duration latency);
  // `grpc_status` "" if it was not gRPC; `error` "" unless the stream failed. `status` 0: none
  // came.
  void count_response(std::uint16_t status, bool success, std::string_view grpc_status,
                      std::string_view error);

 private:
  struct Latency {
    std::uint16_t status;
    metrics::Histogram series;
  };
  struct Outcome {
    std::uint16_t status;
    bool success;
    std::string grpc_status;
    std::string error;
    metrics::Counter series;
  };

  const HttpFamilies families_;
  const std::size_t core_;
  const RequestLabels labels_;
  metrics::Counter requests_;
  std::vector<Latency> latencies_;
  std::vector<Outcome> outcomes_;
};

// model::is_success() of a grpc-status as it was sent; one that is no number fails nothing.
bool is_success(std::uint16_t status, std::string_view grpc_status);
// The `error` label of response_total, bounded: Linkerd's word where it has one.
std::string response_error_label(const Error& error);

// How a response ended. Views live as long as the call.
struct ResponseEnd {
  std::uint16_t status = 0;
  bool success = true;
  std::string_view grpc_status;  // "" if it was not gRPC, or said none
  bool broken = false;           // its stream failed
  bool given_up = false;         // whoever read it went away: it says nothing
  const http::Headers* trailers = nullptr;
};

// Watches one response from its head to its end. `first_byte` is called once, when the first body
// frame or the end has come; `held` lives as long as the body does.
struct ExchangeObserver {
  const runtime::EventLoop& loop;
  std::shared_ptr<HttpSeries> series;
  TimePoint started;
  std::move_only_function<void()> first_byte;
  std::shared_ptr<void> held;
  // Whether the response is a success, where its head alone decides that.
  std::optional<bool> success = std::nullopt;
  // Called once, with the end.
  std::move_only_function<void(const ResponseEnd&)> ended = nullptr;
};
http::Response observe(http::Response response, ExchangeObserver observer);

}  // namespace seine::proxy
