// SPDX-License-Identifier: Apache-2.0
// Whether anybody has seen what an objective or an event is about. Pure.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "dive/events/event_target.h"
#include "dive/records/records.h"
#include "dive/slo/objective.h"

namespace seine::dive {

// Error kNotFound: a sentence with the nearest name there is, if one is near; of an environment
// that none of its workloads is labelled with, one with those there are.
Result<void> check_known(const Subject& subject,
                         const std::map<std::string, KeptCluster>& clusters);
// The same of a service or workload that an event is about, in the cluster that it says; that of a
// whole cluster or namespace is known.
Result<void> check_known_target(const EventTarget& target,
                                const std::map<std::string, KeptCluster>& clusters);
// The same of what is looked for: that a namespace is to come is no answer then.
Result<void> check_seen_target(const EventTarget& target,
                               const std::map<std::string, KeptCluster>& clusters);
// The route that is meant among those that requests were counted by: one of them, or the last part
// of only one. Error kNotFound: a sentence with those there are.
Result<std::string> find_route(std::string_view text, std::span<const std::string> routes);

}  // namespace seine::dive
