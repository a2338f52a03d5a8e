// SPDX-License-Identifier: Apache-2.0
// What ingress mode and the gateway route by: names of services, as l5d-dst-override and transport
// headers have them, in place of addresses.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "model/authority.h"
#include "proxy/outbound/targets.h"
#include "proxy/worker_context.h"

namespace seine::proxy {

inline constexpr std::string_view kDstOverride = "l5d-dst-override";
// Names that are followed at once, on one loop: clients choose them.
inline constexpr std::size_t kMaxOverrideNames = 1'000;

// The service that the header names: "name" or "name:port", 80 by default, under `suffixes`. Errors
// kInvalidArgument if it is none or there are several, kNoRoute if it is elsewhere.
Result<model::Authority> override_name(const http::Headers& headers,
                                       const std::vector<std::string>& suffixes);

// What a gateway says of a service that the control plane has no profile of.
Error unknown_service(std::string_view name);

// What is known of those names, on one loop.
class OverrideTargets {
 public:
  OverrideTargets(WorkerContext& context, OutboundTargets& targets)
      : context_(context), targets_(targets) {}

  // Error kLoadShed beyond kMaxOverrideNames.
  Result<OutboundTargets::Lease> find(const std::string& name);

 private:
  WorkerContext& context_;
  OutboundTargets& targets_;
  std::set<std::string> names_;  // that the cache has or had
  TimePoint next_sweep_{};       // of those that it had
};

}  // namespace seine::proxy
