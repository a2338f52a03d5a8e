// SPDX-License-Identifier: Apache-2.0
// One endpoint of a backend as this loop uses it: its connections, its load, its health. Held by
// shared_ptr: by the balancer while discovery lists it, by calls and bodies until they end.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "http/http1_pool.h"
#include "http/message.h"
#include "model/client_policy.h"
#include "model/profile.h"
#include "proxy/balance/circuit_breaker.h"
#include "proxy/balance/peak_ewma.h"
#include "proxy/http2_link.h"
#include "proxy/http_metrics.h"
#include "proxy/outbound/stream_limits.h"
#include "proxy/transport_header.h"
#include "proxy/worker_context.h"
#include "telemetry/keys.h"

namespace seine::proxy {

// Hears that an endpoint became ready or ceased to be.
class EndpointObserver {
 public:
  virtual void on_endpoint_change() = 0;
  // How many endpoints could take a request now.
  virtual std::size_t ready_endpoints() const = 0;

 protected:
  ~EndpointObserver() = default;
};

// Where a request or a connection ended up, for telemetry.
struct Tried {
  std::shared_ptr<const telemetry::Peer> peer;  // null: no endpoint was found
  bool upgraded = false;                        // HTTP/1 that rode HTTP/2
};

// What goes along with a request to its endpoint; pointers outlive the head of its answer.
struct SendTerms {
  Tried* tried = nullptr;                        // told of each try, where anybody asks
  const TapOrigin* origin = nullptr;             // for taps; null where nobody taps
  std::shared_ptr<TapVerdict> verdict;           // that taps wait for; null: for none
  std::shared_ptr<StreamLimits> limits;          // null: it has none
  const model::ProfileRoute* profile = nullptr;  // whose classes say what a success is; or null
};

// One request of a client, however many endpoints it is tried on. The metrics know it once: as a
// request where it first left, as a response where it ended.
struct Delivery : SendTerms {
  explicit Delivery(SendTerms terms) : SendTerms(std::move(terms)) {}

  bool counted = false;   // it has left, and request_total has it
  bool last_try = false;  // nobody else would take it: it ends where it fails
  // After an error, unless it was the last try: the request again, unprocessed by the endpoint.
  std::optional<http::Request> returned;
};

class OutboundEndpoint final : public std::enable_shared_from_this<OutboundEndpoint>,
                               private Http2Link::Observer {
 public:
  // `authority`: the label of its requests. `observer` may die first: then disown() is called.
  OutboundEndpoint(WorkerContext& context, model::Endpoint endpoint, std::string authority,
                   const model::PeakEwma& load, const model::FailureAccrual& accrual,
                   EndpointObserver& observer);

  const model::Endpoint& endpoint() const { return endpoint_; }
  // The same value as long as the endpoint lives.
  const std::shared_ptr<const telemetry::Peer>& peer();
  double load() const { return load_.load(context_.loop.now()); }
  // Whether nothing speaks against it: no failed connect whose backoff is not over, nor failures of
  // its application for which it is set aside.
  bool ready() const;
  // Whether it may be tried when none is ready: connections of its own are made for each request,
  // so that the client sees why they fail. Not while a shared HTTP/2 connection is being made anew,
  // nor while it is set aside.
  bool attemptable() const { return !link_fails() && breaker_.admits(context_.loop.now()); }
  // Why its shared connection could not be made, while it is being made anew; else null.
  const Error* failure() const { return link_fails() ? &link_->last_error() : nullptr; }
  // Whether the circuit breaker lets a request through now.
  bool admits() const { return breaker_.admits(context_.loop.now()); }
  // Whether it is set aside for failing, or tried again after that.
  bool set_aside() const { return breaker_.is_open(); }
  void disown() { observer_ = nullptr; }

  // Whether prepare() would have nothing to do.
  bool prepared(const http::RequestHead& head) {
    return !rides_http2(head) || (link().usable() && !link().should_widen());
  }
  // Connects if the request needs a connection that is not there. Errors are retryable elsewhere:
  // nothing was sent.
  runtime::Task<Result<void>> prepare(const http::RequestHead& head);
  // After prepare(). The response's body keeps this endpoint alive.
  runtime::Task<Result<http::Response>> send(http::Request&& request, Delivery& delivery);
  // For a request that has left and was returned, when no other endpoint can be had.
  void count_failure(const Error& error);
  // A connection for raw bytes.
  runtime::Task<Result<std::unique_ptr<runtime::Stream>>> connect();

 private:
  // A request's place in the circuit breaker, left without an answer if it dies.
  class Watch {
   public:
    explicit Watch(std::shared_ptr<OutboundEndpoint> endpoint);
    Watch(Watch&& other) noexcept = default;
    Watch& operator=(Watch&&) = delete;
    ~Watch();
    void end(Answer answer, std::optional<Duration> hint);

   private:
    std::shared_ptr<OutboundEndpoint> endpoint_;  // null: it has ended
    CircuitBreaker::Pass pass_;
  };
  bool link_fails() const { return link_ != nullptr && link_->failing(); }
  // What the head says: the load's penalty, and the breaker's hint.
  std::optional<Duration> hear(const http::ResponseHead& head, bool grpc);
  // The error with its origin; what it says of the application, the breaker hears.
  static Error blame(Error error, const http::Http2Attempt& attempt, std::optional<Watch>& watch);
  void note_answer(CircuitBreaker::Pass pass, Answer answer, std::optional<Duration> hint);
  bool rides_http2(const http::RequestHead& head) const;
  Http2Link& link();
  http::Http1Pool& pool();
  HttpSeries& series();
  // Nobody watches where the delivery has no origin.
  TapExchange tap_request(const http::RequestHead& head, const Delivery& delivery);
  runtime::Task<Result<http::Response>> send_on_wire(http::Request&& request,
                                                     http::Http2Attempt& attempt);
  runtime::Task<Result<std::unique_ptr<runtime::Stream>>> connect_for(SessionProtocol session);
  void note_failure();
  void on_link_change() override {
    if (observer_ != nullptr) observer_->on_endpoint_change();
  }

  // What the pool and the link connect with.
  struct SessionConnector final : http::Connector {
    OutboundEndpoint& endpoint;
    const SessionProtocol session;
    SessionConnector(OutboundEndpoint& e, SessionProtocol s) : endpoint(e), session(s) {}
    [[clang::coro_wrapper]] runtime::Task<Result<std::unique_ptr<runtime::Stream>>> connect()
        override {
      return endpoint.connect_for(session);
    }
  };

  WorkerContext& context_;
  const model::Endpoint endpoint_;
  const std::string address_;  // of endpoint_, as text
  const std::string authority_;
  EndpointObserver* observer_;
  PeakEwma load_;
  const std::optional<model::PeakEwmaPenalty> penalty_;
  CircuitBreaker breaker_;
  const std::uint32_t min_ready_;  // below so many others it is not set aside
  Backoff backoff_;
  TimePoint unready_until_;  // after a failed connect of the HTTP/1 or TCP kind
  std::shared_ptr<HttpSeries> series_;
  metrics::Counter upgraded_;
  std::shared_ptr<const telemetry::Peer> peer_;
  SessionConnector http1_connector_{*this, SessionProtocol::kHttp1};
  SessionConnector http2_connector_{*this, SessionProtocol::kHttp2};
  std::unique_ptr<http::Http1Pool> pool_;
  std::unique_ptr<Http2Link> link_;
};

}  // namespace seine::proxy
