// SPDX-License-Identifier: Apache-2.0
// One request on its way, counted exactly once in the rows of telemetry: when its response has
// ended, failed or been answered by us; as cancelled when whoever asked went away before. Where
// nobody asked for telemetry it is empty and costs a comparison. One loop.
#pragma once

#include <memory>
#include <optional>

#include "http/message.h"
#include "proxy/in_flight_limit.h"
#include "proxy/worker_context.h"
#include "telemetry/recorder.h"

namespace seine::proxy {

class RequestRecord {
 public:
  // Takes what it needs of the head.
  RequestRecord(const WorkerContext& context, const http::RequestHead& head);
  RequestRecord(RequestRecord&& other) noexcept;
  RequestRecord& operator=(RequestRecord&&) = delete;
  // Counts it as cancelled unless it was counted.
  ~RequestRecord();

  // Whether rows have to be found for it.
  bool on() const { return recorder_ != nullptr; }
  // Where it is counted; the last word holds. Without, it is not.
  void in(std::shared_ptr<telemetry::HttpRows> rows) { rows_ = std::move(rows); }
  void set_upgraded(bool upgraded) { outcome_.upgraded = upgraded; }
  void exclude() { outcome_.excluded = true; }

  // The head of a response has come.
  void answered(const http::ResponseHead& head);
  // Counts it. `error` null: it ended in order.
  void end(const http::Headers* trailers, const Error* error);
  // Counts one that we answered, or (`answer` null) reset.
  void refuse(const Error& error, const http::Response* answer);

 private:
  void count(std::string_view detail);

  telemetry::Recorder* recorder_;  // null: empty, counted or moved from
  const runtime::EventLoop* loop_;
  TimePoint started_;
  std::shared_ptr<telemetry::HttpRows> rows_;
  telemetry::Outcome outcome_;
  bool grpc_ = false;
  telemetry::RequestSketch sketch_;
};

// The response, holding `place` and `record` until its body has ended, failed or been dropped.
http::Response accompany(http::Response response, InFlightLimit::Place place, RequestRecord record);

// Whether a request is a health check: by its user agent, and by a path that is one or the route
// that policy keeps for probes.
bool is_probe(const http::RequestHead& head, const model::Metadata* route);

// "group/kind/name"; empty for null.
std::string route_name(const model::Metadata* route);

}  // namespace seine::proxy
