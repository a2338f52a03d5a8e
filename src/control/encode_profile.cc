// SPDX-License-Identifier: Apache-2.0
#include "control/encode_profile.h"

#include "control/encode_destination.h"
#include "control/encode_route.h"
#include "control/encode_values.h"

namespace seine::control {

namespace wire = io::linkerd::proxy::destination;

namespace {

void encode_condition(const model::ProfileRequestMatch& match, wire::RequestMatch& out) {
  using Kind = model::ProfileRequestMatch::Kind;
  switch (match.kind) {
    case Kind::kAll:
    case Kind::kAny: {
      auto& seq = match.kind == Kind::kAll ? *out.mutable_all() : *out.mutable_any();
      for (const auto& child : match.children) encode_condition(child, *seq.add_matches());
      break;
    }
    case Kind::kNot:
      for (const auto& child : match.children) encode_condition(child, *out.mutable_not_());
      break;
    case Kind::kPath: out.mutable_path()->set_regex(match.path ? match.path->pattern() : ""); break;
    case Kind::kMethod: encode_method(match.method, *out.mutable_method()); break;
  }
}

void encode_condition(const model::ProfileResponseMatch& match, wire::ResponseMatch& out) {
  using Kind = model::ProfileResponseMatch::Kind;
  switch (match.kind) {
    case Kind::kAll:
    case Kind::kAny: {
      auto& seq = match.kind == Kind::kAll ? *out.mutable_all() : *out.mutable_any();
      for (const auto& child : match.children) encode_condition(child, *seq.add_matches());
      break;
    }
    case Kind::kNot:
      for (const auto& child : match.children) encode_condition(child, *out.mutable_not_());
      break;
    case Kind::kStatus:
      out.mutable_status()->set_min(match.first);
      out.mutable_status()->set_max(match.last);
      break;
  }
}

void encode_route(const model::ProfileRoute& route, wire::Route& out) {
  encode_condition(route.condition, *out.mutable_condition());
  for (const auto& response_class : route.response_classes) {
    wire::ResponseClass& one = *out.add_response_classes();
    encode_condition(response_class.condition, *one.mutable_condition());
    one.set_is_failure(response_class.is_failure);
  }
  for (const auto& [key, value] : route.labels) (*out.mutable_metrics_labels())[key] = value;
  out.set_is_retryable(route.is_retryable);
  if (route.timeout) encode_duration(*route.timeout, *out.mutable_timeout());
}

}  // namespace

void encode_profile(const model::Profile& profile, wire::DestinationProfile& out) {
  out.set_fully_qualified_name(profile.fully_qualified_name);
  out.set_opaque_protocol(profile.is_opaque);
  for (const model::ProfileRoute& route : profile.routes) encode_route(route, *out.add_routes());
  if (profile.retry_budget) {
    wire::RetryBudget& budget = *out.mutable_retry_budget();
    budget.set_retry_ratio(static_cast<float>(profile.retry_budget->retry_ratio));
    budget.set_min_retries_per_second(profile.retry_budget->min_retries_per_second);
    encode_duration(profile.retry_budget->ttl, *budget.mutable_ttl());
  }
  for (const model::WeightedDst& dst : profile.dst_overrides) {
    wire::WeightedDst& one = *out.add_dst_overrides();
    one.set_authority(dst.authority.to_string());
    one.set_weight(dst.weight);
    if (dst.backend) encode_metadata(*dst.backend, *one.mutable_backend_ref());
  }
  if (profile.endpoint) encode_endpoint(*profile.endpoint, *out.mutable_endpoint());
  if (profile.parent) encode_metadata(*profile.parent, *out.mutable_parent_ref());
  if (profile.profile) encode_metadata(*profile.profile, *out.mutable_profile_ref());
}

}  // namespace seine::control
