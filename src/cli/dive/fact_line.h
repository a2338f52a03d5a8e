// SPDX-License-Identifier: Apache-2.0
// Lines of a card: "budget left  -289.7%". Pure.
#pragma once

#include <string>
#include <string_view>

#include "cli/output.h"

namespace seine::cli {

inline constexpr std::size_t kFactLabel = 13;  // columns, the blanks behind it included

// The value made printable, and painted; nothing for an empty one.
std::string fact_line(std::string_view label, std::string_view value, const Terminal& terminal,
                      Colour colour = Colour::kNone);

}  // namespace seine::cli
