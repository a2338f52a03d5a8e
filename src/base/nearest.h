// SPDX-License-Identifier: Apache-2.0
// The word somebody may have meant.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace seine {

// The candidate with the fewest letters inserted, removed, replaced or swapped; empty if none is
// within a third of the word's length.
std::string nearest(std::string_view word, std::span<const std::string> candidates);

}  // namespace seine
