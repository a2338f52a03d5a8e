// SPDX-License-Identifier: Apache-2.0
// Names of what runs, for the shells: "deploy/w" may become "deploy/web".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/verb.h"

namespace seine::cli {

// Empty where the word is no TYPE/..., or no mesh answers at once: a shell waits for this.
std::vector<std::string> complete_resource(const Invocation& invocation, std::string_view word);

}  // namespace seine::cli
