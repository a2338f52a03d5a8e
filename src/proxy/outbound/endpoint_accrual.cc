// SPDX-License-Identifier: Apache-2.0
// What the answers of an endpoint say of it: whether it is set aside, and how the load penalises
// it.
#include <algorithm>
#include <utility>

#include "proxy/outbound/endpoint.h"

namespace seine::proxy {

OutboundEndpoint::Watch::Watch(std::shared_ptr<OutboundEndpoint> endpoint)
    : endpoint_(std::move(endpoint)),
      pass_(endpoint_->breaker_.enter(endpoint_->context_.loop.now())) {}

OutboundEndpoint::Watch::~Watch() {
  if (endpoint_ != nullptr) endpoint_->breaker_.give_up(pass_);
}

void OutboundEndpoint::Watch::end(Answer answer, std::optional<Duration> hint) {
  if (endpoint_ != nullptr) std::exchange(endpoint_, nullptr)->note_answer(pass_, answer, hint);
}

void OutboundEndpoint::note_answer(CircuitBreaker::Pass pass, Answer answer,
                                   std::optional<Duration> hint) {
  const bool may_open = min_ready_ == 0 || answer == Answer::kSuccess ||
                        (observer_ != nullptr &&
                         observer_->ready_endpoints() > min_ready_ - (breaker_.is_open() ? 1 : 0));
  const auto change =
      breaker_.end(pass, answer, hint, may_open, context_.loop.now(), context_.random);
  if (change == CircuitBreaker::Change::kNone) return;
  const bool opened = change == CircuitBreaker::Change::kOpened;
  log_info(context_.log, opened ? "an endpoint that fails is set aside" : "an endpoint is back",
           {{"endpoint", endpoint_.addr.to_string()}, {"of", authority_}});
  if (observer_ != nullptr) observer_->on_endpoint_change();
}

Error OutboundEndpoint::blame(Error error, const http::Http2Attempt& attempt,
                              std::optional<Watch>& watch) {
  // What never left, was refused untouched, or was broken off or malformed by the client says
  // nothing of the application.
  const bool is_clients = error.origin == ErrorOrigin::kDownstream;
  const bool says_nothing = !attempt.sent || attempt.unprocessed || is_clients ||
                            error.code == ErrorCode::kInvalidArgument;
  if (watch && !says_nothing) watch->end(Answer::kFailure, std::nullopt);
  return is_clients ? error : std::move(error).from(ErrorOrigin::kUpstream);
}

std::optional<Duration> OutboundEndpoint::hear(const http::ResponseHead& head, bool grpc) {
  const std::string_view grpc_status =
      grpc ? head.headers.get("grpc-status").value_or("") : std::string_view();
  if (!is_penalised(head.status, grpc_status)) return std::nullopt;
  const std::optional<Duration> hint = pushback_of(head.headers);
  if (penalty_) {
    const Duration asked = std::min(hint.value_or(Duration::zero()), penalty_->max_retry_after);
    load_.penalise(std::max(penalty_->penalty, asked), penalty_->decay, context_.loop.now());
  }
  return hint;
}

}  // namespace seine::proxy
