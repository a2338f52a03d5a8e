// SPDX-License-Identifier: Apache-2.0
#include "proxy/in_flight_limit.h"

#include <memory>

#include "fmt/format.h"

#include "proxy/memory_limit.h"

namespace seine::proxy {

namespace {

class HoldingBody final : public http::Body {
 public:
  HoldingBody(http::BodyPtr inner, InFlightLimit::Place place)
      : place_(std::move(place)), inner_(std::move(inner)) {}

  http::BodyPoll poll(runtime::Wakeable& who, runtime::Bytes& data) override {
    const http::BodyPoll result = inner_->poll(who, data);
    if (result == http::BodyPoll::kEnd || result == http::BodyPoll::kError) place_.release();
    return result;
  }
  const http::Headers* trailers() const override { return inner_->trailers(); }
  const Error& error() const override { return inner_->error(); }
  std::optional<std::uint64_t> length() const override { return inner_->length(); }

 private:
  InFlightLimit::Place place_;
  http::BodyPtr inner_;
};

}  // namespace

Result<InFlightLimit::Place> InFlightLimit::enter() {
  auto admitted = admit(budget_, runtime::ByteBudget::Shed::kRequest);
  if (!admitted) return fail(std::move(admitted.error()));
  // Not added first and taken back: that would refuse others for a place that is free.
  std::size_t count = count_.load(std::memory_order_relaxed);
  while (count < most_) {
    if (count_.compare_exchange_weak(count, count + 1, std::memory_order_relaxed)) {
      return Place(*this);
    }
  }
  return fail(
      make_error(ErrorCode::kLoadShed,
                 fmt::format("too many requests in flight: {} allows {}", variable_, most_)));
}

void InFlightLimits::write(metrics::TextWriter& writer) const {
  writer.family({.name = "seine_http_requests_in_flight",
                 .help = "HTTP requests whose response has not ended."},
                metrics::Kind::kGauge);
  writer.sample("direction=\"inbound\"", static_cast<std::int64_t>(inbound.in_flight()));
  writer.sample("direction=\"outbound\"", static_cast<std::int64_t>(outbound.in_flight()));
}

http::Response hold_place(http::Response response, InFlightLimit::Place place) {
  if (response.body != nullptr) {
    response.body = std::make_unique<HoldingBody>(std::move(response.body), std::move(place));
  }
  return response;
}

}  // namespace seine::proxy
