// SPDX-License-Identifier: Apache-2.0
#include "proxy/trace/tracer.h"

#include <cstring>
#include <memory>
#include <utility>

#include "crypto/random.h"
#include "proxy/respond.h"
#include "proxy/routing.h"
#include "runtime/event_loop.h"

namespace seine::proxy {

namespace {

// Identifiers are drawn from so much at a time.
constexpr std::size_t kEntropy = 1024;

std::string cut(std::string_view text) {
  return std::string(text.substr(0, kMaxSpanText));
}

// Of gRPC the method, which is one of few; else no more than HTTP's own.
std::string name_of(const http::RequestHead& head) {
  const std::string_view path = path_of(head);
  if (is_grpc(head.headers) && path.size() > 1) return cut(path.substr(1));
  return cut(head.method);
}

class SpanTeller final : public ExchangeTeller, public OpenSpan {
 public:
  SpanTeller(SpanBox& box, Span span) : box_(box), span_(std::move(span)) {}

  void note(std::string_view key, std::string_view value) override {
    // A copy of what is kept: a text that is cut in place holds all its memory.
    if (!value.empty()) span_.attributes.emplace_back(key, cut(value));
  }
  void tell(const ExchangeEnd& end) override {
    // By the clock that does not jump, from when it began.
    span_.ended = span_.started + (end.ended - end.started);
    const auto number = [&](std::string_view key, std::uint64_t value) {
      span_.attributes.emplace_back(key, static_cast<std::int64_t>(value));
    };
    if (end.status != 0) number("http.response.status_code", end.status);
    if (end.grpc_status) number("rpc.grpc.status_code", *end.grpc_status);
    if (end.answered) {
      number("http.response.body.size", end.response_bytes);
      number("seine.head_ns", static_cast<std::uint64_t>((*end.answered - end.started).count()));
    }
    span_.error = end.error;
    span_.failed = end.is_failure();
    if (!span_.error.empty()) note("error.type", span_.error);
    box_.post(std::move(span_));
  }

 private:
  SpanBox& box_;
  Span span_;
};

}  // namespace

void OpenSpan::note_route(const model::Metadata* parent, const model::Metadata* route) {
  if (parent != nullptr && !parent->is_default()) {
    note("parent_group", parent->group);
    note("parent_kind", parent->kind);
    note("parent_namespace", parent->ns);
    note("parent_name", parent->name);
  }
  if (route != nullptr && !route->is_default()) {
    note("route_group", route->group);
    note("route_kind", route->kind);
    note("route_namespace", route->ns);
    note("route_name", route->name);
  }
}

template <std::size_t N>
std::array<std::uint8_t, N> Tracer::random_id() {
  std::array<std::uint8_t, N> id{};
  // Zero stands for none.
  while (id == std::array<std::uint8_t, N>{}) {
    if (entropy_.size() < N) entropy_ = crypto::random_octets(kEntropy);
    std::memcpy(id.data(), entropy_.data() + entropy_.size() - N, N);
    entropy_.resize(entropy_.size() - N);
  }
  return id;
}

bool Tracer::starts() {
  if (start_ratio_ <= 0) return false;
  const auto drawn = random_id<8>();
  std::uint64_t number = 0;
  std::memcpy(&number, drawn.data(), sizeof number);
  return static_cast<double>(number >> 11) * 0x1.0p-53 < start_ratio_;
}

std::optional<TraceContext> Tracer::start(http::Headers& headers) {
  if (!starts()) return std::nullopt;
  // What a traceparent that cannot be read went with means nothing.
  headers.remove("tracestate");
  constexpr std::uint8_t kSampledAndRandom = 0x03;
  return TraceContext{.format = TraceFormat::kW3c,
                      .trace_id = random_id<16>(),
                      .is_sampled = true,
                      .flags = kSampledAndRandom};
}

Traced Tracer::open(http::RequestHead& head, const SpanOrigin& origin) {
  std::optional<TraceContext> context = read_trace(head.headers);
  if (!context && origin.may_start && !denies_sampling(head.headers)) context = start(head.headers);
  if (!context || !context->is_sampled) return {};
  const bool inbound = origin.direction == Direction::kInbound;
  Span span{.trace_id = context->trace_id,
            .id = random_id<8>(),
            .parent = context->span_id,
            .is_server = inbound,
            .flags = context->flags,
            .name = name_of(head),
            .started = clock_.wall_now()};
  if (context->format == TraceFormat::kW3c) {
    span.trace_state = cut(head.headers.get("tracestate").value_or(std::string_view()));
  }
  const SpanId id = span.id;
  auto teller = std::make_unique<SpanTeller>(box_, std::move(span));
  OpenSpan& open = *teller;
  open.note("direction", inbound ? "inbound" : "outbound");
  open.note("http.request.method", head.method);
  open.note("url.path", path_of(head));
  open.note("authority", head.effective_authority());
  open.note("network.protocol.version", head.version == http::Version::kHttp2    ? "2"
                                        : head.version == http::Version::kHttp11 ? "1.1"
                                                                                 : "1.0");
  open.note("client.addr", origin.client.to_string());
  open.note("target.addr", origin.target.to_string());
  if (origin.tls != nullptr) {
    open.note("tls", origin.tls->status);
    open.note("client.id", origin.tls->peer_id);
  }
  write_trace(*context, id, head.headers);
  return {ExchangeWatch(loop_, std::move(teller)), &open};
}

}  // namespace seine::proxy
