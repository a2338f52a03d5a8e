// SPDX-License-Identifier: Apache-2.0
// Names that Dive knows, for the shells.
#pragma once

#include <string_view>
#include <vector>

#include "cli/candidates.h"
#include "cli/verb.h"

namespace seine::cli {

// Empty where Dive does not answer at once: a shell waits for this. Names that a shell would have
// to be told about (blanks, quotes) are left out.
std::vector<Candidate> complete_dive(const Invocation& invocation, Known kind,
                                     std::string_view word);

}  // namespace seine::cli
