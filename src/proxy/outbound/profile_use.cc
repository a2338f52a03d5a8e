// SPDX-License-Identifier: Apache-2.0
#include "proxy/outbound/profile_use.h"

#include <algorithm>
#include <utility>

#include "proxy/routing.h"

namespace seine::proxy {

namespace {

ProfileRouteLabels labels_of(const ProfileRouting& routing, const model::ProfileRoute* route) {
  return {.direction = Direction::kOutbound,
          .dst = routing.name,
          .route = route == nullptr ? model::Labels() : route->labels};
}

}  // namespace

ProfileUse::ProfileUse(const WorkerContext& context, std::shared_ptr<const ProfileRouting> routing,
                       const model::ProfileRoute* route)
    : routing_(std::move(routing)),
      route_(route),
      account_(route != nullptr && route->is_retryable ? routing_->retries.get() : nullptr),
      loop_(context.loop) {
  const ProfileRouteLabels labels = labels_of(*routing_, route);
  Telemetry& telemetry = context.telemetry;
  requests_ =
      std::make_shared<HttpSeries>(telemetry.profile_routes, context.core, RequestLabels{labels});
  tries_ =
      std::make_shared<HttpSeries>(telemetry.profile_tries, context.core, RequestLabels{labels});
  if (account_ == nullptr) return;
  retryable_ = telemetry.profile_retryable.get(context.core, RetryableLabels{.route = labels});
  skipped_ = telemetry.profile_retryable.get(context.core,
                                             RetryableLabels{.route = labels, .skipped = true});
}

bool ProfileUse::withdraw() const {
  const bool has_budget = account_->withdraw(loop_.now());
  retryable_->add();
  if (!has_budget) skipped_->add();
  return has_budget;
}

Result<http::Response> ProfileUse::observe(const std::shared_ptr<HttpSeries>& series,
                                           TimePoint started,
                                           Result<http::Response> response) const {
  if (!response) {
    series->count_response(0, false, {}, response_error_label(response.error()));
    return response;
  }
  const std::optional<bool> by_route = success(response->head.status);
  return proxy::observe(std::move(*response), {.loop = loop_,
                                               .series = series,
                                               .started = started,
                                               .first_byte = nullptr,
                                               .held = nullptr,
                                               .success = by_route});
}

std::shared_ptr<const ProfileUse> ProfileUses::find(const OutboundTarget& target,
                                                    const http::RequestHead& head) {
  if (target.profile == nullptr) return nullptr;
  const model::ProfileRoute* route = target.profile->profile.find(head.method, path_of(head));
  const auto found = std::ranges::find(known_, route, [](const auto& use) { return use->route(); });
  if (found != known_.end()) return *found;
  known_.push_back(std::make_shared<const ProfileUse>(context_, target.profile, route));
  return known_.back();
}

}  // namespace seine::proxy
