// SPDX-License-Identifier: Apache-2.0
#include "proxy/outbound/override_targets.h"

#include <utility>

#include "proxy/inbound/service_profiles.h"

namespace seine::proxy {

namespace {

constexpr std::uint16_t kDefaultPort = 80;
// Between looks for names that can be let go of: who asks for one too many must not pay for all.
constexpr Duration kSweepPause = std::chrono::milliseconds(100);

}  // namespace

Result<model::Authority> override_name(const http::Headers& headers,
                                       const std::vector<std::string>& suffixes) {
  // What came is not repeated: it may be anything.
  if (headers.count(kDstOverride) > 1) {
    return fail(make_error(ErrorCode::kInvalidArgument, "l5d-dst-override stands there twice")
                    .from(ErrorOrigin::kDownstream));
  }
  Result<model::Authority> name = model::Authority::parse(headers.get(kDstOverride).value_or(""));
  if (!name || name->ip() || name->port == 0) {
    return fail(make_error(ErrorCode::kInvalidArgument,
                           "l5d-dst-override: expected a service's name and port, such as "
                           "web.shop.svc.cluster.local:80")
                    .from(ErrorOrigin::kDownstream));
  }
  if (!is_under(name->host, suffixes)) {
    return fail(make_error(ErrorCode::kNoRoute,
                           "l5d-dst-override names nothing under DESTINATION_PROFILE_SUFFIXES")
                    .from(ErrorOrigin::kDownstream));
  }
  name->port = name->port_or(kDefaultPort);
  return name;
}

Error unknown_service(std::string_view name) {
  return make_error(ErrorCode::kGatewayDomain,
                    "the control plane knows no service " + std::string(name));
}

Result<OutboundTargets::Lease> OverrideTargets::find(const std::string& name) {
  if (!targets_.contains(name) && !names_.contains(name)) {
    if (names_.size() >= kMaxOverrideNames && context_.loop.now() >= next_sweep_) {
      // Those that nobody uses any more are followed for a while, too.
      std::erase_if(names_, [this](const std::string& known) { return !targets_.contains(known); });
      next_sweep_ = context_.loop.now() + kSweepPause;
    }
    if (names_.size() >= kMaxOverrideNames) {
      return fail(make_error(ErrorCode::kLoadShed,
                             std::to_string(kMaxOverrideNames) + " names are in use already"));
    }
    names_.insert(name);
  }
  return targets_.lease(name);
}

}  // namespace seine::proxy
