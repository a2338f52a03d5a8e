// SPDX-License-Identifier: Apache-2.0
// What a table says of a service in a word, and which services are shown first. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "dive/slo/assessment.h"
#include "dive/slo/tally.h"

namespace seine::dive {

// The worst state of its objectives, "no objective", or "opaque" of a service of forwarded bytes
// alone: it has no requests of which any could be promised.
std::string_view service_state(std::span<const State> objectives, bool is_opaque);

// Failures without a promise that somebody should hear of: at least kFewestToBurn, and 1 %.
bool is_failing(const Outcomes& counts);

// The lower, the more urgent.
int urgency(std::span<const State> objectives, const Outcomes& counts);

}  // namespace seine::dive
