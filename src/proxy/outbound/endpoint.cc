// SPDX-License-Identifier: Apache-2.0
#include "proxy/outbound/endpoint.h"

#include <utility>

#include "proxy/orig_proto.h"
#include "proxy/outbound/connector.h"
#include "proxy/outbound/outbound_rows.h"
#include "proxy/respond.h"
#include "runtime/recycled.h"

namespace seine::proxy {

using runtime::Task;

namespace {

// A client's demand on the identity of whoever answers; never leaves this proxy.
constexpr std::string_view kRequireId = "l5d-require-id";

// Counts a request as in flight for the load until its first response byte, however it ends.
class InFlight {
 public:
  InFlight(PeakEwma& load, const runtime::EventLoop& loop, std::shared_ptr<void> owner)
      : load_(&load), loop_(&loop), started_(loop.now()), owner_(std::move(owner)) {
    load_->begin();
  }
  InFlight(InFlight&& other) noexcept
      : load_(std::exchange(other.load_, nullptr)),
        loop_(other.loop_),
        started_(other.started_),
        owner_(std::move(other.owner_)) {}
  InFlight& operator=(InFlight&&) = delete;
  ~InFlight() {
    if (load_ == nullptr) return;
    load_->end();
    load_->record(loop_->now() - started_, loop_->now());
  }

 private:
  PeakEwma* load_;
  const runtime::EventLoop* loop_;
  TimePoint started_;
  std::shared_ptr<void> owner_;
};

// Counts the request when it leaves, unless it has left for another endpoint before.
struct CountedAttempt final : http::Http2Attempt {
  CountedAttempt(HttpSeries& in, Delivery& of) : series(in), delivery(of) {}
  void on_sent() override {
    sent = true;
    count();
    tap.begin();
  }
  void count() {
    if (!std::exchange(delivery.counted, true)) series.count_request();
  }
  // After an error.
  bool goes_elsewhere() const { return unprocessed && !delivery.last_try; }
  void fail_tap(const Error& error) {
    // A verdict is of the endpoint where the request ends.
    if (goes_elsewhere()) tap.await(nullptr);
    tap.fail(error);
  }

  HttpSeries& series;
  Delivery& delivery;
  TapExchange tap;
};

}  // namespace

OutboundEndpoint::OutboundEndpoint(WorkerContext& context, model::Endpoint endpoint,
                                   std::string authority, const model::PeakEwma& load,
                                   const model::FailureAccrual& accrual, EndpointObserver& observer)
    : context_(context),
      endpoint_(localized(context, std::move(endpoint))),
      address_(endpoint_.addr.to_string()),
      authority_(std::move(authority)),
      observer_(&observer),
      load_(load.default_rtt, load.decay, context.loop.now()),
      penalty_(load.penalty),
      breaker_(accrual),
      min_ready_(accrual.min_ready_endpoints),
      backoff_(context.config.outbound.connect_backoff),
      unready_until_(context.loop.now()),
      upgraded_(context.telemetry.upgraded_requests.get(context.core,
                                                        OneLabel{"direction", "outbound"})) {}

bool OutboundEndpoint::ready() const {
  return context_.loop.now() >= unready_until_ && attemptable();
}

void OutboundEndpoint::note_failure() {
  unready_until_ = context_.loop.now() + backoff_.next(context_.random);
  if (observer_ != nullptr) observer_->on_endpoint_change();
}

bool OutboundEndpoint::rides_http2(const http::RequestHead& head) const {
  if (head.version == http::Version::kHttp2) return true;
  return endpoint_.hint == model::ProtocolHint::kH2 && can_upgrade(head);
}

Task<Result<std::unique_ptr<runtime::Stream>>> OutboundEndpoint::connect_for(
    SessionProtocol session) {
  auto stream = co_await connect_endpoint(context_, endpoint_, session);
  if (session != SessionProtocol::kHttp2) {
    if (stream) {
      backoff_.reset();
    } else {
      note_failure();
    }
  }
  co_return stream;
}

Task<Result<std::unique_ptr<runtime::Stream>>> OutboundEndpoint::connect() {
  co_return co_await connect_for(SessionProtocol::kNone);
}

Http2Link& OutboundEndpoint::link() {
  if (link_ == nullptr) {
    link_ = std::make_unique<Http2Link>(
        context_.loop, context_.random, context_.config.outbound.connect_backoff,
        client_http2_options(context_.config, endpoint_), http2_connector_,
        static_cast<Http2Link::Observer*>(this), context_.config.http2_connections);
  }
  return *link_;
}

http::Http1Pool& OutboundEndpoint::pool() {
  if (pool_ == nullptr) {
    http::Http1PoolOptions options;
    options.idle_timeout = context_.config.outbound.http1_idle_timeout;
    options.max_idle = context_.config.outbound.max_idle_connections;
    pool_ = std::make_unique<http::Http1Pool>(context_.loop, http1_connector_, options);
  }
  return *pool_;
}

Task<Result<void>> OutboundEndpoint::prepare(const http::RequestHead& head) {
  if (!rides_http2(head)) co_return Result<void>();
  Http2Link& http2 = link();
  // Who has no stream then waits in line for one.
  if (http2.should_widen()) co_await http2.widened();
  if (!http2.usable()) co_await http2.attempted();
  if (!http2.usable()) co_return fail(http2.last_error());
  co_return Result<void>();
}

Task<Result<http::Response>> OutboundEndpoint::send_on_wire(http::Request&& request,
                                                            http::Http2Attempt& attempt) {
  if (!rides_http2(request.head)) {
    attempt.on_sent();
    co_return co_await pool().send(std::move(request));
  }
  Http2Link& http2 = link();
  if (!http2.usable()) {
    attempt.unprocessed = std::move(request);
    co_return fail(make_error(ErrorCode::kEof, "the connection closed before it could be used"));
  }
  const http::Version version = request.head.version;
  if (version != http::Version::kHttp2) {
    upgrade_request(request.head, address_);
    upgraded_.add();
  }
  const std::shared_ptr<http::Http2Client> client = http2.client();
  Result<http::Response> response = co_await client->send(std::move(request), &attempt);
  if (version != http::Version::kHttp2) {
    if (response) downgrade_response(response->head, version);
    if (attempt.unprocessed) downgrade_request(attempt.unprocessed->head);
  }
  co_return response;
}

HttpSeries& OutboundEndpoint::series() {
  if (series_ == nullptr) {
    series_ = std::make_shared<HttpSeries>(context_.telemetry, context_.core,
                                           endpoint_labels(context_, endpoint_, authority_));
  }
  return *series_;
}

const std::shared_ptr<const telemetry::Peer>& OutboundEndpoint::peer() {
  if (peer_ == nullptr) {
    peer_ = std::make_shared<const telemetry::Peer>(endpoint_peer(context_, endpoint_));
  }
  return peer_;
}

TapExchange OutboundEndpoint::tap_request(const http::RequestHead& head, const Delivery& delivery) {
  if (delivery.origin == nullptr) return {};
  const TapOrigin& origin = *delivery.origin;
  const EndpointLabels labels = endpoint_labels(context_, endpoint_, authority_);
  model::Labels destination = tap_tls_labels(labels.tls, "server_id");
  destination.insert(endpoint_.labels.begin(), endpoint_.labels.end());
  TapExchange tap =
      context_.taps.open({.direction = Direction::kOutbound,
                          .source = origin.client,
                          .destination = endpoint_.addr,
                          .source_labels = tap_tls_labels(TlsLabels::none("loopback"), {}),
                          .destination_labels = std::move(destination),
                          .route_labels = origin.route_labels},
                         head);
  tap.await(delivery.verdict);
  return tap;
}

void OutboundEndpoint::count_failure(const Error& error) {
  series().count_response(0, false, {}, response_error_label(error));
}

Task<Result<http::Response>> OutboundEndpoint::send(http::Request&& request, Delivery& delivery) {
  if (delivery.tried != nullptr) {
    const bool http2 = request.head.version == http::Version::kHttp2;
    *delivery.tried = {peer(), !http2 && rides_http2(request.head)};
  }
  std::optional<std::string> required;
  if (const auto value = request.head.headers.get(kRequireId)) {
    required = *value;
    const bool met = endpoint_.tls && endpoint_.tls->id.text() == *required;
    if (!met) {
      Error error = make_error(ErrorCode::kIdentityRequired,
                               "the client requires " + *required + ", endpoint " +
                                   endpoint_.addr.to_string() + " is " +
                                   (endpoint_.tls ? endpoint_.tls->id.text() : "not meshed"));
      if (delivery.counted) count_failure(error);
      co_return fail(std::move(error));
    }
    request.head.headers.remove(kRequireId);
  }
  CountedAttempt attempt(series(), delivery);
  attempt.tap = tap_request(request.head, delivery);
  const TimePoint started = context_.loop.now();
  InFlight in_flight(load_, context_.loop, shared_from_this());
  std::optional<Watch> watch;
  if (breaker_.enabled()) watch.emplace(shared_from_this());
  if (delivery.limits) delivery.limits->on_leave(request.body.get());
  Task<Result<http::Response>> sending = send_on_wire(std::move(request), attempt);
  if (delivery.limits) sending = StreamLimits::within(delivery.limits, std::move(sending));
  Result<http::Response> response = co_await std::move(sending);
  if (!response) {
    Error error = blame(std::move(response.error()), attempt, watch).about(address_);
    attempt.fail_tap(error);
    if (attempt.goes_elsewhere()) {
      if (required) attempt.unprocessed->head.headers.set(kRequireId, *required);
      delivery.returned = std::move(attempt.unprocessed);
    } else {
      attempt.count();
      count_failure(error);
    }
    co_return fail(std::move(error));
  }
  if (delivery.limits) response = delivery.limits->watch_response(std::move(*response));
  response = attempt.tap.observe(std::move(*response));
  // The load counts the request until its first body byte; the function dies once called.
  auto done = std::allocate_shared<std::optional<InFlight>>(
      runtime::RecyclingAllocator<std::byte>(), std::move(in_flight));
  ExchangeObserver observer{
      .loop = context_.loop,
      .series = series_,
      .started = started,
      .first_byte = [done] { done->reset(); },
      .held = shared_from_this(),
      .success = model::success_by_route(delivery.profile, response->head.status)};
  if (watch || penalty_) {
    const bool grpc = is_grpc(response->head.headers);
    const std::optional<Duration> hint = hear(response->head, grpc);
    // Of gRPC the trailers tell; of others the head, however long the body takes.
    if (watch && !grpc) {
      const bool success = observer.success.value_or(is_success(response->head.status, {}));
      watch->end(answer_of(response->head.status, {}, success), hint);
    } else if (watch) {
      observer.ended = [watch = std::move(*watch), hint](const ResponseEnd& end) mutable {
        if (end.given_up) return;
        const auto later = end.trailers == nullptr ? std::nullopt : pushback_of(*end.trailers);
        watch.end(answer_of(end.status, end.grpc_status, end.success), hint ? hint : later);
      };
    }
  }
  co_return observe(std::move(*response), std::move(observer));
}

}  // namespace seine::proxy
