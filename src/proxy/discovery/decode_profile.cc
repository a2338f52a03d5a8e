// SPDX-License-Identifier: Apache-2.0
#include "proxy/discovery/decode_profile.h"

#include "proxy/discovery/decode_destination.h"
#include "proxy/discovery/decode_route.h"
#include "proxy/discovery/decode_values.h"

namespace seine::proxy {

namespace wire = io::linkerd::proxy::destination;

namespace {

using model::ProfileRequestMatch;
using model::ProfileResponseMatch;

std::optional<ProfileRequestMatch> decode_condition(const wire::RequestMatch& message, int depth);
std::optional<ProfileResponseMatch> decode_condition(const wire::ResponseMatch& message, int depth);

// All, any and not, of requests or of responses.
template <class Match, class Message>
std::optional<Match> decode_children(typename Match::Kind kind, const Message& children,
                                     int depth) {
  Match match{.kind = kind};
  for (const auto& child : children) {
    auto decoded = decode_condition(child, depth + 1);
    if (!decoded) return std::nullopt;
    match.children.push_back(*std::move(decoded));
  }
  return match;
}

template <class Match, class Message>
std::optional<Match> decode_not(const Message& child, int depth) {
  auto decoded = decode_condition(child, depth + 1);
  if (!decoded) return std::nullopt;
  return Match{.kind = Match::Kind::kNot, .children = {*std::move(decoded)}};
}

std::optional<ProfileRequestMatch> decode_condition(const wire::RequestMatch& message, int depth) {
  using Kind = ProfileRequestMatch::Kind;
  if (depth > kMaxConditionDepth) return std::nullopt;
  switch (message.match_case()) {
    case wire::RequestMatch::kAll:
      return decode_children<ProfileRequestMatch>(Kind::kAll, message.all().matches(), depth);
    case wire::RequestMatch::kAny:
      return decode_children<ProfileRequestMatch>(Kind::kAny, message.any().matches(), depth);
    case wire::RequestMatch::kNot: return decode_not<ProfileRequestMatch>(message.not_(), depth);
    case wire::RequestMatch::kPath: {
      Result<model::Regex> regex = model::Regex::compile(message.path().regex());
      if (!regex) return std::nullopt;
      return ProfileRequestMatch{.kind = Kind::kPath, .path = *std::move(regex)};
    }
    case wire::RequestMatch::kMethod: {
      Result<std::string> method = decode_method(message.method());
      if (!method) return std::nullopt;
      return ProfileRequestMatch{.kind = Kind::kMethod, .method = *std::move(method)};
    }
    case wire::RequestMatch::MATCH_NOT_SET: break;
  }
  return std::nullopt;
}

std::optional<ProfileResponseMatch> decode_status(const wire::HttpStatusRange& range) {
  const std::uint32_t first = range.min() == 0 ? range.max() : range.min();
  const std::uint32_t last = range.max() == 0 ? range.min() : range.max();
  if (first == 0 || first > last || last > 999) return std::nullopt;
  return ProfileResponseMatch{.kind = ProfileResponseMatch::Kind::kStatus,
                              .first = static_cast<std::uint16_t>(first),
                              .last = static_cast<std::uint16_t>(last)};
}

std::optional<ProfileResponseMatch> decode_condition(const wire::ResponseMatch& message,
                                                     int depth) {
  using Kind = ProfileResponseMatch::Kind;
  if (depth > kMaxConditionDepth) return std::nullopt;
  switch (message.match_case()) {
    case wire::ResponseMatch::kAll:
      return decode_children<ProfileResponseMatch>(Kind::kAll, message.all().matches(), depth);
    case wire::ResponseMatch::kAny:
      return decode_children<ProfileResponseMatch>(Kind::kAny, message.any().matches(), depth);
    case wire::ResponseMatch::kNot: return decode_not<ProfileResponseMatch>(message.not_(), depth);
    case wire::ResponseMatch::kStatus: return decode_status(message.status());
    case wire::ResponseMatch::MATCH_NOT_SET: break;
  }
  return std::nullopt;
}

std::optional<model::ProfileRoute> decode_route(const wire::Route& message) {
  auto condition = decode_condition(message.condition(), 0);
  if (!condition) return std::nullopt;
  model::ProfileRoute route{.condition = *std::move(condition),
                            .labels = decode_labels(message.metrics_labels()),
                            .is_retryable = message.is_retryable()};
  for (const wire::ResponseClass& one : message.response_classes()) {
    if (auto when = decode_condition(one.condition(), 0)) {
      route.response_classes.push_back({*std::move(when), one.is_failure()});
    }
  }
  if (message.has_timeout()) {
    const Result<Duration> timeout = decode_duration(message.timeout());
    if (timeout && *timeout > Duration::zero()) route.timeout = *timeout;
  }
  return route;
}

std::optional<model::RetryBudget> decode_budget(const wire::RetryBudget& message) {
  const Result<Duration> ttl = decode_duration(message.ttl());
  const float ratio = message.retry_ratio();
  // Written so that a NaN is out of range too.
  const bool in_range = ratio >= 0 && ratio <= 1000;
  if (!in_range || !ttl || *ttl < std::chrono::seconds(1) || *ttl > std::chrono::seconds(60)) {
    return std::nullopt;
  }
  return model::RetryBudget{ratio, message.min_retries_per_second(), *ttl};
}

std::optional<model::Metadata> decode_ref(bool is_set,
                                          const io::linkerd::proxy::meta::Metadata& message) {
  if (!is_set) return std::nullopt;
  Result<model::Metadata> meta = decode_metadata(message, /*wants_namespace=*/false);
  if (!meta) return std::nullopt;
  return *std::move(meta);
}

}  // namespace

Result<model::Profile> decode_profile(const wire::DestinationProfile& message) {
  model::Profile profile;
  if (const auto name = model::parse_dns_name(message.fully_qualified_name())) {
    profile.fully_qualified_name = *name;
  }
  profile.is_opaque = message.opaque_protocol();
  for (const wire::Route& one : message.routes()) {
    if (auto route = decode_route(one)) profile.routes.push_back(*std::move(route));
  }
  if (message.has_retry_budget()) profile.retry_budget = decode_budget(message.retry_budget());
  for (const wire::WeightedDst& one : message.dst_overrides()) {
    if (auto authority = model::Authority::parse(one.authority())) {
      profile.dst_overrides.push_back({*std::move(authority), one.weight(),
                                       decode_ref(one.has_backend_ref(), one.backend_ref())});
    }
  }
  if (message.has_endpoint()) {
    Result<model::Endpoint> endpoint = decode_endpoint(message.endpoint(), {});
    if (!endpoint) return refused_in("endpoint", endpoint);
    profile.endpoint = *std::move(endpoint);
  }
  profile.parent = decode_ref(message.has_parent_ref(), message.parent_ref());
  profile.profile = decode_ref(message.has_profile_ref(), message.profile_ref());
  return profile;
}

}  // namespace seine::proxy
